import { setTimeout as pause } from "node:timers/promises";

/**
 * Runs `fn` again while it fails for a passing reason, waiting a little longer each time.
 * @param passing whether an error may go away by itself
 * @param forMs   how long to go on, in milliseconds, before the error is thrown
 */
export async function whileBusy<T>(
  fn: () => Promise<T>,
  passing: (error: unknown) => boolean,
  forMs: number,
): Promise<T> {
  const until = performance.now() + forMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await fn();
    } catch (error) {
      if (!passing(error) || performance.now() >= until) throw error;
      await pause(Math.min(2 ** attempt, 50) * (0.5 + Math.random()));
    }
  }
}

/** The database's own code of an error that TypeORM wrapped, such as `SQLITE_BUSY` or `40001`. */
export function databaseCode(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = (at as { driverError?: unknown }).driverError) {
    const { code } = at as { code?: unknown };
    if (typeof code === "string") return code;
    if ((at as { driverError?: unknown }).driverError === at) return undefined;
  }
  return undefined;
}

/** Whether a statement failed because a unique value is there already. */
export const isDuplicate = (error: unknown): boolean =>
  ["23505", "SQLITE_CONSTRAINT_UNIQUE"].includes(databaseCode(error) ?? "");
