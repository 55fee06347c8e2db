import assert from "node:assert/strict";
import { escrowAbi } from "../../server/protocol/abi.ts";
import { games, kindsOf, type Played } from "../server/protocol/play/game.ts";
import type { Place } from "../server/protocol/play/place.ts";
import { openPlace } from "./support/ethersPlace.ts";

/** Every function of the escrow that changes orders or credits. Agreements are made before the games begin. */
const OPERATIONS = escrowAbi
  .flatMap((entry) => (entry.type === "function" && entry.stateMutability !== "view" ? [entry.name] : []))
  .filter((name) => !name.includes("Agreement"));

/** What the games of the pinned seeds tell of, at least. */
const KINDS = [
  ...["tokens by route 1", "ETH by route 2", "tokens by route 3", "ETH by route 4", "tokens by route 4"].map(
    (way) => `authorized in ${way}`,
  ),
  ...["voided", "reclaimed", "refunded"].flatMap((kind) => [`${kind} in money`, `${kind} as credit`]),
  ...["credit", "wallet", "both"].map((from) => `refunded_released from ${from}, back in money`),
  ...["captured", "captured and released", "released", "disputed", "cancelled", "return_credited"],
  ...["resolved by 1 for the legs"],
  ...["resolved by 3, back in money", "resolved by 4, back as credit"],
  ...["withdrawn", "deposited", "distributed", "mandate_set", "nonce_used"],
];

describe("the fold of the escrow's logs", function () {
  this.timeout(600_000);
  let place: Place;
  let fresh: () => Promise<void>;
  before(async () => {
    ({ place, fresh } = await openPlace());
  });

  const played: Played[] = [];
  for (const seed of [11, 12])
    it(`equals the contract's views after every step, pinned SEED=${seed}`, async () => {
      played.push(await games(place, fresh, { seed, numRuns: 8, steps: 60 }));
    });

  it("has met every operation and every kind of event there", () => {
    const calls = new Set(played.flatMap((one) => one.calls));
    const kinds = new Set(played.flatMap(({ events }) => kindsOf(events)));
    const missing = (wanted: readonly string[], met: ReadonlySet<string>) => wanted.filter((one) => !met.has(one));
    assert.deepEqual(missing(OPERATIONS, calls), []);
    assert.deepEqual(missing(KINDS, kinds), []);
  });

  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
  it(`equals the contract's views after every step, SEED=${seed}`, async () => {
    await games(place, fresh, { seed, numRuns: 4, steps: 60 });
  });
});
