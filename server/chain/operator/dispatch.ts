import { system } from "../../core/db/context.ts";
import type { House } from "../../core/house.ts";
import { NotYet, type RunningTask } from "../../core/tasks.ts";
import { storeTransactions } from "../../modules/chains/index.ts";
import { RpcError } from "../rpc/errors.ts";
import { broadcast } from "./broadcast.ts";
import { giveUp } from "./giveUp.ts";
import { type Candidate, halves, type Ready, single, together } from "./merge.ts";
import { type Planned, plan } from "./plan.ts";
import { type Fees, refusal, type Sender, signAndStore } from "./send.ts";
import { AboveCap, simulate } from "./simulate.ts";

const ACTOR = system("operator");
/** How long to wait for the house and the chain to agree, in milliseconds. */
const SOON_MS = 500;
/** Most gas of a transaction that several jobs share, */
const MOST_GAS = 5_000_000n;
/** and the part of a block that it takes at most, so that it finds room in one. */
const PART_OF_BLOCK = 4n;

export interface DispatchOptions extends Sender {
  /** Around storing transactions and telling a node of them: nobody else is to tell one meanwhile. */
  readonly whileSending: <T>(work: () => Promise<T>) => Promise<T>;
  /** Told when transactions went out. */
  readonly onSent: () => void;
  /** Told when jobs wait because gas costs more than the cap. */
  readonly onCapped: () => void;
}

/** How each job of a round ended: an error, or nothing where it is done, on its way or given up. */
type Outcome = Error | undefined;

/** A job that the chain would refuse, or that the house no longer wants, and why. */
interface Refused {
  readonly job: Ready;
  readonly reason: string;
}

/**
 * Does jobs together: reads what all of them need, asks one node whether each would go through, stores every
 * transaction signed, then tells the node of all. What fails one job fails no other. What comes of the transactions is
 * the tracker's to see.
 * @returns in the order of the tasks; `NotYet` while the chain and the house do not agree, or gas is above the cap
 */
export async function dispatch(
  house: House,
  options: DispatchOptions,
  tasks: readonly RunningTask[],
): Promise<Outcome[]> {
  const planned = await plan(house, tasks);
  const outcomes = new Map<number, Outcome>(planned.failed);
  const fail = (jobs: readonly Ready[], error: Error) => {
    for (const { at } of jobs) outcomes.set(at, error);
  };

  const refused: Refused[] = planned.unwanted.map(({ job, reason }) => ({ job, reason }));
  await send(house, options, planned, refused, fail);
  await refuse(house, options, refused, fail).catch((error: unknown) => {
    fail(
      refused.map(({ job }) => job),
      asError(error),
    );
  });
  if (planned.over.length > 0) await house.db.write(ACTOR, (ctx) => giveUp(ctx, planned.over));
  return tasks.map((_, at) => outcomes.get(at));
}

type Fail = (jobs: readonly Ready[], error: Error) => void;

/** Sends what the chain would take; what it would not is added to `refused`. */
async function send(
  house: House,
  options: DispatchOptions,
  { ready }: Planned,
  refused: Refused[],
  fail: Fail,
): Promise<void> {
  if (ready.length === 0) return;
  try {
    const { fit, pending } = await weigh(house, options, ready, refused, fail);
    const shipments = fit.map(({ candidate: { jobs, call }, fees }) => ({
      ...{ jobs, call, fees, errands: jobs.flatMap(({ errands }) => errands) },
    }));
    if (shipments.length === 0) return;
    await options.whileSending(async () => {
      const stored = await signAndStore(options, shipments, pending);
      for (const shipment of shipments)
        if (!stored.has(shipment)) fail(shipment.jobs, new NotYet(SOON_MS, "another process was first"));
      await broadcast(
        options,
        [...stored.values()].map(({ transaction, attempt: { raw } }) => ({ ...transaction, raw })),
      );
    });
    options.onSent();
  } catch (error) {
    if (error instanceof AboveCap) options.onCapped();
    fail(ready, asError(error));
  }
}

interface Weighed {
  readonly fit: readonly { readonly candidate: Candidate; readonly fees: Fees }[];
  readonly pending: number;
}

/**
 * Finds out which transactions the chain would take, and what each costs. One of several jobs that it would not take,
 * or not do all of, is taken apart; one that is too heavy is halved.
 */
async function weigh(
  { config }: House,
  { rpc, account }: DispatchOptions,
  ready: readonly Ready[],
  refused: Refused[],
  fail: Fail,
): Promise<Weighed> {
  const { id: chainId, escrow, maxFeePerGas } = config.chain;
  const domain = { chainId, escrow };
  const fit: { candidate: Candidate; fees: Fees }[] = [];
  let pending = 0;
  let open = together(domain, account.address, ready);
  while (open.length > 0) {
    const said = await simulate(rpc, account.address, open, maxFeePerGas);
    pending = said.pending;
    const next: Candidate[] = [];
    for (const [at, candidate] of open.entries()) {
      const verdict = said.verdicts[at];
      const shared = candidate.jobs.length > 1;
      if (typeof verdict === "object" && "gasLimit" in verdict) {
        if (shared && verdict.gasLimit > mostGas(said.blockGasLimit))
          next.push(...halves(domain, account.address, candidate));
        else fit.push({ candidate, fees: verdict });
      } else if (shared) next.push(...candidate.jobs.map(single));
      else if (verdict instanceof RpcError) fail(candidate.jobs, verdict);
      else if (typeof verdict === "object")
        for (const job of candidate.jobs) refused.push({ job, reason: verdict.reverts });
    }
    open = next;
  }
  return { fit, pending };
}

const mostGas = (blockGasLimit: bigint): bigint => {
  const part = blockGasLimit / PART_OF_BLOCK;
  return part < MOST_GAS ? part : MOST_GAS;
};

/**
 * Records what the chain would revert, by the contract's own error, without a nonce, and gives it up. Where it would
 * be reverted because it happened meanwhile, that is no failure.
 */
async function refuse(house: House, options: DispatchOptions, refused: readonly Refused[], fail: Fail): Promise<void> {
  if (refused.length === 0) return;
  const views = refused.map(({ job }) => job.work.overOnChain);
  const answers = await options.rpc.onOne((_, each) => each(views.flat().map(({ call }) => call)));
  const left = refused.filter(({ job }) => {
    const own = answers.splice(0, job.work.overOnChain.length);
    const failed = own.find((answer) => answer instanceof RpcError);
    if (failed instanceof RpcError) fail([job], failed);
    else if (job.work.overOnChain.every(({ read }, at) => read(own[at])))
      fail([job], new NotYet(SOON_MS, "the chain is ahead of the house"));
    else return true;
    return false;
  });
  if (left.length === 0) return;
  for (const { job, reason } of left)
    house.log.warn(
      { purposes: job.errands.map(({ purpose }) => purpose), reason },
      "a transaction of ours is not sent",
    );
  await house.db.write(ACTOR, async (ctx) => {
    await storeTransactions(
      ctx,
      left.map(({ job, reason }) => ({ transaction: refusal(options, job.call(), reason), errands: job.errands })),
    );
    await giveUp(
      ctx,
      left.flatMap(({ job }) => job.errands),
    );
  });
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
