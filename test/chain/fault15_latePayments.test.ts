import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { expireOrder } from "../../server/flows/expireOrder.ts";
import { redoUndone } from "../../server/flows/redoUndone.ts";
import { returnException } from "../../server/flows/returnException.ts";
import { authorizeCall, captureCall } from "../../server/protocol/calls.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { openPaymentEnds, type PaymentEnds } from "./support/paymentEnds.ts";
import { anotherBranch } from "./support/rpcProxy.ts";
import { type Issued, operator, shopper } from "./support/world.ts";

onBothDatabases((db) => {
  let ends: PaymentEnds;
  before(async () => {
    ends = await openPaymentEnds(db.database());
  });
  after(() => ends?.stop());

  describe("late: an order's own terms, paid although it had ended", () => {
    const goesBack = async (order: Issued, state: string, before: bigint) => {
      const exception = await ends.become(order.terms, "returned");
      deepEqual([exception.kind, exception.order_id], ["late", order.orderId]);
      equal(await ends.world.state(order), state);
      equal(await ends.dollars(shopper.address), before);
      await ends.agreed();
      const query = "SELECT note FROM order_history WHERE order_id = :id AND event = 'payment.return_asked'";
      ok((await ends.world.rows(query, { id: order.orderId })).length > 0);
      return ends.trail(exception);
    };

    it("paid before the cancellation was written down", async () => {
      const order = await ends.world.issue();
      const before = await ends.dollars(shopper.address);
      await ends.world.caughtUp();
      await ends.unread(async () => {
        await ends.authorize(order.terms);
        await ends.cancelled(order);
      });
      deepEqual((await goesBack(order, "cancelled", before)).slice(-2), ["returning", "returned"]);
    });

    it("paid in the last second, and read later: that is in time", async () => {
      const authorizeBy = (await ends.chain.nowS()) + 60;
      const order = await ends.world.issue({ authorizeBy });
      await ends.world.caughtUp();
      await ends.unread(async () => {
        await ends.chain.client.setNextBlockTimestamp({ timestamp: BigInt(authorizeBy - 1) });
        await ends.chain.send(shopper, authorizeCall(ends.domain(), order.terms));
        await ends.chain.increaseTime(10);
        equal(await expireOrder(ends.world.house, order.orderId), "waiting");
      });
      await ends.orderBecomes(order, "confirmed");
      equal(await expireOrder(ends.world.house, order.orderId), "not_needed");
      equal(await ends.exceptionOf(order.terms), undefined);
    });

    it("one second later nobody can pay", async () => {
      const authorizeBy = (await ends.chain.nowS()) + 60;
      const order = await ends.world.issue({ authorizeBy });
      await ends.chain.client.setNextBlockTimestamp({ timestamp: BigInt(authorizeBy) });
      await rejects(ends.chain.send(shopper, authorizeCall(ends.domain(), order.terms)));
    });

    it("expired, and paid in time on the branch that won", async () => {
      const authorizeBy = (await ends.chain.nowS()) + 60;
      const order = await ends.world.issue({ authorizeBy });
      const before = await ends.dollars(shopper.address);
      await ends.world.caughtUp();
      const fork = await ends.chain.mark();
      await ends.chain.increaseTime(61);
      await ends.world.caughtUp();
      equal(await expireOrder(ends.world.house, order.orderId), "ended");
      await ends.chain.revertTo(fork);
      await ends.chain.client.setNextBlockTimestamp({ timestamp: BigInt(authorizeBy - 30) });
      await ends.authorize(order.terms);
      await ends.chain.mine(2);
      await goesBack(order, "expired", before);
    });

    it("paid, taken by a reorganisation, cancelled, and back", async () => {
      const order = await ends.world.issue();
      const before = await ends.dollars(shopper.address);
      await ends.world.caughtUp();
      const fork = await ends.chain.mark();
      await ends.authorize(order.terms);
      await ends.orderBecomes(order, "confirmed");
      await ends.chain.revertTo(fork);
      await ends.chain.mine(4);
      await ends.orderBecomes(order, "on_hold");
      await ends.cancelled(order);
      await ends.authorize(order.terms);
      await goesBack(order, "cancelled", before);
    });

    it("with a part captured by then: that is refunded, the rest voided", async () => {
      const order = await ends.world.issue({ flags: 2 });
      const before = await ends.dollars(shopper.address);
      await ends.world.caughtUp();
      await ends.unread(async () => {
        await ends.together(
          [shopper, authorizeCall(ends.domain(), order.terms)],
          [operator, captureCall(ends.domain(), order.terms, 5_000_000n, order.terms.amount)],
        );
        await ends.cancelled(order);
      });
      await goesBack(order, "cancelled", before);
      const { returned, held, captured } = await ends.world.row(order);
      deepEqual([returned, held, captured], [order.terms.amount, 0n, 0n]);
    });

    it("a reorganisation that takes the return takes the end with it, and it is returned anew", async () => {
      const order = await ends.world.issue();
      const before = await ends.dollars(shopper.address);
      await ends.world.caughtUp();
      await ends.unread(async () => {
        await ends.authorize(order.terms);
        await ends.cancelled(order);
      });
      await ends.become(order.terms, "returned");
      const { id } = (await ends.exceptionOf(order.terms)) ?? { id: "" };
      const voided = await ends.voidedAt(order);
      await ends.chain.mine(2);
      await ends.world.caughtUp();
      ends.node.lie(anotherBranch(voided, 4));
      await ends.become(order.terms, "returning");
      ends.node.lie(undefined);
      await ends.chain.mine(4);
      await eventually(async () => {
        await returnException(ends.world.house, id, 1);
        return (await ends.exceptionOf(order.terms))?.state === "returned";
      });
      await goesBack(order, "cancelled", before);
    });
  });

  it("what a reorganisation took of an order that goes on is not asked for anew while its transaction may be mined", async () => {
    const order = await ends.world.issue();
    await ends.authorize(order.terms);
    await ends.orderBecomes(order, "confirmed");
    await ends.world.ask(order, "void", 1_000_000n);
    const voided = await ends.voidedAt(order);
    await ends.chain.mine(2);
    await ends.world.caughtUp();
    ends.node.lie(anotherBranch(voided, 4));
    await eventually(async () => (await ends.world.row(order)).returned === 0n);
    equal(await redoUndone(ends.world.house, order.orderId), "waiting");
    ends.node.lie(undefined);
    await ends.chain.mine(4);
    await eventually(async () => (await ends.world.row(order)).returned === 1_000_000n);
    equal(await redoUndone(ends.world.house, order.orderId), "not_needed");
    await ends.agreed();
  });
});
