/** The exit code of what was stopped by Ctrl-C. */
const INTERRUPTED = 130;

/**
 * Does something and then stops what it needed, whether it went well or not. Ctrl-C or SIGTERM stops that at once and
 * ends this process; whatever then fails because of it is no news.
 */
export async function interruptible<Result>(act: () => Promise<Result>, stop: () => Promise<void>): Promise<Result> {
  let stopping: Promise<void> | undefined;
  const interrupt = () => {
    stopping ??= stop().finally(() => process.exit(INTERRUPTED));
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    return await act();
  } finally {
    // when interrupted, the exit is on its way
    if (stopping) await new Promise(() => undefined);
    await stop();
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}
