import assert from "node:assert/strict";
import { IllegalTransition, stateMachine } from "../../../server/core/stateMachine.ts";

const door = stateMachine<"open" | "shut" | "locked">("door", {
  open: ["shut"],
  shut: ["open", "locked"],
  locked: ["shut"],
});

describe("stateMachine", () => {
  it("lets through what its table has and nothing else", () => {
    const allowed = door.states.flatMap((from) =>
      door.states.filter((to) => door.can(from, to)).map((to) => `${from}>${to}`),
    );
    assert.deepEqual(allowed, ["open>shut", "shut>open", "shut>locked", "locked>shut"]);
  });

  it("names the step it refuses", () => {
    assert.throws(() => door.assert("open", "locked"), new IllegalTransition("door", "open", "locked"));
    door.assert("shut", "locked");
  });
});
