import "reflect-metadata";
import { authenticator } from "./api/auth.ts";
import { startChains } from "./chain/every.ts";
import { watchChain } from "./chain/index.ts";
import { BadConfiguration, type Config, readConfig } from "./config.ts";
import { system } from "./core/db/context.ts";
import { openDatabase } from "./core/db/database.ts";
import { DatabaseClock } from "./core/db/databaseClock.ts";
import { SchemaTooNew } from "./core/db/migration.ts";
import type { House } from "./core/house.ts";
import { Readiness } from "./core/http/health.ts";
import { freeClaims } from "./core/http/idempotency.ts";
import { createHttpServer } from "./core/http/server.ts";
import { createLog } from "./core/log.ts";
import { createMetrics, type Metrics } from "./core/metrics.ts";
import { dueTasks, freeTasks, startWorkers } from "./core/tasks.ts";
import { doors } from "./doors.ts";
import { startJobs } from "./jobs/index.ts";
import { accountHandlers } from "./modules/accounts/index.ts";
import { catalogHandlers } from "./modules/catalog/index.ts";
import { RowsTooNew, refuseNewerRows } from "./modules/chains/index.ts";
import { startMail } from "./modules/mail/index.ts";
import { mediaHandlers } from "./modules/media/index.ts";
import { entities, migrations } from "./schema.ts";

/** A part that runs until it is stopped. */
interface Part {
  stop(): Promise<void>;
}

/** Reasons not to start that a person is told without where in the program they came up. */
const REFUSALS = [BadConfiguration, SchemaTooNew, RowsTooNew];

/** How long a stop may take, in milliseconds; then the process ends whatever still runs. */
const STOP_WITHIN_MS = 5_000;
/** How much of it requests that still run may take. */
const REQUESTS_END_WITHIN_MS = 3_000;

/**
 * Starts what this process's role has, in the order config, database, chain, jobs, HTTP.
 * @returns the port it listens on, if it does, and a stop
 */
async function start(config: Config): Promise<{ port: number | undefined; stop(): Promise<void> }> {
  const log = createLog(config.logLevel, process.stderr);
  const metrics = createMetrics({ ofProcess: true });
  const clock = new DatabaseClock();
  const db = await openDatabase({ url: config.databaseUrl, entities, migrations, clock });
  await db.read(system("start"), refuseNewerRows);
  // One process serves a SQLite file, so what is claimed in it was claimed by one that died.
  if (db.dialect === "sqlite") await Promise.all([freeTasks(db), freeClaims(db)]);
  await clock.follow(db, log);
  const house: House = { db, config, clock, log };
  const readiness = new Readiness();
  readiness.add("database", () => db.read(system("ready"), async (ctx) => void (await ctx.db.query("SELECT 1"))));
  addGauges(house, metrics);

  const parts: Part[] = [clock];
  if (config.role === "web") watch(house, metrics, readiness);
  else parts.push(...startWorking(house, metrics, readiness));
  const port = await startServing(house, metrics, readiness, parts);

  return {
    port,
    // All at once: what one part waits for, such as a node that says nothing, another ends.
    stop: async () => {
      const ends = await Promise.allSettled(parts.map((part) => part.stop()));
      await db.close();
      for (const end of ends) if (end.status === "rejected") throw end.reason;
    },
  };
}

function addGauges({ db, clock }: House, metrics: Metrics): void {
  metrics.gauge("tributary_writers_waiting", "Writes inside or before the gate", () => db.writersWaiting);
  const due = () => dueTasks(db, clock.now());
  metrics.gauge("tributary_outbox_due", "Tasks that are due and not done", async () => (await due()).count);
  metrics.gauge("tributary_outbox_age_seconds", "How long the oldest of them has been due", async () => {
    const { since } = await due();
    return since === undefined ? 0 : Math.max(0, clock.now() - since) / 1_000;
  });
}

/** What people read is only as new as what the processes that follow the chains have written. */
function watch(house: House, metrics: Metrics, readiness: Readiness): void {
  for (const chain of house.config.chains) {
    const watched = watchChain({ ...house, config: { ...house.config, chain } }, metrics);
    readiness.add(checkName(house, chain.id), async () => {
      const { ready, reason } = await watched.readiness();
      if (!ready) throw new Error(reason);
    });
  }
}

/** How a chain's readiness is named: the only one needs no number. */
const checkName = ({ config }: House, chainId: number): string =>
  config.chains.length === 1 ? "chain" : `chain ${chainId}`;

/** The half that nobody waits for at a door: listener, operator, jobs and the workers of the task table. */
function startWorking(house: House, metrics: Metrics, readiness: Readiness): Part[] {
  const chains = startChains(house, { metrics });
  for (const chain of chains)
    readiness.add(checkName(house, chain.id), () => {
      const { ready, reason } = chain.readiness();
      if (!ready) throw new Error(reason);
    });
  const jobs = startJobs(house);
  const workers = startWorkers({
    ...{ db: house.db, log: house.log, now: () => house.clock.now() },
    handlers: { ...jobs.handlers, ...accountHandlers(house), ...catalogHandlers(house), ...mediaHandlers(house) },
  });
  // None of the chains is to wait for another's last answer.
  const following = { stop: async () => void (await Promise.all(chains.map((chain) => chain.stop()))) };
  return [following, jobs, workers, startMail(house, undefined, metrics)];
}

/** The API. Of a worker only the addresses that tell how it is, where it was given a port for them. */
async function startServing(
  house: House,
  metrics: Metrics,
  readiness: Readiness,
  parts: Part[],
): Promise<number | undefined> {
  const { role, host, port, probePort } = house.config;
  const works = role === "worker";
  const at = works ? probePort : port;
  if (at === undefined) return undefined;
  const server = createHttpServer({
    ...{ house, doors: works ? [] : doors(house), authenticate: authenticator(house), metrics, readiness },
    stopWithinMs: REQUESTS_END_WITHIN_MS,
  });
  const listening = await server.listen(at, host);
  parts.push(server);
  return listening;
}

/** Runs until SIGTERM or SIGINT. Says on standard output, in one JSON line, when it can be used. */
async function main(): Promise<void> {
  const { port, stop } = await start(readConfig(process.env));
  let stopping = false;
  const end = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  console.log(JSON.stringify({ ready: true, port }));
}

main().catch((error: unknown) => {
  console.error(REFUSALS.some((refusal) => error instanceof refusal) ? (error as Error).message : error);
  process.exit(1);
});
