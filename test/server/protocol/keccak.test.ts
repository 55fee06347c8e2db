import assert from "node:assert/strict";
import fc from "fast-check";
import { keccak256 } from "viem";
import { keccakOfHex } from "../../../server/protocol/keccak.ts";
import { bytes } from "./arbitraries.ts";

describe("keccakOfHex", () => {
  it("is viem's hash for every length around a block's end", () => {
    for (let length = 0; length <= 420; length += 1) {
      const digits = "c5".repeat(length);
      assert.equal(`0x${keccakOfHex(digits)}`, keccak256(`0x${digits}`), `${length} bytes`);
    }
  });

  it("is viem's hash for whatever content", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 600 }).chain((length) => bytes(length)),
        (content) => assert.equal(`0x${keccakOfHex(content.slice(2))}`, keccak256(content)),
      ),
    ));
});
