import { numberToHex } from "viem";
import { type Context, system } from "../../core/db/context.ts";
import type { House } from "../../core/house.ts";
import {
  type ChainErrand,
  callsOf,
  errandsOf,
  head,
  liveErrands,
  type Move,
  moveTransactions,
  type OpenTransaction,
  openTransactions,
  operatorLane,
  rawOf,
  rememberedBlock,
} from "../../modules/chains/index.ts";
import { RpcError } from "../rpc/errors.ts";
import { broadcast } from "./broadcast.ts";
import { giveUp } from "./giveUp.ts";
import { revertReason } from "./revertReason.ts";
import { newestOf, type Sighting, sightings } from "./sightings.ts";
import { type UnstickOptions, type Unstuck, unstick } from "./unstick.ts";

const ACTOR = system("operator");
/** Most transactions of one look; a later nonce is in no block before an earlier one. */
const MOST = 200;

export interface TrackerOptions extends UnstickOptions {
  /** Since when this process stores transactions and tells a node of them, in epoch milliseconds; undefined: it does not. */
  readonly sendingSince: () => number | undefined;
  /** Told of every transaction that came to another state. */
  readonly onSettled: (state: string) => void;
  /** Told of what was done about those that find no block. */
  readonly onUnstuck: (unstuck: Unstuck) => void;
}

/**
 * Looks after transactions that are not settled, lowest nonce first. Only a receipt, or its nonce being used by another
 * one in what is final, decides; one that no node knows is sent again as it is, and what finds no block for long is
 * replaced by a dearer variant of itself.
 * @returns how many were looked at
 */
export async function track(house: House, options: TrackerOptions): Promise<number> {
  const { db, config } = house;
  const { id: chainId, operator: sender } = config.chain;
  const since = options.sendingSince() ?? Number.POSITIVE_INFINITY;
  const { rows, finalized, finalHash } = await db.read(ACTOR, async (ctx) => {
    const finalizedHeight = (await head(ctx, chainId))?.finalizedHeight ?? -1;
    const rows = await openTransactions(ctx, { chainId, sender, finalizedHeight }, MOST);
    const block = await rememberedBlock(ctx, chainId, finalizedHeight);
    return { rows, finalized: finalizedHeight, finalHash: block?.hash };
  });
  // Who stored them just now tells the node of them, too; what a dead process left has nobody else.
  const left = rows.filter(({ state, createdAt }) => state !== "prepared" || createdAt < since);
  if (left.length === 0) return 0;
  const seen = await options.rpc.onOne((ask) => sightings(ask, sender, left, { height: finalized, hash: finalHash }));
  const lost = seen.filter(({ row, receipt }) => !receipt && (row.state === "mined" || row.state === "failed"));
  const replaced = await replacedOnes(house, lost);
  const next = seen.map((sighting) => ({ ...sighting, step: stepOf(sighting, finalized, replaced) }));
  await write(house, options, next);
  await tellAgain(
    options,
    next.filter(({ step }) => step?.again).map(({ row, step }) => ({ ...row, state: step?.to ?? row.state })),
  );
  const open = next.filter(({ step, row }) => isOpen(step?.to ?? row.state));
  options.onUnstuck(
    await unstick(
      options,
      open.map(({ row, step }) => ({ ...row, state: step?.to ?? row.state })),
    ),
  );
  return left.length;
}

const isOpen = (state: OpenTransaction["state"]): boolean => state === "prepared" || state === "submitted";

/** Failed ones that lost their block, but of whose purposes another transaction serves one by now. */
async function replacedOnes({ db, config }: House, lost: readonly Sighting[]): Promise<ReadonlySet<string>> {
  const failed = lost.filter(({ row }) => row.state === "failed").map(({ row }) => row.id);
  if (failed.length === 0) return new Set();
  return db.read(ACTOR, async (ctx) => {
    const errands = await errandsOf(ctx, failed);
    const purposes = errands.map(({ purpose }) => purpose);
    const live = new Set((await liveErrands(ctx, config.chain.id, purposes)).map(({ purpose }) => purpose));
    return new Set(errands.filter(({ purpose }) => live.has(purpose)).map(({ transactionId }) => transactionId));
  });
}

/** Where a transaction goes, and whether a node is to be told of it again. */
interface Step {
  readonly to: OpenTransaction["state"];
  readonly facts?: NonNullable<Move["facts"]>;
  readonly again?: true;
}

const NO_BLOCK = { blockHash: null, height: null, gasUsed: null, error: null };

