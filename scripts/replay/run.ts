import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort } from "../start/ports.ts";
import { type Stack, startStack } from "../start/stack.ts";
import { interruptible } from "../support/interruptible.ts";
import type { Narrator } from "../support/narrator.ts";
import { startPostgres } from "../support/postgres.ts";
import { chaos } from "./chaos.ts";
import { count } from "./count.ts";
import { onboard } from "./onboard.ts";
import type { Plan } from "./plan.ts";
import { type Played, play } from "./play.ts";
import type { ReplayResult } from "./report.ts";
import { type ServerWatch, watchServer } from "./serverUse.ts";
import { RATES } from "./shares.ts";
import { withdrawAll } from "./withdraw.ts";
import { CARRIER, CURRENCY, createWorld, EXPRESS_TYPE, PLATFORM, type World } from "./world.ts";

export interface ReplayOptions {
  readonly database: "sqlite" | "postgres";
  /** Orders on their way at the same time. */
  readonly concurrency: number;
  /** Times the server is killed while the orders are played. */
  readonly kills: number;
  /** Of the moments of the kills. */
  readonly seed: number;
  /** Whether the folder with database and server log stays. */
  readonly keep: boolean;
  /** Folder for a CPU profile of the server. */
  readonly profile?: string;
}

const SHOWN_FAILURES = 10;
/** How often the chain mines what came meanwhile, in milliseconds. */
const BLOCK_MS = 200;
/** Thousands sign in within a minute, from one address. */
const LIMITS = { auth: 1_000_000, reads: 1_000_000, writes: 1_000_000 };

/** Plays the plan on a chain, a server and a database of its own, and counts the money. */
export async function runReplay(plan: Plan, options: ReplayOptions, say: Narrator): Promise<ReplayResult> {
  const startedAt = performance.now();
  const toStop: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const end of toStop.splice(0).reverse()) await end();
  };
  return interruptible(async () => {
    const stack = await raiseStack(options, say, toStop);
    const world = await createWorld(stack, plan, say);
    toStop.push(world.horizon.stop);
    const watch = watchServer(() => world.server.pid);
    toStop.push(async () => watch.stop());
    return tell(world, watch, options, startedAt);
  }, stop);
}

/** Starts the chain and the database, and writes down how to stop them. */
async function raiseStack(options: ReplayOptions, say: Narrator, toStop: (() => Promise<unknown>)[]): Promise<Stack> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-replay-"));
  toStop.push(async () => {
    if (options.keep) say.plain(`kept: ${folder}`);
    else await rm(folder, { recursive: true, force: true });
  });
  const databaseUrl = options.database === "postgres" ? await postgresUrl(toStop) : undefined;
  const stack = await startStack({
    ...{ folder, currency: CURRENCY, chainPort: 0, port: await freePort() },
    jwtSecret: randomBytes(32).toString("hex"),
    platformPayee: PLATFORM.address,
    carrierPayee: CARRIER.address,
    chainOptions: ["--block-ms", String(BLOCK_MS)],
    env: serverSettings(),
    ...(databaseUrl ? { databaseUrl } : {}),
    ...(options.profile ? { nodeOptions: ["--cpu-prof", "--cpu-prof-dir", resolve(options.profile)] } : {}),
  });
  toStop.push(stack.stop);
  return stack;
}

/** The one in DATABASE_URL, which must be empty, or one of our own. */
async function postgresUrl(toStop: (() => Promise<unknown>)[]): Promise<string> {
  const given = process.env.DATABASE_URL;
  if (given) return given;
  const postgres = await startPostgres();
  toStop.push(postgres.stop);
  return postgres.url;
}

/** No flat freight: every piece brings its own. */
const serverSettings = (): Record<string, string> => ({
  RATE_LIMITS: JSON.stringify(LIMITS),
  PLATFORM_FEE_PPM: String(RATES.platform),
  REQUIRE_AGREEMENTS: "true",
  EXPRESS_TYPES: JSON.stringify([
    { code: EXPRESS_TYPE, name: "Parcel", currency: CURRENCY, freight_minor: 0, carrier: CARRIER.address },
  ]),
});

async function tell(
  world: World,
  watch: ServerWatch,
  options: ReplayOptions,
  startedAt: number,
): Promise<ReplayResult> {
  const { plan, say, horizon } = world;
  say.chapter("Onboarding");
  const onboardedFrom = performance.now();
  const shop = await onboard(world);
  const onboardingSeconds = secondsSince(onboardedFrom);

  say.chapter("Orders");
  const { concurrency, kills, seed } = options;
  const before = await watch.use();
  const killing = chaos(world, { kills, orders: plan.played.length, seed });
  const played = await play(world, shop, { concurrency, onPlaced: killing.onPlaced });
  await killing.end();
  const after = await watch.use();
  const bookedSeconds = (horizon.lastBookedAt - played.startedAt) / 1_000;
  tellFailures(say, played);

  say.chapter("Withdrawals");
  await withdrawAll(world);
  const use = await watch.use();
  say.chapter("Counting");
  return {
    ...(await count(world, played)),
    plan: { rows: plan.rows, played: plan.played.length, skipped: plan.skipped },
    ordersPerSecond: played.checkouts / Math.max(0.001, bookedSeconds),
    wallSeconds: secondsSince(startedAt),
    onboardingSeconds,
    server: { ...use, cpuMsPerOrder: ((after.cpuSeconds - before.cpuSeconds) * 1_000) / Math.max(1, played.checkouts) },
  };
}

/** The first of them; the differences name all. */
function tellFailures(say: Narrator, { failures }: Played): void {
  for (const { order, error } of failures.slice(0, SHOWN_FAILURES))
    say.plain(`order ${order.row.id} came to no end: ${error}`);
  if (failures.length > SHOWN_FAILURES) say.plain(`and ${failures.length - SHOWN_FAILURES} more`);
}

const secondsSince = (moment: number): number => (performance.now() - moment) / 1_000;
