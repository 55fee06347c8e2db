import assert from "node:assert/strict";
import fc from "fast-check";
import { isOrderSn, newOrderSn } from "../../../server/core/ids.ts";

const moment = Date.UTC(2026, 10, 23, 23, 59, 59);
const sn = () => fc.constant(undefined).map(() => newOrderSn(moment));

describe("order numbers", () => {
  it("begin with their UTC day and check", () => {
    const made = newOrderSn(moment);
    assert.match(made, /^261123[0-9A-HJKMNP-TV-Z]{8}.$/);
    assert.ok(isOrderSn(made));
  });

  it("notice one wrong character", () =>
    fc.assert(
      fc.property(
        sn(),
        fc.integer({ min: 6, max: 13 }),
        fc.constantFrom(..."0123456789ABCDEFGHJKMNPQRSTVWXYZ"),
        (made, at, other) => {
          fc.pre(made[at] !== other);
          return !isOrderSn(made.slice(0, at) + other + made.slice(at + 1));
        },
      ),
    ));

  it("notice two neighbours that changed places", () =>
    fc.assert(
      fc.property(sn(), fc.integer({ min: 6, max: 12 }), (made, at) => {
        const [a, b] = [made[at], made[at + 1]];
        fc.pre(a !== b);
        return !isOrderSn(`${made.slice(0, at)}${b}${a}${made.slice(at + 2)}`);
      }),
    ));
});
