import { numberToHex, parseTransaction } from "viem";
import { type Context, system } from "../../core/db/context.ts";
import { isDuplicate } from "../../core/db/retry.ts";
import {
  addAttempts,
  type ChainAttempt,
  noncesBetween,
  type OpenTransaction,
  rawOf,
  storeTransactions,
} from "../../modules/chains/index.ts";
import { RpcError } from "../rpc/errors.ts";
import { hex, whole } from "../rpc/read.ts";
import { broadcast } from "./broadcast.ts";
import { isOutbid, type Market, offerFor, raised } from "./fees.ts";
import { MARKET_CALLS, toGasNow } from "./market.ts";
import { meaningOf } from "./refusals.ts";
import { attemptOf, type Sender, signed, signWith } from "./send.ts";
import { newestOf } from "./sightings.ts";

const ACTOR = system("operator");
/** Most transactions that are replaced, and most missing nonces that are filled, at once. */
const MOST = 50;

export interface UnstickOptions extends Sender {
  /** Throws in a transaction of a process that no longer leads: what it saw may be long ago. */
  readonly fence: (ctx: Context) => Promise<void>;
  /** Most wei per gas. */
  readonly cap: bigint;
  /** How long an attempt has to find its block, in milliseconds. */
  readonly replaceAfterMs: number;
}

/** What was done about transactions that find no block. */
export interface Unstuck {
  readonly replaced: number;
  /** Nonces that nobody used, given to transactions that do nothing. */
  readonly filled: number;
  /** Whether more would have been done below a higher cap. */
  readonly capped: boolean;
}

/**
 * Helps transactions that find no block: where the lowest nonce waits for long already, what is missing below it is
 * filled, and it and others that wait as long and pay too little are replaced, by the same call under the same nonce.
 * @param open those in no block, lowest nonce first
 */
export async function unstick(options: UnstickOptions, open: readonly OpenTransaction[]): Promise<Unstuck> {
  const isOld = (row: OpenTransaction) => options.clock.now() - newestOf(row).createdAt >= options.replaceAfterMs;
  const [lowest] = open;
  if (lowest === undefined || !isOld(lowest)) return { replaced: 0, filled: 0, capped: false };
  const { market, used, missing } = await lookAtChain(options);
  if (offerFor(market, options.cap) === undefined) return { replaced: 0, filled: 0, capped: true };
  // One whose nonce is in a block has a receipt soon, or is superseded once that is final.
  const waiting = open.filter(({ nonce }) => nonce !== null && nonce >= used);
  const filled = await fillGap(options, market, { from: missing, to: (waiting[0]?.nonce ?? 0) - 1 });
  return { filled, ...(await replace(options, market, waiting.filter(isOld))) };
}

/** What gas costs, how many nonces of ours blocks have used, and the first one that the node does not know of. */
const lookAtChain = ({ rpc, account }: UnstickOptions) =>
  rpc.onOne(async (_, each) => {
    const count = (tag: string) => ({ method: "eth_getTransactionCount", params: [account.address, tag] });
    const answers = await each([count("latest"), count("pending"), ...MARKET_CALLS]);
    const [used, missing] = answers.splice(0, 2);
    for (const answer of [used, missing]) if (answer instanceof RpcError) throw answer;
    return { market: toGasNow(answers).market, used: whole(used), missing: whole(missing) };
  });

/** Signs dearer variants of those that pay too little, stores them, and then tells a node. */
async function replace(
  options: UnstickOptions,
  market: Market,
  old: readonly OpenTransaction[],
): Promise<Pick<Unstuck, "replaced" | "capped">> {
  const { db, account, cap, clock } = options;
  const cheap = old.filter((row) => isOutbid(newestOf(row), market, cap) || isTooLittle(row)).slice(0, MOST);
  const offers = cheap.flatMap((row) => {
    const offer = raised(newestOf(row), market, cap);
    return offer ? [{ row, offer }] : [];
  });
  const capped = offers.length < cheap.length;
  if (offers.length === 0) return { replaced: 0, capped };
  const raws = await db.read(ACTOR, (ctx) =>
    rawOf(
      ctx,
      offers.map(({ row }) => newestOf(row).hash),
    ),
  );
  const attempts: ChainAttempt[] = [];
  for (const { row, offer } of offers) {
    const { number, hash, chainId } = newestOf(row);
    const { nonce, to, data, value, gas, gasPrice } = parseTransaction(raws.get(hash) ?? "0x");
    const raw = await signWith(account, { chainId, nonce, to, data, value, gas }, offer, gasPrice !== undefined);
    attempts.push(attemptOf({ id: row.id, chainId, createdAt: clock.now() }, number + 1, raw, offer));
  }
  const added = await firstOne([], () =>
    db.write(ACTOR, async (ctx) => {
      await options.fence(ctx);
      return addAttempts(ctx, attempts);
    }),
  );
  const states = new Map(old.map(({ id, state }) => [id, state]));
  await broadcast(
    options,
    added.map(({ transactionId: id, raw }) => ({ id, state: states.get(id) ?? "submitted", error: null, raw })),
  );
  return { replaced: added.length, capped };
}

/** A node said so of its newest attempt. */
const isTooLittle = ({ error }: OpenTransaction): boolean => error !== null && meaningOf(error) === "price";

/**
 * Uses nonces below our lowest open one that no transaction of ours has: one of somebody else with this key was seen
 * when ours were signed, and is gone. Without them ours would wait for ever.
 * @returns how many
 */
async function fillGap(
  options: UnstickOptions,
  market: Market,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<number> {
  if (from > to) return 0;
  const { db, chainId, account, cap } = options;
  const span = { chainId, sender: account.address, from, to: Math.min(to, from + MOST - 1) };
  const ours = await db.read(ACTOR, (ctx) => noncesBetween(ctx, span));
  const missing = range(span.from, span.to).filter((nonce) => !ours.has(nonce));
  const offer = offerFor(market, cap);
  if (missing.length === 0 || offer === undefined) return 0;
  const call = { to: account.address, data: "0x", value: 0n } as const;
  const fees = { ...offer, gasLimit: await gasOfNothing(options), legacy: market.baseFee === undefined };
  const fillers = await Promise.all(missing.map((nonce) => signed(options, { call, fees }, nonce)));
  const stored = await firstOne(false, () =>
    db.write(ACTOR, async (ctx) => {
      await options.fence(ctx);
      await storeTransactions(
        ctx,
        fillers.map((filler) => ({ ...filler, errands: [] })),
      );
      return true;
    }),
  );
  if (!stored) return 0;
  await broadcast(
    options,
    fillers.map(({ transaction, attempt: { raw } }) => ({ ...transaction, raw })),
  );
  return fillers.length;
}

/** Gas of a transaction that does nothing, which is more than 21,000 on some chains. */
const gasOfNothing = ({ rpc, account: { address } }: UnstickOptions): Promise<bigint> =>
  rpc.onOne(async (ask) => {
    const call = { from: address, to: address, value: numberToHex(0) };
    const [gas] = await ask([{ method: "eth_estimateGas", params: [call] }]);
    return BigInt(hex(gas));
  });

/** Runs a write that another process may have done just before: then `otherwise`. */
async function firstOne<T>(otherwise: T, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    return otherwise;
  }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);
