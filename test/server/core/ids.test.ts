import assert from "node:assert/strict";
import fc from "fast-check";
import { isOrderSn, newId, newOrderSn } from "../../../server/core/ids.ts";

const moment = Date.UTC(2026, 10, 23, 23, 59, 59);
const sn = () => fc.constant(undefined).map(() => newOrderSn(moment));

describe("ids", () => {
  const ids = Array.from({ length: 5_000 }, newId);

  it("are UUIDs of version 7 with the time that it is", () => {
    const [id = ""] = [newId()];
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.ok(Math.abs(Date.now() - Number.parseInt(id.replace("-", "").slice(0, 12), 16)) < 1_000);
  });

  it("come in order, however many there are in one millisecond", () => assert.deepEqual(ids, ids.toSorted()));

  it("use each random byte once", () => {
    const ends = ids.map((id) => id.slice(-10));
    assert.equal(new Set(ends).size, ends.length);
  });
});

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
