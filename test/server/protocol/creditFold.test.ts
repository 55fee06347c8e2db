import assert from "node:assert/strict";
import fc from "fast-check";
import { type Address, zeroAddress } from "viem";
import {
  creditKey,
  eventCredits,
  foldCredits,
  foldMandates,
  orderCredits,
  signed,
} from "../../../server/protocol/creditFold.ts";
import type { MandateSetEvent } from "../../../server/protocol/decode.ts";
import { foldOrder, type OrderFold, ROUTE } from "../../../server/protocol/fold.ts";
import { partsOwed, type Sale } from "../../../server/protocol/sale.ts";
import { FIXED, LEG_KIND } from "../../../server/protocol/terms.ts";
import { account, wideMandate } from "./arbitraries.ts";
import { creditEvent, order } from "./histories.ts";
import {
  agreed,
  authorized,
  captured,
  credited,
  disputed,
  fold,
  judged,
  refundedReleased,
  released,
  resolved,
  voided,
} from "./orderEvents.ts";

const sum = (amounts: Iterable<bigint>): bigint => [...amounts].reduce((total, amount) => total + amount, 0n);
const folded = ({ events }: { events: Parameters<typeof foldOrder>[0] }): OrderFold => {
  const fold = foldOrder(events);
  assert.ok(fold && fold.broken === undefined);
  return fold;
};

const [shop, till, agent, carrier] = ["a1", "a2", "a3", "a4"].map((byte): Address => `0x${byte.repeat(20)}`) as [
  Address,
  Address,
  Address,
  Address,
];
const sale: Sale = {
  account: shop,
  operator: till,
  token: zeroAddress,
  gross: 1_000n,
  agreement: `0x${"ee".repeat(32)}`,
  ref: `0x${"0f".repeat(32)}`,
  legs: [
    { account: shop, share: 850_000n, kind: LEG_KIND.merchant },
    { account: carrier, share: 100n, kind: LEG_KIND.carrier | FIXED },
    { account: agent, share: 150_000n, kind: LEG_KIND.agent },
  ],
};

describe("foldCredits", () => {
  it("knows where every unit of every credit came from and went", () =>
    fc.assert(
      fc.property(fc.array(order(), { maxLength: 4 }), fc.array(creditEvent(), { maxLength: 8 }), (drawn, events) => {
        const orders = drawn.map(folded);
        const credits = foldCredits(orders, events);
        for (const [key, fold] of credits) {
          const { earned, returned, deposited, distributed, paid, refunded, debited, withdrawn } = fold;
          assert.equal(key, creditKey(fold.account, fold.token));
          const [came, went] = [earned + returned + deposited + distributed, paid + refunded + debited + withdrawn];
          assert.equal(fold.credit, came - went);
        }
        for (const token of new Set([...credits.values()].map((fold) => fold.token))) {
          const own = [...credits.values()].filter((fold) => fold.token === token);
          const all = (name: "earned" | "returned" | "paid" | "refunded") => sum(own.map((fold) => fold[name]));
          const of = orders.filter(({ terms }) => terms?.token === token);
          assert.equal(all("earned"), sum(of.map(({ released }) => released)));
          assert.equal(all("returned"), sum(of.map(({ returnedCredited }) => returnedCredited)));
          assert.equal(all("refunded"), sum(of.map(({ refundedFromCredit }) => refundedFromCredit)));
          const byCredit = of.filter(({ route }) => route === ROUTE.credit);
          assert.equal(all("paid"), sum(byCredit.map(({ terms }) => terms?.amount ?? 0n)));
          assert.equal(sum(own.map((fold) => fold.distributed)), sum(own.map((fold) => fold.debited)));
        }
      }),
    ));

  it("does not depend on the order of events", () =>
    fc.assert(
      fc.property(fc.array(creditEvent(), { maxLength: 8 }), (events) => {
        const byKey = (folds: ReturnType<typeof foldCredits>) =>
          new Map([...folds].sort(([a], [b]) => (a < b ? -1 : 1)));
        const [once, turned] = [foldCredits([], events), foldCredits([], events.toReversed())];
        assert.deepEqual(byKey(once), byKey(turned));
      }),
    ));

  it("is the sum of the changes", () =>
    fc.assert(
      fc.property(order(), fc.array(creditEvent(), { maxLength: 4 }), (drawn, events) => {
        const fold = folded(drawn);
        const changes = [...orderCredits(fold), ...events.flatMap(eventCredits)];
        assert.ok(changes.every(({ amount }) => amount > 0n));
        for (const [key, { credit }] of foldCredits([fold], events)) {
          const own = changes.filter(({ account, token }) => creditKey(account, token) === key);
          assert.equal(sum(own.map(signed)), credit);
        }
      }),
    ));

  it("shares a sale paid elsewhere among all but who took the money", () => {
    const event = { kind: "distributed", account: shop, ref: sale.ref, sale, debited: 235n } as const;
    assert.deepEqual(partsOwed(sale), [
      { account: carrier, amount: 100n },
      { account: agent, amount: 135n },
    ]);
    const credits = foldCredits([], [event]);
    const of = (account: Address) => credits.get(creditKey(account, zeroAddress));
    assert.partialDeepStrictEqual(of(shop), { debited: 235n, distributed: 0n, credit: -235n });
    assert.partialDeepStrictEqual(of(carrier), { distributed: 100n, credit: 100n });
    assert.partialDeepStrictEqual(of(agent), { distributed: 135n, credit: 135n });
    assert.equal(credits.size, 3);
  });

  it("knows a leg of who took the money whatever the letters' case", () => {
    const upper = `0x${agent.slice(2).toUpperCase()}` as Address;
    assert.deepEqual(partsOwed({ ...sale, account: upper }), [
      { account: shop, amount: 765n },
      { account: carrier, amount: 100n },
    ]);
  });
});

