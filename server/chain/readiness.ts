import type { Dialect } from "../core/db/migration.ts";
import type { ListenerStatus } from "./listener/status.ts";

/** Whether this process may be sent traffic, for the chain's part. */
export interface ChainReadiness {
  readonly ready: boolean;
  /** Why not, for a person. */
  readonly reason: string | undefined;
  /** Blocks that the tables are behind the newest one. */
  readonly lag: number;
}

/** Without an answer for so long, in milliseconds, what people read may be old. */
const SILENT_FOR_MS = 15_000;
/** Further behind than this, in blocks, what people read is old. */
const FAR_BEHIND = 100;

/** What a status means for who would be sent traffic. @param now on the clock of `performance.now()` */
export function readinessOf(status: ListenerStatus, dialect: Dialect, now: number): ChainReadiness {
  const { mode, head, cursor, answeredAt, lookedAt, problem } = status;
  const lag = Math.max(0, head - cursor);
  const not = (reason: string): ChainReadiness => ({ ready: false, reason, lag });
  if (mode === "standby" && dialect === "sqlite")
    return not("another server process has this SQLite file; only one may");
  if (mode === "stopped") return not(`the chain is stopped: ${problem}`);
  const follows = mode !== "standby" && mode !== "watching";
  if (now - lookedAt > SILENT_FOR_MS) return not(`no look at the chain has ended for ${seconds(now - lookedAt)} s`);
  if (answeredAt === undefined)
    return not(problem ?? (follows ? "the chain has not been looked at yet" : "no process follows the chain yet"));
  const silent = now - answeredAt;
  if (silent > SILENT_FOR_MS)
    return not(
      problem ?? `${follows ? "no node has answered" : "no process follows the chain"} for ${seconds(silent)} s`,
    );
  return lag > FAR_BEHIND ? not(`the tables are ${lag} blocks behind`) : { ready: true, reason: undefined, lag };
}

const seconds = (ms: number): number => Math.round(ms / 1_000);
