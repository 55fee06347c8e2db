import assert from "node:assert/strict";
import { createLog } from "../../../server/core/log.ts";

function logged(write: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = [];
  write(createLog("debug", { write: (line) => void lines.push(line) }));
  return lines.join("");
}

describe("the log", () => {
  it("blanks secrets, however deep they lie", () => {
    for (const name of ["authorization", "signature", "refresh_token", "password", "privateKey", "jwtSecret"]) {
      const text = logged((log) => {
        log.info({ [name]: "hunter2" }, "one");
        log.info({ headers: { [name]: "hunter2" } }, "two");
        log.info({ a: { b: { [name]: "hunter2", kept: "kept" } } }, "three");
      });
      assert.doesNotMatch(text, /hunter2/, name);
      assert.match(text, /kept/);
    }
  });

  it("keeps of an error what finds it, and nothing a statement carried", () => {
    const cause = Object.assign(new Error("duplicate key"), { code: "23505", detail: "Key (wallet)=(0xabc)" });
    const error = Object.assign(new Error("insert failed", { cause }), { query: "INSERT", parameters: ["hunter2"] });
    const text = logged((log) => log.error({ err: error }, "a request failed"));
    assert.doesNotMatch(text, /hunter2|0xabc/);
    assert.match(text, /insert failed/);
    assert.match(text, /duplicate key/);
    assert.match(text, /23505/);
  });
});
