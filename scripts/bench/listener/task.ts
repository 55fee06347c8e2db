import type { Prepared } from "./prepare.ts";

/** What a case is given, as JSON in its first argument. */
export interface Task {
  /** Where the prepared chain is served. */
  readonly url: string;
  readonly chain: Prepared;
  /** An empty database, `sqlite:FILE` or `postgres://…`. */
  readonly databaseUrl: string;
  /** A folder for whatever else it writes. */
  readonly folder: string;
}

/** What a case says at its end, as JSON on a line of its own. */
export interface Measured {
  /** Events that are in the tables. */
  readonly events: number;
  readonly seconds: number;
  /** User and system time of the process meanwhile, which other work of the machine does not change as much. */
  readonly cpu_seconds: number;
  /** The most memory that the process ever had. */
  readonly rss_mb: number;
}

/** Runs a case in this process. @param work reads the chain, by `timed` in what it is measured by */
export async function runCase(work: (task: Task) => Promise<Omit<Measured, "rss_mb">>): Promise<void> {
  const measured = await work(JSON.parse(process.argv[2] ?? "{}") as Task);
  const rss_mb = Math.round(process.resourceUsage().maxRSS / 1_024);
  console.log(JSON.stringify({ ...measured, rss_mb } satisfies Measured));
}

/** How long `work` takes, for which it gives the number of events. */
export async function timed(work: () => Promise<number>): Promise<Omit<Measured, "rss_mb">> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  const events = await work();
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return { events, seconds, cpu_seconds: (user + system) / 1e6 };
}
