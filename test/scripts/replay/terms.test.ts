import { deepEqual } from "node:assert/strict";
import { type Address, zeroAddress, zeroHash } from "viem";
import { walletOf } from "../../../scripts/replay/people.ts";
import { termsDifferences } from "../../../scripts/replay/terms.ts";
import { AGENT_PLANS, CARRIER, CHANNEL_PLANS, PLATFORM } from "../../../scripts/replay/world.ts";
import { FIXED, LEG_KIND, type Leg, type Terms } from "../../../server/protocol/terms.ts";

const merchant = walletOf("seller", "s1").address;
const stranger: Address = "0x0000000000000000000000000000000000000001";
/** 100.00 of goods and 5.00 of freight, in base units. */
const PAID = 105_000_000n;
const LEGS: readonly Leg[] = [
  { account: merchant, share: 870_000n, kind: LEG_KIND.merchant },
  { account: CARRIER.address, share: 5_000_000n, kind: LEG_KIND.carrier | FIXED },
  { account: CHANNEL_PLANS[1]?.payee ?? zeroAddress, share: 80_000n, kind: LEG_KIND.channel },
  { account: AGENT_PLANS[1]?.payee ?? zeroAddress, share: 20_000n, kind: LEG_KIND.agent },
  { account: PLATFORM.address, share: 30_000n, kind: LEG_KIND.platform },
];

function found(changes: { amount?: bigint; legs?: readonly Leg[]; agent?: boolean }) {
  const terms: Terms = {
    ...{ payer: stranger, operator: stranger, token: stranger, amount: changes.amount ?? PAID },
    ...{ authorizeBy: 0, captureBy: 0, releaseDelay: 0, arbiter: zeroAddress, rulingTime: 0, defaultToPayerPpm: 0 },
    ...{ flags: 0, agreement: zeroHash, legs: [...(changes.legs ?? LEGS)], salt: 0n },
  };
  const order = { agent: changes.agent ?? true, channel: 1 };
  const part = { sellerId: "s1", lines: [], freight: 500, paid: 10_500 };
  return termsDifferences({ order, part, bought: { orderSn: "SN", terms } }).map(
    ({ what, expected, actual }) => `${what.replace(/0x\w+/, "")}: ${expected}, ${actual}`,
  );
}

describe("the terms of a replayed order, held against the files", () => {
  it("agree where everybody earns what they should", () => {
    deepEqual(found({}), []);
  });

  it("differ where another amount is paid", () => {
    const less = PAID - 10_000n;
    deepEqual(found({ amount: less })[0], `order SN: paid: ${PAID}, ${less}`);
  });

  it("differ where somebody has a wrong share", () => {
    const legs = LEGS.map((leg) => ({ ...leg, share: leg.kind === LEG_KIND.merchant ? 860_000n : leg.share }));
    const platform = legs.map((leg) => ({ ...leg, share: leg.kind === LEG_KIND.platform ? 40_000n : leg.share }));
    deepEqual(found({ legs: platform }), [
      "order SN: merchant : 87000000, 86000000",
      "order SN: platform : 3000000, 4000000",
    ]);
  });

  it("differ where a share goes to somebody else", () => {
    const legs = LEGS.map((leg) => (leg.kind === LEG_KIND.agent ? { ...leg, account: stranger } : leg));
    deepEqual(found({ legs }), ["order SN: agent : 0, 2000000", "order SN: agent : 2000000, nothing"]);
  });

  it("differ where an agent earns whom nobody named", () => {
    deepEqual(found({ agent: false }), ["order SN: merchant : 89000000, 87000000", "order SN: agent : 0, 2000000"]);
  });
});
