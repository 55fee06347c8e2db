import { deepEqual, equal, ok } from "node:assert/strict";
import { zeroAddress } from "viem";
import type { HDAccount } from "viem/accounts";
import { returnException } from "../../server/flows/returnException.ts";
import { authorizeCall, type Call, captureCall } from "../../server/protocol/calls.ts";
import type { Terms } from "../../server/protocol/terms.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { openPaymentEnds, type PaymentEnds } from "./support/paymentEnds.ts";
import { merchant, shopper, stranger } from "./support/world.ts";

onBothDatabases((db) => {
  let ends: PaymentEnds;
  before(async () => {
    ends = await openPaymentEnds(db.database());
  });
  after(() => ends?.stop());

  for (const [kind, change] of [
    ["underpaid", (terms: Terms) => ({ ...terms, amount: terms.amount - 1n })],
    ["overpaid", (terms: Terms) => ({ ...terms, amount: terms.amount + 1n })],
    ["altered", (terms: Terms) => ({ ...terms, captureBy: terms.captureBy - 1 })],
  ] as const)
    it(`${kind}: all of it goes back, the payer is told, and the order still waits for its payment`, async () => {
      const order = await ends.world.issue();
      const terms = change(order.terms);
      const before = await ends.dollars(shopper.address);
      await ends.authorize(terms);
      const exception = await ends.become(terms, "returned");
      equal(await ends.dollars(shopper.address), before);
      deepEqual(
        [exception.kind, exception.order_id, String(exception.due), String(exception.returned)],
        [kind, order.orderId, "0", String(terms.amount)],
      );
      ok((await ends.trail(exception)).join().endsWith("returning,returned"));
      const [news, ...more] = await ends.told(exception);
      deepEqual([news?.state, news?.paid, news?.due, more], ["returning", `${terms.amount}`, `${terms.amount}`, []]);
      ok(news?.order_sn);
      equal(await ends.world.state(order), "placed");

      await ends.authorize(order.terms);
      await ends.orderBecomes(order, "confirmed");
      equal((await ends.exceptionOf(terms))?.kind, kind);
      await ends.agreed();
    });

  for (const when of ["before", "after"] as const)
    it(`duplicate: a second payment right ${when} the order's own goes back, and the order stands`, async () => {
      const order = await ends.world.issue();
      const terms = { ...order.terms, captureBy: order.terms.captureBy - 1 };
      const [own, second] = [order.terms, terms].map((each): [HDAccount, Call] => [
        shopper,
        authorizeCall(ends.domain(), each),
      ]) as [[HDAccount, Call], [HDAccount, Call]];
      await ends.together(...(when === "after" ? [own, second] : [second, own]));
      equal((await ends.become(terms, "returned")).kind, "duplicate");
      await ends.orderBecomes(order, "confirmed");
      equal((await ends.world.row(order)).held, order.terms.amount);
      await ends.agreed();
    });

  it("duplicate: what is still there when its order is paid after all becomes one", async () => {
    const order = await ends.world.issue();
    const terms = { ...order.terms, operator: stranger.address };
    await ends.authorize(terms);
    equal((await ends.become(terms, "left_to_payer")).kind, "altered");
    await ends.authorize(order.terms);
    await ends.orderBecomes(order, "confirmed");
    equal((await ends.exceptionOf(terms))?.kind, "duplicate");
  });

  it("nothing is asked of the operator before the chain confirmed the payment", async () => {
    const order = await ends.world.issue();
    const terms = { ...order.terms, amount: 5n };
    await ends.chain.send(shopper, authorizeCall(ends.domain(), terms));
    await ends.world.caughtUp();
    const open = await ends.become(terms, "open");
    deepEqual([await ends.asked(terms), await ends.told(open)], [0, []]);
    equal((await ends.world.rows("SELECT id FROM task WHERE payload LIKE :id", { id: `%${open.id}%` })).length, 0);
    await ends.chain.mine();
    deepEqual(await ends.trail(await ends.become(terms, "returned")), ["open", "returning", "returned"]);
  });

  it("what only its payer can have back is left to them, and they are told how and when", async () => {
    const order = await ends.world.issue();
    const terms = { ...(await ends.soon(order.terms)), operator: stranger.address };
    await ends.authorize(terms);
    const left = await ends.become(terms, "left_to_payer");
    const [news] = await ends.told(left);
    deepEqual(
      [news?.state, news?.kind, news?.reclaim_from],
      ["left_to_payer", "altered", new Date(terms.captureBy * 1_000).toISOString()],
    );
    equal(await ends.asked(terms), 0);
    deepEqual((await ends.trail(await ends.reclaimed(terms))).slice(-2), ["left_to_payer", "returned"]);
    await ends.agreed();
  });

  it("a token that the house does not know is called for nobody: it is left to its payer", async () => {
    const order = await ends.world.issue();
    const terms = { ...(await ends.soon(order.terms)), token: zeroAddress, amount: 1_000n };
    await ends.authorize(terms);
    equal((await ends.become(terms, "left_to_payer")).kind, "altered");
    await ends.chain.mine(3);
    await ends.world.caughtUp();
    equal(await ends.asked(terms), 0);
    await ends.reclaimed(terms);
  });

  it("what those captured whom such terms let capture is theirs, and nothing is due any more", async () => {
    const order = await ends.world.issue();
    const terms = { ...order.terms, amount: 10n, flags: 1 };
    await ends.together(
      [shopper, authorizeCall(ends.domain(), terms)],
      [merchant, captureCall(ends.domain(), terms, terms.amount, terms.amount)],
    );
    const { due, returned } = await ends.become(terms, "taken");
    deepEqual([String(due), String(returned), await ends.asked(terms)], ["0", "0", 0]);
    equal(await ends.world.state(order), "placed");
  });

  it("unknown: who pays our operator for no order of ours has it back", async () => {
    const { terms } = await ends.world.issue();
    const unknown = { ...terms, salt: terms.salt + 1n };
    await ends.authorize(unknown);
    const { kind, order_id } = await ends.become(unknown, "returned");
    deepEqual([kind, order_id], ["unknown", null]);
  });

  it("a reorganisation takes an exception with its payment, and brings it back with it", async () => {
    const order = await ends.world.issue();
    const terms = { ...order.terms, amount: 9n };
    const before = await ends.dollars(shopper.address);
    await ends.world.caughtUp();
    const fork = await ends.chain.mark();
    await ends.authorize(terms);
    const { id } = await ends.become(terms, "returned");

    await ends.chain.revertTo(fork);
    await ends.chain.mine(5);
    const gone = await ends.become(terms, "gone");
    deepEqual([gone.id, String(gone.due), String(gone.returned)], [id, "0", "0"]);

    await ends.authorize(terms);
    const back = await eventually(async () => {
      await returnException(ends.world.house, id, 1);
      const found = await ends.exceptionOf(terms);
      return found?.state === "returned" ? found : undefined;
    });
    equal(back.id, id);
    equal(await ends.dollars(shopper.address), before);
    // The operator's first transaction may be mined anew before anything is asked.
    const steps = (await ends.trail(back)).filter((event) => event === "returned" || event === "gone");
    deepEqual(steps, ["returned", "gone", "returned"]);
    await ends.agreed();
  });
});
