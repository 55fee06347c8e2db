import assert from "node:assert/strict";
import { explore } from "../../../scripts/prove/explore.ts";
import { INVARIANTS } from "../../../scripts/prove/invariants.ts";
import { CASES, type DeedName, TABLE } from "../../../scripts/prove/table.ts";

const instant = CASES.at(-1) as (typeof CASES)[number];
const flagged = CASES.at(-2) as (typeof CASES)[number];

/** The names of the invariants that break while one row of the table is another. */
function brokenWith(name: DeedName, row: Partial<(typeof TABLE)[DeedName]>, terms = instant): string[] {
  const before = TABLE[name];
  TABLE[name] = { ...before, ...row };
  try {
    const vertices = explore(terms);
    return Object.keys(INVARIANTS).filter((key) => !vertices.every((vertex) => INVARIANTS[key]?.(vertex, terms)));
  } finally {
    TABLE[name] = before;
  }
}

describe("the state table", function () {
  this.timeout(30_000);

  it("keeps every invariant", () =>
    assert.deepEqual([brokenWith("void", {}), brokenWith("void", {}, flagged)], [[], []]));

  it("would be caught paying out twice", () => {
    const twice: (typeof TABLE)["void"]["becomes"] = (order, { amount }) => ({
      ...order,
      H: order.H - amount,
      X: order.X + amount,
      paid: order.paid - 2 * amount,
    });
    const broken = brokenWith("void", { becomes: twice });
    assert.ok(broken.includes("what the escrow has is what it owes"));
  });

  it("would be caught letting both sides act in one second", () => {
    const broken = brokenWith("reclaim", { may: (order, _, terms) => order.H > 0 && order.now >= terms.captureBy - 1 });
    assert.ok(broken.includes("no second allows two conflicting exits"));
  });

  it("would be caught leaving a second in which nobody may", () => {
    const broken = brokenWith("reclaim", { may: (order, _, terms) => order.H > 0 && order.now > terms.captureBy });
    assert.ok(broken.includes("every second allows one exit of what lies there"));
  });

  it("would be caught locking money up", () => {
    const may = (order: { P: number }, { actor }: { actor: string }) => order.P > 0 && actor === "payer";
    assert.ok(brokenWith("release", { may }, flagged).includes("a stranger can empty it after the windows"));
  });
});
