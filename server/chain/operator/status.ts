import type { Address } from "viem";
import type { Config } from "../../config.ts";
import type { Clock } from "../../core/clock.ts";
import { type ReadContext, system } from "../../core/db/context.ts";
import type { Database } from "../../core/db/database.ts";
import { waitingTasks } from "../../core/waitingTasks.ts";
import {
  type ChainKey,
  endedSince,
  errandsOf,
  newestGasLimits,
  nextNonce,
  noncesBetween,
  openTransactions,
  operatorLane,
} from "../../modules/chains/index.ts";
import type { Rpc } from "../rpc/pool.ts";
import { hex, whole } from "../rpc/read.ts";
import { offerFor } from "./fees.ts";
import { MARKET_CALLS, toGasNow } from "./market.ts";
import { problemsOf } from "./problems.ts";
import { newestOf } from "./sightings.ts";
import type { OpenOne, OperatorStatus } from "./statusShape.ts";

const ACTOR = system("operator");
const DAY_MS = 86_400_000;
/** Most open, ended and waiting ones that are told of. */
const MOST = 100;
/** Of a transaction, where there was none yet by which to tell. */
const USUAL_GAS = 300_000n;

export interface StatusOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly config: Config;
  readonly rpc: Rpc;
  readonly sender: Address;
}

/** Looks at the key `sender` on the chain `config.chain`, in the tables and at a node. Changes nothing. */
export async function operatorStatus({ db, clock, config, rpc, sender }: StatusOptions): Promise<OperatorStatus> {
  const { id: chainId, maxFeePerGas: cap } = config.chain;
  const { balance, market, used, pending } = await atNode(rpc, sender);
  const alsoWithout = chainId === config.chains[0]?.id;
  const key = { chainId, sender };
  const tables = await db.read(ACTOR, async (ctx) => ({
    next: await nextNonce(ctx, chainId, sender),
    ...(await openOnes(ctx, key, pending)),
    tasks: await waitingTasks(ctx, { name: operatorLane(chainId), alsoWithout, prefix: "operator." }, MOST),
    ended: await endedSince(ctx, { ...key, since: clock.now() - DAY_MS }, MOST),
    gas: middle(await newestGasLimits(ctx, key, MOST)),
  }));
  const { next, missing, open, tasks, ended, gas } = tables;
  const status = {
    ...{ ...key, balance, market, cap, open, tasks, ended },
    paysFor: Number(balance / (gas * cap)),
    affordable: offerFor(market, cap) !== undefined,
    nonces: { used, pending, next, missing },
  };
  return { ...status, problems: problemsOf(status, { now: clock.now(), stuckMs: 5 * config.chain.replaceAfterMs }) };
}

const atNode = (rpc: Rpc, sender: Address) =>
  rpc.onOne(async (ask, each) => {
    const count = (tag: string) => ({ method: "eth_getTransactionCount", params: [sender, tag] });
    const [used, pending, balance] = await ask([
      ...[count("latest"), count("pending")],
      { method: "eth_getBalance", params: [sender, "latest"] },
    ]);
    const { market } = toGasNow(await each(MARKET_CALLS));
    return { market, balance: BigInt(hex(balance)), used: whole(used), pending: whole(pending) };
  });

async function openOnes(
  ctx: ReadContext,
  key: ChainKey,
  pending: number,
): Promise<{ open: OpenOne[]; missing: number[] }> {
  const rows = (await openTransactions(ctx, { ...key, finalizedHeight: -1 }, MOST)).filter(
    ({ state }) => state === "prepared" || state === "submitted",
  );
  const errands = await errandsOf(
    ctx,
    rows.map(({ id }) => id),
  );
  const purposes = Map.groupBy(errands, ({ transactionId }) => transactionId);
  const open = rows.map((row) => {
    const { hash, number, maxFeePerGas, maxPriorityFeePerGas } = newestOf(row);
    return {
      ...{ hash, maxFeePerGas, maxPriorityFeePerGas, attempts: number, state: row.state, error: row.error },
      ...{ nonce: row.nonce ?? 0, since: row.createdAt },
      purposes: (purposes.get(row.id) ?? []).map(({ purpose }) => purpose),
    };
  });
  const lowest = open.find(({ nonce }) => nonce >= pending)?.nonce ?? pending;
  const ours = await noncesBetween(ctx, { ...key, from: pending, to: lowest - 1 });
  const below = Array.from({ length: Math.min(lowest - pending, MOST) }, (_, at) => pending + at);
  return { open, missing: below.filter((nonce) => !ours.has(nonce)) };
}

/** The middle one, or what is usual where there is none. */
const middle = (amounts: readonly bigint[]): bigint =>
  amounts.toSorted((a, b) => (a < b ? -1 : 1))[Math.floor(amounts.length / 2)] ?? USUAL_GAS;
