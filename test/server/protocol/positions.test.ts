import assert from "node:assert/strict";
import fc from "fast-check";
import type { Address } from "viem";
import { foldOrder, ROUTE } from "../../../server/protocol/fold.ts";
import {
  creditPositions,
  ledgerAccount,
  orderPositions,
  type Positions,
  positionChanges,
  sumPositions,
} from "../../../server/protocol/positions.ts";
import { earned } from "../../../server/protocol/split.ts";
import type { Terms } from "../../../server/protocol/terms.ts";
import { account, amount } from "./arbitraries.ts";
import { creditEvent, order } from "./histories.ts";

const CHAIN = 31_337;
const sum = (positions: Positions): bigint => [...positions.values()].reduce((total, value) => total + value, 0n);

/** The part of `account` in a split, whether one leg names it or many do. */
const partOf = (account: Address, { legs }: Terms, released: bigint): bigint =>
  earned(released, legs).reduce((total, part, at) => total + (legs[at]?.account === account ? part : 0n), 0n);

describe("positions", () => {
  it("of an order sum to zero at every step, without zeros", () =>
    fc.assert(
      fc.property(order(), ({ events }) => {
        for (let length = 1; length <= events.length; length += 1) {
          const fold = foldOrder(events.slice(0, length));
          assert.ok(fold);
          const positions = orderPositions(fold, CHAIN);
          assert.equal(sum(positions), 0n);
          assert.ok(![...positions.values()].includes(0n));
        }
      }),
    ));

  it("of an order say who has what, also for accounts with two legs or that pay themselves", () =>
    fc.assert(
      fc.property(order(), ({ id, agreed, events }) => {
        const fold = foldOrder(events);
        assert.ok(fold);
        const positions = orderPositions(fold, CHAIN);
        const at = (kind: Parameters<typeof ledgerAccount>[0], owner: string) =>
          positions.get(ledgerAccount(kind, owner, CHAIN, agreed.token)) ?? 0n;
        const byCredit = fold.route === ROUTE.credit;
        assert.equal(at("payer", agreed.payer), fold.returnedPaid - (byCredit ? 0n : agreed.amount));
        assert.equal(at("escrow_held", id), fold.held);
        assert.equal(at("escrow_captured", id), fold.captured);
        assert.equal(at("escrow_disputed", id), fold.disputed);
        const merchant = agreed.legs[0]?.account;
        assert.ok(merchant);
        assert.equal(at("deposited", merchant), fold.refundedFromCredit - fold.refundedReleased);
        for (const owner of new Set([agreed.payer, ...agreed.legs.map((leg) => leg.account)])) {
          const ofPayer: bigint = fold.returnedCredited - (byCredit ? agreed.amount : 0n);
          const own: bigint =
            (owner === agreed.payer ? ofPayer : 0n) - (owner === merchant ? fold.refundedFromCredit : 0n);
          assert.equal(at("credit", owner), own + partOf(owner, agreed, fold.released));
        }
      }),
    ));

  it("change by journals that sum to zero and lead from before to after, also back", () =>
    fc.assert(
      fc.property(order(), fc.nat(12), ({ events }, cut) => {
        const before = foldOrder(events.slice(0, cut));
        const after = foldOrder(events);
        assert.ok(after);
        const [from, to] = [
          before ? orderPositions(before, CHAIN) : new Map<string, bigint>(),
          orderPositions(after, CHAIN),
        ];
        const journal = positionChanges(from, to);
        assert.equal(sum(journal), 0n);
        const names = new Set([...from.keys(), ...to.keys(), ...journal.keys()]);
        for (const name of names) assert.equal((from.get(name) ?? 0n) + (journal.get(name) ?? 0n), to.get(name) ?? 0n);
        const undone = [...positionChanges(to, from)].map(([name, value]): [string, bigint] => [name, -value]);
        assert.deepEqual(new Map(undone), journal);
      }),
    ));

  it("of a withdrawal move credit to withdrawn", () =>
    fc.assert(
      fc.property(account(), account(), account(), amount(), (owner, token, to, amount) => {
        const positions = creditPositions({ kind: "withdrawn", account: owner, token, to, amount }, CHAIN);
        assert.deepEqual(
          [...positions],
          [
            [`credit:${owner}:${CHAIN}:${token}`.toLowerCase(), -amount],
            [`withdrawn:${owner}:${CHAIN}:${token}`.toLowerCase(), amount],
          ],
        );
      }),
    ));

  it("of a deposit move money from a wallet to a credit", () =>
    fc.assert(
      fc.property(account(), account(), account(), amount(), (owner, token, from, amount) => {
        const positions = creditPositions({ kind: "deposited", account: owner, token, from, amount }, CHAIN);
        assert.deepEqual(
          [...positions],
          [
            [`credit:${owner}:${CHAIN}:${token}`.toLowerCase(), amount],
            [`deposited:${from}:${CHAIN}:${token}`.toLowerCase(), -amount],
          ],
        );
      }),
    ));

  it("of every event of no order sum to zero, and only credits move by a sale paid elsewhere", () =>
    fc.assert(
      fc.property(creditEvent(), (event) => {
        const positions = creditPositions(event, CHAIN);
        assert.equal(sum(positions), 0n);
        assert.ok(![...positions.values()].includes(0n));
        if (event.kind !== "distributed") return;
        assert.ok([...positions.keys()].every((name) => name.startsWith("credit:")));
        const debit = positions.get(ledgerAccount("credit", event.account, CHAIN, event.sale.token)) ?? 0n;
        assert.equal(debit, -event.debited);
      }),
    ));

  it("add up, without zeros", () =>
    fc.assert(
      fc.property(fc.array(creditEvent(), { maxLength: 6 }), (events) => {
        const each = events.map((event) => creditPositions(event, CHAIN));
        const total = sumPositions(each);
        assert.ok(![...total.values()].includes(0n));
        for (const name of new Set(each.flatMap((one) => [...one.keys()]))) {
          const units = each.reduce((so, one) => so + (one.get(name) ?? 0n), 0n);
          assert.equal(total.get(name) ?? 0n, units);
        }
      }),
    ));

  it("of an order that is broken from the start are empty", () => {
    const fold = foldOrder([{ kind: "released", id: "0x01", amount: 1n }]);
    assert.ok(fold?.broken);
    assert.deepEqual([...orderPositions(fold, CHAIN)], []);
  });
});
