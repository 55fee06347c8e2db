import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";

/** The one transaction that writers who came together share. */
export interface SharedTransaction {
  begin(): Promise<void>;
  commit(): Promise<void>;
  /** Undoes everything since `begin`; also where the database has done so already. */
  rollback(): Promise<void>;
  /** Runs one writer: what it wrote stays in the transaction if it succeeds, and is undone if it throws. */
  savepoint<T>(fn: () => Promise<T>): Promise<T>;
  /** False once the database has ended the transaction by itself, as it does when its disk is full. */
  isOpen(): boolean;
}

/** Somebody who wants to write. */
interface Writer {
  /** Does the work, in the async context of whoever asked for it. Never rejects; the outcome is told later. */
  work(): Promise<void>;
  /** Tells the outcome of the work. */
  told(): void;
  /** Tells that the work is lost, unless it had failed by itself. */
  lost(error: unknown): void;
}

/** A group that is older, in milliseconds, or larger takes nobody in any more: the first in it is waiting. */
const OLDEST_MS = 10;
const MOST_WRITERS = 64;
/**
 * Turns of the event loop that an empty queue is waited on before the commit: the sync stops the loop, so who is about
 * to write would else never be there in time. An idle server goes through them in microseconds.
 */
const LINGERING_TURNS = 3;

/**
 * A first-come gate to the one writing connection: one at a time works, the others wait in the order they came, and
 * those who waited together are committed together, which costs one sync of the disk instead of one each. Nobody is
 * told anything, not even a failure, before the group's commit stands; so what one writer saw of another is true.
 */
export class Gate {
  readonly #transaction: SharedTransaction;
  #queue: Writer[] = [];
  #inside = 0;
  /** Settles when nobody is left; undefined while nobody passes. */
  #passing: Promise<void> | undefined;

  constructor(transaction: SharedTransaction) {
    this.#transaction = transaction;
  }

  /** How many are inside or waiting. */
  get depth(): number {
    return this.#queue.length + this.#inside;
  }

  /** Runs `fn` in its turn and settles as it did, once its group is committed. */
  pass<T>(fn: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const inOwnContext = AsyncLocalStorage.snapshot();
    let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
    this.#queue.push({
      work: async () => {
        try {
          outcome = { value: await this.#transaction.savepoint(() => inOwnContext(fn)) };
        } catch (error) {
          outcome = { error };
        }
      },
      told: () => {
        if (outcome === undefined) return;
        if ("value" in outcome) resolve(outcome.value);
        else reject(outcome.error);
      },
      lost: (error) => reject(outcome !== undefined && "error" in outcome ? outcome.error : error),
    });
    this.#passing ??= this.#letPass();
    return promise;
  }

  /** Settles once nobody is inside or waiting. */
  async empty(): Promise<void> {
    while (this.#passing !== undefined) await this.#passing;
  }

  async #letPass(): Promise<void> {
    while (this.#queue.length > 0) await this.#letGroupPass();
    this.#passing = undefined;
  }

  async #letGroupPass(): Promise<void> {
    const group: Writer[] = [];
    try {
      await this.#transaction.begin();
      const begun = performance.now();
      const isFull = () => group.length >= MOST_WRITERS || performance.now() - begun >= OLDEST_MS;
      for (let next = this.#take(); next !== undefined; next = await this.#another(isFull)) {
        group.push(next);
        await next.work();
        if (!this.#transaction.isOpen()) throw new Error("the database gave the transaction up; see the error before");
      }
      await this.#transaction.commit();
      this.#inside = 0;
      for (const writer of group) writer.told();
    } catch (error) {
      // Where not even a beginning was possible, whoever is first has to be told.
      if (group.length === 0) group.push(...this.#queue.splice(0, 1));
      await this.#transaction.rollback().catch(() => undefined);
      this.#inside = 0;
      for (const writer of group) writer.lost(error);
    }
  }

  /** Who else belongs to the group that is inside. */
  async #another(isFull: () => boolean): Promise<Writer | undefined> {
    for (let turns = 0; this.#queue.length === 0 && turns < LINGERING_TURNS && !isFull(); turns += 1) await nextTurn();
    return isFull() ? undefined : this.#take();
  }

  #take(): Writer | undefined {
    const next = this.#queue.shift();
    if (next !== undefined) this.#inside += 1;
    return next;
  }
}
