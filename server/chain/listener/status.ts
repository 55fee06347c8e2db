import { type ChainCursor, FORMAT, type Progress, RowsTooNew } from "../../modules/chains/index.ts";

/** What others may know of how a chain is followed. Heights are block numbers, -1 before the first. */
export interface ListenerStatus {
  /**
   * leading: it writes. standby: another process does, this one would. watching: this one never does. stopped: a person
   * has to decide. starting: none of them yet.
   */
  readonly mode: "starting" | "leading" | "standby" | "watching" | "stopped";
  readonly head: number;
  readonly headTimestampS: number;
  readonly cursor: number;
  readonly cursorTimestampS: number;
  readonly epoch: number;
  /** When a node last gave an answer that stands, on the clock of `performance.now()`; undefined before. */
  readonly answeredAt: number | undefined;
  /** When a look last ended, well or not, on the same clock. */
  readonly lookedAt: number;
  readonly problem: string | undefined;
}

/** Before anything was looked at. */
export const nothingSeen = (): ListenerStatus => ({
  mode: "starting",
  head: -1,
  headTimestampS: 0,
  cursor: -1,
  cursorTimestampS: 0,
  epoch: 0,
  answeredAt: undefined,
  lookedAt: performance.now(),
  problem: undefined,
});

/** What the tables tell a process that does not itself follow the chain. */
export function statusFrom(progress: Progress | undefined): Omit<ListenerStatus, "mode" | "lookedAt" | "problem"> {
  const { seen } = progress ?? {};
  return {
    head: seen?.head ?? -1,
    headTimestampS: seen?.headTimestampS ?? 0,
    cursor: progress?.height ?? -1,
    cursorTimestampS: progress?.timestampS ?? 0,
    epoch: 0,
    answeredAt: seen && performance.now() - seen.answeredAgoMs,
  };
}

/** Why a chain is not followed, for a person; undefined where it is. */
export const whyStopped = (
  { stopped, format }: Pick<ChainCursor, "stopped" | "format">,
  chainId: number,
): string | undefined => (format > FORMAT ? new RowsTooNew(chainId, format).message : (stopped ?? undefined));
