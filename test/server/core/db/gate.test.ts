import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate as turn } from "node:timers/promises";
import { Gate, type SharedTransaction } from "../../../../server/core/db/gate.ts";

/** A transaction that keeps a diary, and fails where it is told to. */
class Diary implements SharedTransaction {
  readonly entries: string[] = [];
  commitFails: Error | undefined;
  endsItself = false;
  #open = false;

  isOpen = () => this.#open;
  begin = async () => {
    assert.equal(this.#open, false, "two transactions at once");
    this.#open = true;
    this.entries.push("begin");
  };
  commit = async () => {
    await turn();
    if (this.commitFails) throw this.commitFails;
    this.#open = false;
    this.entries.push("commit");
  };
  rollback = async () => {
    this.#open = false;
    this.entries.push("rollback");
  };
  savepoint = async <T>(fn: () => Promise<T>): Promise<T> => {
    try {
      return await fn();
    } catch (error) {
      this.entries.push("undone");
      if (this.endsItself) this.#open = false;
      throw error;
    }
  };
}

describe("Gate", () => {
  it("commits those together who waited together, in their order, and tells nobody before", async () => {
    const diary = new Diary();
    const gate = new Gate(diary);
    const writer = (name: string) =>
      gate
        .pass(async () => {
          await turn();
          diary.entries.push(name);
        })
        .then(() => diary.entries.push(`${name} told`));
    await Promise.all(["a", "b", "c"].map(writer));
    assert.deepEqual(diary.entries, ["begin", "a", "b", "c", "commit", "a told", "b told", "c told"]);
    assert.equal(gate.depth, 0);
  });

  it("lets one join who comes a turn of the event loop later", async () => {
    const diary = new Diary();
    const gate = new Gate(diary);
    const first = gate.pass(async () => diary.entries.push("first"));
    await turn();
    await Promise.all([first, gate.pass(async () => diary.entries.push("second"))]);
    assert.deepEqual(diary.entries, ["begin", "first", "second", "commit"]);
  });

  it("undoes one that fails and keeps the others, and tells its failure after the commit too", async () => {
    const diary = new Diary();
    const gate = new Gate(diary);
    const good = gate.pass(async () => "kept");
    const bad = gate.pass(async () => Promise.reject(new Error("no")));
    const told = bad.catch(() => diary.entries.push("told"));
    assert.equal(await good, "kept");
    await assert.rejects(bad, /no/);
    await told;
    assert.deepEqual(diary.entries, ["begin", "undone", "commit", "told"]);
  });

  it("tells the whole group that it is lost when its commit fails, and goes on with the next", async () => {
    const diary = new Diary();
    const gate = new Gate(diary);
    diary.commitFails = new Error("disk full");
    const outcomes = await Promise.allSettled([gate.pass(async () => 1), gate.pass(async () => 2)]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["rejected", "rejected"],
    );
    diary.commitFails = undefined;
    assert.equal(await gate.pass(async () => 3), 3);
  });

  it("believes nobody of a group whose transaction the database ended by itself", async () => {
    const diary = new Diary();
    const gate = new Gate(diary);
    diary.endsItself = true;
    const first = gate.pass(async () => "written, and gone with the rest");
    const second = gate.pass(async () => Promise.reject(new Error("disk full")));
    await assert.rejects(first, /gave the transaction up/);
    await assert.rejects(second, /disk full/);
    assert.deepEqual(diary.entries, ["begin", "undone", "rollback"]);
  });

  it("never has two transactions at once, however writers follow on each other", async () => {
    const diary = new Diary();
    const gate = new Gate(diary);
    const lane = async () => {
      for (let n = 0; n < 50; n += 1) await gate.pass(async () => (n % 3 === 0 ? turn() : undefined));
    };
    await Promise.all([lane(), lane(), lane()]);
    await gate.empty();
    assert.equal(gate.depth, 0);
  });

  it("runs each writer in the context it came from", async () => {
    const store = new AsyncLocalStorage<string>();
    const gate = new Gate(new Diary());
    const names = ["a", "b", "c"];
    const seen = await Promise.all(names.map((name) => store.run(name, () => gate.pass(async () => store.getStore()))));
    assert.deepEqual(seen, names);
  });
});
