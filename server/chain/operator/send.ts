import { keccak256 } from "viem";
import type { PrivateKeyAccount } from "viem/accounts";
import type { Clock } from "../../core/clock.ts";
import { system } from "../../core/db/context.ts";
import type { Database } from "../../core/db/database.ts";
import { databaseCode } from "../../core/db/retry.ts";
import { newId } from "../../core/ids.ts";
import {
  type ChainTransaction,
  type Errand,
  liveErrands,
  type Move,
  moveTransactions,
  nextNonce,
  storeTransactions,
} from "../../modules/chains/index.ts";
import type { Call } from "../../protocol/calls.ts";
import { RpcError } from "../rpc/errors.ts";
import type { Rpc } from "../rpc/pool.ts";
import type { Offer } from "./fees.ts";
import { chunks } from "./merge.ts";

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

export interface Sender {
  readonly db: Database;
  readonly rpc: Rpc;
  readonly account: PrivateKeyAccount;
  readonly chainId: number;
  readonly clock: Clock;
}

/** How often another process may take a nonce away before it is an error. */
const TRIES = 10;

/**
 * Signs calls under the next nonces, in their order, and stores all of them in one transaction of the database, before
 * any node hears of one. Of what is stored only the very same bytes are ever sent; so whatever happens from here on,
 * an errand is done once at most.
 * @param pending nonces of the sender that a node has seen
 * @returns the stored row of each; none for a shipment of which another transaction serves a purpose by now
 */
export async function signAndStore(
  sender: Sender,
  shipments: readonly Shipment[],
  pending: number,
): Promise<Map<Shipment, ChainTransaction>> {
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
    const prepared = free.map(({ errands }, at) => ({ transaction: rows[at] as ChainTransaction, errands }));
    try {
      await db.write(ACTOR, (ctx) => storeTransactions(ctx, prepared));
      return new Map(free.map((shipment, at) => [shipment, rows[at] as ChainTransaction]));
    } catch (error) {
      if (!isTaken(error) || attempt === TRIES) throw error;
    }
  }
}

/** Somebody else stored one of these nonces, or one of these purposes, first. */
const isTaken = (error: unknown): boolean => {
  const code = databaseCode(error);
  return code === "23505" || code === "SQLITE_CONSTRAINT_UNIQUE";
};

async function signed(sender: Sender, { call, fees }: Shipment, nonce: number): Promise<ChainTransaction> {
  const { gasLimit: gas, maxFeePerGas, maxPriorityFeePerGas } = fees;
  const { to, data, value } = call;
  const what = { chainId: sender.chainId, nonce, to, data, value, gas };
  const raw = await sender.account.signTransaction(
    fees.legacy
      ? { ...what, type: "legacy", gasPrice: maxFeePerGas }
      : { ...what, type: "eip1559", maxFeePerGas, maxPriorityFeePerGas },
  );
  return {
    ...unsigned(sender, call),
    ...{ nonce, raw, hash: keccak256(raw), state: "prepared", gasLimit: gas, maxFeePerGas },
  };
}

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
    ...{ nonce: null, raw: null, hash: null, gasLimit: 0n, maxFeePerGas: 0n },
    ...{ gasUsed: null, blockHash: null, height: null, error: null, createdAt: now, updatedAt: now },
  };
}

/** A node that says so has the transaction, or one that used its nonce: the receipt or the nonce will tell. */
const HAS_IT = /already known|known transaction|already imported|nonce.{0,12}too low|already exists/i;
/** Most transactions of one request, so that they reach the node in their order. */
const MOST_SENT = 50;

/** A stored transaction to be told. */
export type Sendable = Pick<ChainTransaction, "id" | "state" | "raw" | "error">;

/**
 * Tells a node of stored transactions in the order of their nonces, or tells them again: the same bytes are the same
 * transaction. Where no answer comes one may have arrived all the same, so it counts as submitted. What the node
 * refuses stays as it was, with the reason.
 */
export async function broadcast({ db, rpc }: Pick<Sender, "db" | "rpc">, rows: readonly Sendable[]): Promise<Move[]> {
  const refusals = new Map<string, string>();
  for (const chunk of chunks(rows, MOST_SENT)) for (const [id, why] of await tell(rpc, chunk)) refusals.set(id, why);
  const moves = rows.flatMap(({ id, state, error }): Move[] => {
    const why = refusals.get(id) ?? null;
    const to = why === null ? "submitted" : state;
    return to === state && why === error ? [] : [{ id, from: state, to, facts: { error: why } }];
  });
  return moves.length === 0 ? [] : db.write(ACTOR, (ctx) => moveTransactions(ctx, moves));
}

/** What the node refuses, by id. One that it refused for a lower nonce it did not have is told again once it has that. */
async function tell(rpc: Rpc, rows: readonly Sendable[]): Promise<Map<string, string>> {
  const refused = new Map<string, string>();
  for (let open = rows; open.length > 0; ) {
    const calls = open.map(({ raw }) => ({ method: "eth_sendRawTransaction", params: [raw] }));
    const answers = await rpc.onOne((_, each) => each(calls)).catch(unanswered);
    const again = open.filter(({ id }, at) => {
      const why = refusalOf(answers[at]);
      if (why === undefined) refused.delete(id);
      else refused.set(id, why);
      return why !== undefined;
    });
    if (again.length === open.length) break;
    open = again;
  }
  return refused;
}

function unanswered(error: unknown): unknown[] {
  if (!(error instanceof RpcError)) throw error;
  return [];
}

function refusalOf(answer: unknown): string | undefined {
  if (!(answer instanceof RpcError)) return undefined;
  const answered = answer.fault === "refused" || answer.fault === "reverted";
  return answered && !HAS_IT.test(answer.message) ? answer.message : undefined;
}
