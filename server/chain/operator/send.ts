import { type Hex, keccak256, type TransactionSerializableEIP1559 } from "viem";
import type { PrivateKeyAccount } from "viem/accounts";
import type { Clock } from "../../core/clock.ts";
import { system } from "../../core/db/context.ts";
import type { Database } from "../../core/db/database.ts";
import { isDuplicate } from "../../core/db/retry.ts";
import { newId } from "../../core/ids.ts";
import { NotYet } from "../../core/tasks.ts";
import {
  type ChainAttempt,
  type ChainTransaction,
  type Errand,
  liveErrands,
  nextNonce,
  storeTransactions,
} from "../../modules/chains/index.ts";
import type { Call } from "../../protocol/calls.ts";
import type { Rpc } from "../rpc/pool.ts";
import type { Offer } from "./fees.ts";

const ACTOR = system("operator");

/** Gas and price of one transaction; wei per gas. */
export interface Fees extends Offer {
  readonly gasLimit: bigint;
  /** Of a chain whose blocks have no base fee. */
  readonly legacy?: boolean;
}

/** A transaction to be signed, with what it is for. */
export interface Shipment {
  readonly errands: readonly Errand[];
  readonly call: Call;
  readonly fees: Fees;
}

/** A transaction as it was stored, with its first attempt. */
export interface Stored {
  readonly transaction: ChainTransaction;
  readonly attempt: ChainAttempt;
}

export interface Sender {
  readonly db: Database;
  readonly rpc: Rpc;
  readonly account: PrivateKeyAccount;
  readonly chainId: number;
  readonly clock: Clock;
}

/** How often another process may take a nonce away before the jobs wait, */
const TRIES = 10;
/** and for how long, in milliseconds. */
const SOON_MS = 500;

/**
 * Signs calls under the next nonces, in their order, and stores all of them in one transaction of the database, before
 * any node hears of one. Under a nonce that was stored nothing but the same call is ever sent; so whatever happens from
 * here on, an errand is done once at most.
 * @param pending nonces of the sender that a node has seen
 * @returns the stored row of each; none for a shipment of which another transaction serves a purpose by now
 */
export async function signAndStore(
  sender: Sender,
  shipments: readonly Shipment[],
  pending: number,
): Promise<Map<Shipment, Stored>> {
  const { db, chainId, account } = sender;
  const purposes = shipments.flatMap(({ errands }) => errands.map(({ purpose }) => purpose));
  for (let attempt = 1; ; attempt += 1) {
    const { served, next } = await db.read(ACTOR, async (ctx) => ({
      served: new Set((await liveErrands(ctx, chainId, purposes)).map(({ purpose }) => purpose)),
      next: await nextNonce(ctx, chainId, account.address),
    }));
    const free = shipments.filter(({ errands }) => !errands.some(({ purpose }) => served.has(purpose)));
    if (free.length === 0) return new Map();
    const first = Math.max(next, pending);
    const rows = await Promise.all(free.map((shipment, at) => signed(sender, shipment, first + at)));
    const stored = new Map(free.map((shipment, at) => [shipment, rows[at] as Stored]));
    const prepared = [...stored].map(([{ errands }, row]) => ({ ...row, errands }));
    try {
      await db.write(ACTOR, (ctx) => storeTransactions(ctx, prepared));
      return stored;
    } catch (error) {
      // Somebody else stored one of these nonces, or one of these purposes, first.
      if (!isDuplicate(error)) throw error;
      if (attempt === TRIES) throw new NotYet(SOON_MS, "other processes were first, again and again");
    }
  }
}

/** Signs a call under a nonce, as a transaction that is not stored yet. */
export async function signed(
  sender: Sender,
  { call, fees }: Pick<Shipment, "call" | "fees">,
  nonce: number,
): Promise<Stored> {
  const { to, data, value } = call;
  const { gasLimit, legacy } = fees;
  const what = { chainId: sender.chainId, nonce, to, data, value, gas: gasLimit };
  const raw = await signWith(sender.account, what, fees, legacy);
  const transaction = { ...unsigned(sender, call), nonce, hash: keccak256(raw), state: "prepared" as const, gasLimit };
  return { transaction, attempt: attemptOf(transaction, 1, raw, fees) };
}

/** A transaction without a price. */
type Unpriced = Pick<TransactionSerializableEIP1559, "chainId" | "nonce" | "to" | "data" | "value" | "gas">;

/** Signs a transaction for this price. */
export const signWith = (
  account: PrivateKeyAccount,
  what: Unpriced,
  { maxFeePerGas, maxPriorityFeePerGas }: Offer,
  legacy = false,
): Promise<Hex> =>
  account.signTransaction(
    legacy
      ? { ...what, type: "legacy", gasPrice: maxFeePerGas }
      : { ...what, type: "eip1559", maxFeePerGas, maxPriorityFeePerGas },
  );

/** The row of a signed variant. */
export const attemptOf = (
  { id, chainId, createdAt }: Pick<ChainTransaction, "id" | "chainId" | "createdAt">,
  number: number,
  raw: Hex,
  { maxFeePerGas, maxPriorityFeePerGas }: Offer,
): ChainAttempt => ({
  ...{ transactionId: id, number, chainId, hash: keccak256(raw), raw },
  ...{ maxFeePerGas, maxPriorityFeePerGas, createdAt },
});

/** The row of a call that is not sent, because `error`. */
export const refusal = (sender: Sender, call: Call, error: string): ChainTransaction => ({
  ...unsigned(sender, call),
  ...{ state: "failed", error },
});

/** A row without the fields that only a signed transaction has. */
function unsigned({ account, chainId, clock }: Sender, { to, data }: Call) {
  const now = clock.now();
  return {
    ...{ id: newId(), chainId, sender: account.address, to, data },
    ...{ nonce: null, hash: null, gasLimit: 0n, gasUsed: null },
    ...{ blockHash: null, height: null, error: null, createdAt: now, updatedAt: now },
  };
}
