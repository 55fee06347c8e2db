/**
 * A first-come gate: one at a time passes, the others wait in the order they came.
 * On SQLite every write of the process passes it, for TypeORM gives all of them one connection, on which two open
 * transactions would be savepoints of each other (docs/decisions/write-gate.md).
 */
export class Gate {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** How many are inside or waiting. */
  get depth(): number {
    return this.#waiting;
  }

  /** Runs `fn` once everybody before has left, whether they failed or not. */
  pass<T>(fn: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    const turn = this.#last.then(fn).finally(() => {
      this.#waiting -= 1;
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
