import { equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { numberToHex } from "viem";
import type { Ask } from "../../../server/chain/rpc/endpoint.ts";
import { blockAt } from "../../../server/chain/sweep/begin.ts";

/** A node with blocks of these times from height 0 on, and how often it was asked. */
function nodeOf(times: readonly number[]): { ask: Ask; requests: () => number } {
  let requests = 0;
  const hash = `0x${"1".repeat(64)}`;
  const ask: Ask = async (calls) => {
    requests += 1;
    return calls.map(({ params }) => {
      const number = String(params[0]);
      const timestamp = numberToHex(times[Number(number)] ?? 0);
      return { number, hash, parentHash: hash, timestamp, logsBloom: `0x${"0".repeat(512)}` };
    });
  };
  return { ask, requests: () => requests };
}

describe("the block of a time", () => {
  it("is the lowest that is not older, or the last where all are", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.nat(5), { minLength: 1, maxLength: 400 }), fc.nat(1_200), async (steps, timeS) => {
        let now = 0;
        const times = steps.map((step) => {
          now += step;
          return now;
        });
        const last = times.length - 1;
        const young = times.findIndex((time) => time >= timeS);
        equal(await blockAt(nodeOf(times).ask, timeS, 0, last), young === -1 ? last : young);
      }),
    ));

  it("is found among a million blocks in a few requests", async () => {
    const times = Array.from({ length: 1_000_000 }, (_, at) => at * 12);
    const { ask, requests } = nodeOf(times);
    equal(await blockAt(ask, 777_777 * 12, 0, times.length - 1), 777_777);
    ok(requests() <= 7, `${requests()} requests`);
  });
});
