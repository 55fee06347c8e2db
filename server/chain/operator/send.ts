import { keccak256 } from "viem";
import type { PrivateKeyAccount } from "viem/accounts";
import type { Clock } from "../../core/clock.ts";
import { system } from "../../core/db/context.ts";
import type { Database } from "../../core/db/database.ts";
import { databaseCode } from "../../core/db/retry.ts";
import { newId } from "../../core/ids.ts";
import {
  type ChainTransaction,
  moveTransaction,
  nextNonce,
  storeTransaction,
  transactionFor,
} from "../../modules/chains/index.ts";
import type { Call } from "../../protocol/calls.ts";
import { RpcError } from "../rpc/errors.ts";
import type { Rpc } from "../rpc/pool.ts";
import { whole } from "../rpc/read.ts";

const ACTOR = system("operator");

/** What a transaction is for, apart from what it says. */
export type Errand = Pick<ChainTransaction, "chainId" | "purpose" | "kind" | "request" | "orderId">;

/** Gas and price of one transaction; wei per gas. */
export interface Fees {
  readonly gasLimit: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

export interface Sender {
  readonly db: Database;
  readonly rpc: Rpc;
  readonly account: PrivateKeyAccount;
  readonly clock: Clock;
}

/** How often another process may take the nonce away before it is an error. */
const TRIES = 10;

/**
 * Signs a call under the next nonce and stores it, all before any node hears of it. Of what is stored only the very
 * same bytes are ever sent; so whatever happens from here on, the errand is done once at most.
 * @returns the stored row; the earlier one when the errand has one that still may succeed
 */
export async function signAndStore(sender: Sender, errand: Errand, call: Call, fees: Fees): Promise<ChainTransaction> {
  const { db, rpc } = sender;
  const pending = await rpc.onOne(async (ask) => {
    const [count] = await ask([{ method: "eth_getTransactionCount", params: [sender.account.address, "pending"] }]);
    return whole(count);
  });
  for (let attempt = 1; ; attempt += 1) {
    const known = await db.read(ACTOR, (ctx) => transactionFor(ctx, errand.chainId, errand.purpose));
    if (known) return known;
    const stored = await db.read(ACTOR, (ctx) => nextNonce(ctx, errand.chainId, sender.account.address));
    const row = await signed(sender, errand, call, fees, Math.max(stored, pending));
    try {
      await db.write(ACTOR, (ctx) => storeTransaction(ctx, row));
      return row;
    } catch (error) {
      if (!isTaken(error) || attempt === TRIES) throw error;
    }
  }
}

/** Somebody else stored this nonce, or this errand, first. */
const isTaken = (error: unknown): boolean => {
  const code = databaseCode(error);
  return code === "23505" || code === "SQLITE_CONSTRAINT_UNIQUE";
};

async function signed(
  sender: Sender,
  errand: Errand,
  { to, data, value }: Call,
  fees: Fees,
  nonce: number,
): Promise<ChainTransaction> {
  const { gasLimit: gas, maxFeePerGas, maxPriorityFeePerGas } = fees;
  const raw = await sender.account.signTransaction({
    ...{ type: "eip1559", chainId: errand.chainId, nonce, to, data, value },
    ...{ gas, maxFeePerGas, maxPriorityFeePerGas },
  });
  return {
    ...blank(sender, errand, { to, data, value }),
    ...{ nonce, raw, hash: keccak256(raw), state: "prepared", gasLimit: gas, maxFeePerGas },
  };
}

/** Records that the chain would refuse an errand, without sending it. */
export async function storeRefusal(sender: Sender, errand: Errand, call: Call, error: string): Promise<void> {
  const row: ChainTransaction = { ...blank(sender, errand, call), state: "failed", error };
  await sender.db.write(ACTOR, (ctx) => storeTransaction(ctx, row));
}

/** A row without the fields that only a signed transaction has. */
function blank({ account, clock }: Sender, errand: Errand, { to, data }: Call) {
  const now = clock.now();
  return {
    ...{ id: newId(), ...errand, sender: account.address, to, data },
    ...{ nonce: null, raw: null, hash: null, gasLimit: 0n, maxFeePerGas: 0n },
    ...{ gasUsed: null, blockHash: null, height: null, error: null, createdAt: now, updatedAt: now },
  };
}

/** A node that says so has the transaction, or one that used its nonce: the receipt or the nonce will tell. */
const HAS_IT = /already known|known transaction|already imported|nonce.{0,12}too low|already exists/i;

/**
 * Tells a node of a stored transaction, or tells it again: the same bytes are the same transaction. Where no answer
 * comes it may have arrived all the same, so it counts as submitted.
 * @returns false when the node refused it; it stays as it was, with the reason
 */
export async function broadcast({ db, rpc }: Sender, row: ChainTransaction): Promise<boolean> {
  const refusal = await rpc
    .onOne((ask) => ask([{ method: "eth_sendRawTransaction", params: [row.raw] }]))
    .then(() => undefined)
    .catch(refusalOf);
  const state = refusal === undefined ? "submitted" : row.state;
  if (state === row.state && (refusal ?? null) === row.error) return refusal === undefined;
  await db.write(ACTOR, (ctx) => moveTransaction(ctx, row, state, { error: refusal ?? null }));
  return refusal === undefined;
}

function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof RpcError)) throw error;
  const answered = error.fault === "refused" || error.fault === "reverted";
  return answered && !HAS_IT.test(error.message) ? error.message : undefined;
}