describe("foldMandates", () => {
  it("keeps the last mandate of each account, spender and token", () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(account(), account(), account(), wideMandate()), { maxLength: 12 }), (drawn) => {
        const events = drawn.map(
          ([of, spender, token, mandate]): MandateSetEvent => ({
            kind: "mandate_set",
            account: of,
            spender,
            token,
            mandate,
          }),
        );
        const last = foldMandates(events);
        for (const event of events) {
          const same = events.filter(
            ({ account, spender, token }) =>
              account === event.account && spender === event.spender && token === event.token,
          );
          const key = `${event.account}:${event.spender}:${event.token}`.toLowerCase();
          assert.equal(last.get(key), same.at(-1));
        }
      }),
    ));
});

describe("the worked example of docs/contracts/indexing.md", () => {
  const merchant = agreed.legs[0]?.account ?? shop;
  const legs = [
    { account: merchant, share: 850_000n, kind: LEG_KIND.merchant },
    { account: carrier, share: 50n, kind: LEG_KIND.carrier | FIXED },
    { account: agent, share: 150_000n, kind: LEG_KIND.agent },
  ];
  const terms = { ...judged, amount: 1_000n, legs };
  const log = [
    ...[authorized(terms), captured(600n), disputed(200n), resolved(50n, 150n)],
    ...[released(400n), voided(400n), credited(400n), refundedReleased(100n, 100n)],
  ];
  const cash: Sale = { ...sale, account: merchant, gross: 200n, legs };
  const distributed = { kind: "distributed", account: merchant, ref: cash.ref, sale: cash, debited: 72n } as const;
  const token = zeroAddress;
  const withdrawn = { kind: "withdrawn", account: agent, token, to: agent, amount: 97n } as const;

  /** Credits of merchant, carrier, agent and payer after so many logs of the order and so many of accounts. */
  const creditsAt = (logs: number, accounts: number): bigint[] => {
    const credits = foldCredits([fold(...log.slice(0, logs))], [distributed, withdrawn].slice(0, accounts));
    return [merchant, carrier, agent, terms.payer].map((who) => credits.get(creditKey(who, token))?.credit ?? 0n);
  };

  it("has the quantities and credits that its table says", () => {
    assert.deepEqual(creditsAt(3, 0), [0n, 0n, 0n, 0n]);
    assert.deepEqual(creditsAt(4, 0), [85n, 50n, 15n, 0n]);
    assert.deepEqual(creditsAt(5, 0), [425n, 50n, 75n, 0n]);
    assert.deepEqual(creditsAt(7, 0), [425n, 50n, 75n, 400n]);
    assert.deepEqual(creditsAt(8, 0), [325n, 50n, 75n, 400n]);
    assert.deepEqual(creditsAt(8, 1), [253n, 100n, 97n, 400n]);
    assert.deepEqual(creditsAt(8, 2), [253n, 100n, 0n, 400n]);
    const end = { held: 0n, captured: 0n, disputed: 0n, released: 550n, refundedReleased: 100n, broken: undefined };
    assert.partialDeepStrictEqual(fold(...log), { ...end, voided: 400n, resolvedToPayer: 50n });
  });
});
