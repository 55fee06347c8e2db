/** How many tests ended how. */
export type Counts = { passed: number; failed: number; skipped: number };

export const sum = (all: readonly Counts[]): Counts =>
  all.reduce(
    (so, one) => ({
      passed: so.passed + one.passed,
      failed: so.failed + one.failed,
      skipped: so.skipped + one.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );

/** The last line of `npm test`, which tools read. */
export const lastLine = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;
