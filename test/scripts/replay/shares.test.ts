import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { baseUnits, KINDS, sharesOf } from "../../../scripts/replay/shares.ts";
import { earned } from "../../../server/protocol/split.ts";
import { FIXED, LEG_KIND, type Leg } from "../../../server/protocol/terms.ts";

const amounts = fc.record({ goods: fc.nat(100_000_000), freight: fc.nat(10_000_000), agent: fc.boolean() });
const part = ({ goods, freight }: { goods: number; freight: number }) => ({
  ...{ sellerId: "s1", lines: [], freight },
  paid: goods + freight,
});
const order = (agent: boolean) => ({ agent });

describe("the shares of a replayed order", () => {
  it("gives the carrier the freight, and of the rest 8 % to the channel, 3 % to the platform, 2 % to the agent", () => {
    deepEqual(sharesOf(order(true), part({ goods: 10_000, freight: 500 })), {
      ...{ merchant: 87_000_000n, channel: 8_000_000n, agent: 2_000_000n, carrier: 5_000_000n, platform: 3_000_000n },
    });
    deepEqual(sharesOf(order(false), part({ goods: 10_000, freight: 500 })), {
      ...{ merchant: 89_000_000n, channel: 8_000_000n, agent: 0n, carrier: 5_000_000n, platform: 3_000_000n },
    });
  });

  it("sums to what is paid", () =>
    fc.assert(
      fc.property(amounts, ({ agent, ...money }) => {
        const shares = sharesOf(order(agent), part(money));
        equal(
          KINDS.reduce((sum, kind) => sum + shares[kind], 0n),
          baseUnits(money.goods + money.freight),
        );
      }),
    ));

  it("is what the escrow's split gives, in whatever order the legs stand", () =>
    fc.assert(
      fc.property(amounts, fc.boolean(), ({ agent, ...money }, turned) => {
        const account = "0x0000000000000000000000000000000000000001" as const;
        const leg = (kind: number, share: bigint): Leg => ({ account, kind, share });
        const shared = [
          leg(LEG_KIND.channel, 80_000n),
          ...(agent ? [leg(LEG_KIND.agent, 20_000n)] : []),
          leg(LEG_KIND.platform, 30_000n),
        ];
        const legs = [
          leg(LEG_KIND.merchant, agent ? 870_000n : 890_000n),
          leg(LEG_KIND.carrier | FIXED, baseUnits(money.freight)),
          ...(turned ? shared.toReversed() : shared),
        ];
        const shares = sharesOf(order(agent), part(money));
        const split = earned(baseUnits(money.goods + money.freight), legs);
        for (const [at, { kind }] of legs.entries()) {
          const name = KINDS.find((one) => LEG_KIND[one] === (kind & ~FIXED));
          equal(name && shares[name], split[at]);
        }
      }),
    ));
});