/** What a sighting means; undefined where nothing changes. */
function stepOf(
  { row, receipt, known, usedFinally }: Sighting,
  finalized: number,
  replaced: ReadonlySet<string>,
): Step | undefined {
  if (receipt) {
    const { txHash, blockHash, height, gasUsed, reverted } = receipt;
    const to = reverted ? "failed" : height <= finalized ? "final" : "mined";
    const sameBlock = row.blockHash === blockHash;
    if (row.state === to && sameBlock) return undefined;
    if (row.state === "mined" && to === "final" && sameBlock) return { to };
    const hash = txHash === row.hash ? {} : { hash: txHash };
    return { to, facts: { ...hash, blockHash, height, gasUsed, ...(reverted ? {} : { error: null }) } };
  }
  // A reorganisation took its block, so it is on its way again; unless, having failed, it was replaced by another.
  if (row.state === "mined" || row.state === "failed")
    return replaced.has(row.id)
      ? { to: "superseded", facts: NO_BLOCK }
      : { to: "submitted", facts: NO_BLOCK, ...(known ? {} : { again: true }) };
  if (known) return row.state === "prepared" ? { to: "submitted" } : undefined;
  if (row.nonce !== null && usedFinally > row.nonce)
    return { to: "superseded", facts: { error: `nonce ${row.nonce} went to another one` } };
  return { to: row.state, again: true };
}

type Stepped = Sighting & { readonly step: Step | undefined };

/** Writes every step in one transaction, with what follows for the errands of those that will not happen. */
async function write(house: House, options: TrackerOptions, seen: readonly Stepped[]): Promise<void> {
  const steps = seen.filter(({ row, step }) => step && (step.to !== row.state || step.facts));
  if (steps.length === 0) return;
  const reasons = await reasonsOf(
    house,
    options,
    steps.filter(({ row, step }) => step?.to === "failed" && row.error === null),
  );
  const moves = steps.flatMap(({ row, step }): Move[] => {
    if (!step) return [];
    const why = reasons.get(row.id);
    return [{ id: row.id, from: row.state, to: step.to, facts: { ...step.facts, ...(why ? { error: why } : {}) } }];
  });
  const moved = await house.db.write(ACTOR, async (ctx) => {
    await options.fence(ctx);
    const moved = await moveTransactions(ctx, moves);
    await afterwards(ctx, moved);
    return moved;
  });
  for (const { row, step } of steps)
    if (step?.to === "superseded")
      house.log.error({ hash: row.hash, nonce: row.nonce }, "a transaction of ours will never happen");
  for (const { to } of moved) options.onSettled(to);
}

/** What did not happen: a nonce that is gone is asked for anew, a job that failed alone is given up. */
async function afterwards(ctx: Context, moved: readonly Move[]): Promise<void> {
  const ended = moved.filter(({ to }) => to === "failed" || to === "superseded");
  if (ended.length === 0) return;
  const errands = Map.groupBy(
    await errandsOf(
      ctx,
      ended.map(({ id }) => id),
    ),
    ({ transactionId }) => transactionId,
  );
  for (const { id, to } of ended) {
    const tasks = tasksOf(errands.get(id) ?? []);
    if (to === "superseded") await askAgain(ctx, id, tasks, {});
    // One job of several made all fail, so each has to show by itself whether it was that one.
    else if (tasks.length > 1) await askAgain(ctx, id, tasks, { alone: "yes" });
    else await giveUp(ctx, tasks);
  }
}

/** The tasks that asked for a transaction, each once. */
const tasksOf = (errands: readonly ChainErrand[]): Pick<ChainErrand, "chainId" | "kind" | "request" | "purpose">[] => [
  ...new Map(errands.map((errand) => [`${errand.kind} ${JSON.stringify(errand.request)}`, errand])).values(),
];

async function askAgain(
  ctx: Context,
  id: string,
  tasks: ReturnType<typeof tasksOf>,
  more: Readonly<Record<string, string>>,
): Promise<void> {
  for (const { chainId, kind, request, purpose } of tasks)
    await ctx.emit(kind, { ...request, ...more }, { key: `again:${id}:${purpose}`, lane: operatorLane(chainId) });
}

/** Why transactions reverted, as far as their blocks still tell. */
async function reasonsOf(
  { db }: House,
  { rpc, account }: TrackerOptions,
  failed: readonly Stepped[],
): Promise<ReadonlyMap<string, string>> {
  if (failed.length === 0) return new Map();
  const contents = await db.read(ACTOR, (ctx) =>
    callsOf(
      ctx,
      failed.map(({ row }) => row.id),
    ),
  );
  const calls = failed.map(({ row, receipt }) => {
    const { to, data } = contents.get(row.id) ?? {};
    return { method: "eth_call", params: [{ from: account.address, to, data }, numberToHex(receipt?.height ?? 0)] };
  });
  const answers = await rpc.onOne((_, each) => each(calls));
  return new Map(failed.map(({ row }, at) => [row.id, reasonIn(answers[at])]));
}

function reasonIn(answer: unknown): string {
  if (!(answer instanceof RpcError)) return revertReason(undefined);
  if (answer.fault !== "reverted") throw answer;
  return revertReason(answer.data);
}

/** The very same bytes, lowest nonce first. */
async function tellAgain(options: TrackerOptions, rows: readonly OpenTransaction[]): Promise<void> {
  if (rows.length === 0) return;
  const hashes = rows.map((row) => newestOf(row).hash);
  const raws = await options.db.read(ACTOR, (ctx) => rawOf(ctx, hashes));
  await broadcast(
    options,
    rows.flatMap((row) => {
      const raw = raws.get(newestOf(row).hash);
      return raw === undefined ? [] : [{ ...row, raw }];
    }),
  );
}
