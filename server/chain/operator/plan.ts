import { type ReadContext, system } from "../../core/db/context.ts";
import type { House } from "../../core/house.ts";
import { NotYet, type RunningTask } from "../../core/tasks.ts";
import { type ChainErrand, type Errand, liveErrands } from "../../modules/chains/index.ts";
import { JOBS, type JobKind } from "./jobs/index.ts";
import type { Work } from "./jobs/kind.ts";
import type { Ready } from "./merge.ts";

const ACTOR = system("operator");
/** How long to wait for what another transaction of ours does, in milliseconds. */
const SOON_MS = 500;

/** What a round of jobs comes to by the house's own rows. A job that is in none of these is done or on its way. */
export interface Planned {
  /** By its place in the round. */
  readonly failed: ReadonlyMap<number, Error>;
  /** What they were asked by is of no use any more. */
  readonly over: readonly Errand[];
  readonly unwanted: readonly { readonly job: Ready; readonly reason: string }[];
  readonly ready: readonly Ready[];
}

/** Reads, in a few statements, what all jobs of a round need, and sorts them. */
export async function plan(house: House, tasks: readonly RunningTask[]): Promise<Planned> {
  const { db, config } = house;
  const { works, live } = await db.read(ACTOR, async (ctx) => {
    const works = await worksOf(ctx, house, tasks);
    const names = [...works.values()].flatMap((work) =>
      work instanceof Error ? [] : work.purposes.map(({ name }) => name),
    );
    return { works, live: await liveErrands(ctx, config.chain.id, names) };
  });
  return sorted(tasks, works, new Map(live.map((errand) => [errand.purpose, errand])));
}

/** Each kind's jobs are understood together. */
async function worksOf(
  ctx: ReadContext,
  { config }: House,
  tasks: readonly RunningTask[],
): Promise<Map<number, Work | Error>> {
  const works = new Map<number, Work | Error>();
  const kinds = Map.groupBy(tasks.entries(), ([, { kind }]) => kind as JobKind);
  for (const [kind, entries] of kinds) {
    const payloads = entries.map(([, { payload }]) => payload);
    const found = await JOBS[kind](ctx, config.chain, payloads);
    for (const [index, [at]] of entries.entries()) works.set(at, found[index] ?? new Error(`${kind} gave no work`));
  }
  return works;
}

function sorted(
  tasks: readonly RunningTask[],
  works: ReadonlyMap<number, Work | Error>,
  live: ReadonlyMap<string, ChainErrand>,
): Planned {
  const failed = new Map<number, Error>();
  const over: Errand[] = [];
  const unwanted: { job: Ready; reason: string }[] = [];
  const ready: Ready[] = [];
  const taken = new Set<string>();
  for (const [at, task] of tasks.entries()) {
    const work = works.get(at);
    if (work === undefined || work instanceof Error) {
      failed.set(at, work ?? new Error("no work"));
      continue;
    }
    const open = work.purposes.filter(({ name }) => !live.has(name));
    if (open.length === 0) continue;
    const job = readyJob(at, task, work, open);
    if (work.over) over.push(...job.errands);
    else if (work.unwanted !== undefined) unwanted.push({ job, reason: work.unwanted });
    else if (open.some(({ name }) => taken.has(name)) || open.length < work.purposes.length)
      failed.set(at, new NotYet(SOON_MS, "another transaction of ours does a part of it"));
    else {
      for (const { name } of open) taken.add(name);
      ready.push(job);
    }
  }
  return { failed, over, unwanted, ready };
}

function readyJob(at: number, { kind, payload }: RunningTask, work: Work, open: Work["purposes"]): Ready {
  const request = payload as Record<string, string>;
  return {
    ...{ at, work, alone: request.alone !== undefined },
    call: () => work.call(),
    errands: open.map(({ name, orderId }) => ({ purpose: name, kind, request, orderId })),
  };
}
