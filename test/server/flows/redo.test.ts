import assert from "node:assert/strict";
import fc from "fast-check";
import { zeroAddress as ZERO } from "viem";
import { system } from "../../../server/core/db/context.ts";
import { newId } from "../../../server/core/ids.ts";
import { redoUndone } from "../../../server/flows/redoUndone.ts";
import { startJobs } from "../../../server/jobs/index.ts";
import { ChainErrand, ChainTransaction, requestPurpose } from "../../../server/modules/chains/index.ts";
import { stockOf } from "../../../server/modules/inventory/index.ts";
import { dropRequest, escrowOrderOf } from "../../../server/modules/payments/index.ts";
import { NOTHING_PAID, undone } from "../../../server/modules/payments/rules.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { done, type OrderBody, once } from "./market.ts";
import { Sale } from "./sale.ts";

/** Three hats at 10.01, with 5.00 of freight. */
const AMOUNT = 35_030_000n;

type Refund = { amount: string; state: string; lines: { restocked: boolean }[]; requests: { request_id: string }[] };

describe("undone", () => {
  it("is exactly what a reorganisation took, however many it took", () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            kind: fc.constantFrom("capture" as const, "void" as const, "refund" as const),
            amount: fc.bigInt(1n, 9n),
          }),
          { maxLength: 12 },
        ),
        fc.nat(12),
        (deeds, taken) => {
          const kept = deeds.slice(0, Math.max(0, deeds.length - taken));
          const sum = (kind: string) => kept.reduce((all, deed) => (deed.kind === kind ? all + deed.amount : all), 0n);
          const captured = sum("capture") - sum("refund");
          fc.pre(captured >= 0n);
          const payment = { ...NOTHING_PAID, captured, returned: sum("void") + sum("refund") };
          assert.deepEqual(undone(deeds, payment), deeds.slice(kept.length));
        },
      ),
    ));
});

onBothDatabases((db) => {
  let sale: Sale;
  let hat: string;
  before(async () => {
    sale = await Sale.open(db);
    hat = await sale.market.good(0, "Hat", "1001", 1_000);
  });
  after(() => sale.market.server.stop());

  const stock = () => db.database().read(system("test"), async (ctx) => (await stockOf(ctx, hat)).onHand);
  const paid = async () => {
    const { orders } = await done(sale.market.order(sale.ada, { [hat]: 3 }));
    const id = orders[0]?.order_id ?? "";
    await sale.chain.tell(id, "authorized");
    return id;
  };
  const refund = (id: string, count: number) =>
    done(sale.seller.post<Refund>(`/api/v1/orders/${id}/refunds`, { lines: [{ good_id: hat, count }] }, once()));
  const refunds = async (id: string) =>
    (await done(sale.ada.client.get<{ data: Refund[] }>(`/api/v1/orders/${id}/refunds`))).data;
  const redo = (id: string) => redoUndone(sale.market.house, id);
  const ship = (id: string) => done(sale.seller.post<OrderBody>(`/api/v1/orders/${id}/ship`, {}));

  it("a void of pieces that went back to stock is asked for anew, and the pieces go back once", async () => {
    const before = await stock();
    const id = await paid();
    const { amount } = await refund(id, 2);
    await sale.chain.tell(id, { voided: BigInt(amount) });
    assert.equal(await stock(), before - 1);

    await sale.chain.takeBack(id, 1);
    assert.equal((await sale.dueS("order.redo", id)).length, 1);
    assert.equal(await redo(id), "asked");
    assert.equal(await redo(id), "waiting");
    const [, again, ...more] = await sale.tasks("operator.void", id);
    assert.deepEqual([again?.amount, again?.held_before, more], [amount, `${AMOUNT}`, []]);
    assert.deepEqual(
      (await refunds(id)).map(({ state }) => state),
      ["open"],
    );

    const [open] = await refunds(id);
    const request = open?.requests[0]?.request_id ?? "";
    await db.database().write(system("test"), (ctx) => dropRequest(ctx, request));
    assert.equal(await redo(id), "asked", "what was asked anew failed, too");

    await sale.chain.tell(id, { voided: BigInt(amount) });
    assert.deepEqual(
      (await refunds(id)).map(({ state, lines }) => [state, lines[0]?.restocked]),
      [["done", true]],
    );
    assert.equal(await redo(id), "not_needed");
    assert.equal(await stock(), before - 1);
    const { history } = await sale.order(id);
    assert.ok(history.some(({ event, note }) => event === "payment.asked_anew" && note?.includes(amount)));
  });

  it("a void that finds another block by itself is not asked for again", async () => {
    const id = await paid();
    const { amount } = await refund(id, 1);
    await sale.chain.tell(id, { voided: BigInt(amount) });
    const logs = await sale.chain.takeBack(id, 1);
    await sale.chain.bringBack(id, logs);
    assert.equal(await redo(id), "not_needed");
    assert.equal((await sale.tasks("operator.void", id)).length, 1);
    assert.deepEqual(
      (await refunds(id)).map(({ state }) => state),
      ["done"],
    );
  });

  it("a payment that comes back alone is voided anew, as it was", async () => {
    const id = await paid();
    const { amount } = await refund(id, 1);
    await sale.chain.tell(id, { voided: BigInt(amount) });
    const [authorized] = await sale.chain.takeBack(id, 2);
    assert.ok(authorized);
    assert.equal(await redo(id), "not_needed");
    await sale.chain.bringBack(id, [authorized]);
    assert.equal(await redo(id), "asked");
    assert.equal((await sale.tasks("operator.void", id)).at(-1)?.amount, amount);
  });

  /** An order of which a reorganisation took the void of one piece. */
  const undoneVoid = async () => {
    const id = await paid();
    const { amount } = await refund(id, 1);
    await sale.chain.tell(id, { voided: BigInt(amount) });
    await sale.chain.takeBack(id, 1);
    return id;
  };

  it("waits while something else is asked of the same money", async () => {
    const id = await undoneVoid();
    const { requests } = await refund(id, 1);
    const running = requests[0]?.request_id ?? "";
    assert.equal(await redo(id), "waiting");
    await db.database().write(system("test"), (ctx) => dropRequest(ctx, running));
    assert.equal(await redo(id), "asked");
  });

  it("waits while a transaction of ours may still do it", async () => {
    const id = await undoneVoid();
    const [open] = await refunds(id);
    const sent = newId();
    await db.database().write(system("test"), async (ctx) => {
      const { chainId, termsHash } = await escrowOrderOf(ctx, id);
      const purpose = requestPurpose("void", termsHash, open?.requests[0]?.request_id ?? "");
      const call = { sender: ZERO, to: ZERO, data: "0x" as const, gasLimit: 1n };
      const times = { createdAt: 0, updatedAt: 0 };
      await ctx.db.insert(ChainTransaction, { id: sent, chainId, ...call, state: "submitted", ...times });
      const errand = { kind: "operator.void", request: {}, orderId: id, live: true };
      await ctx.db.insert(ChainErrand, { transactionId: sent, chainId, purpose, ...errand });
    });
    assert.equal(await redo(id), "waiting");
    await db
      .database()
      .write(system("test"), (ctx) => ctx.db.update(ChainErrand, { transactionId: sent }, { live: false }));
    assert.equal(await redo(id), "asked");
  });

  it("waits while what the chain says may still change", async () => {
    const id = await undoneVoid();
    await sale.chain.deepen(id, "seen");
    assert.equal(await redo(id), "waiting");
    await sale.chain.deepen(id, "confirmed");
    assert.equal(await redo(id), "asked");
  });

  it("a capture of what was sent is asked for anew", async () => {
    const id = await paid();
    await ship(id);
    await sale.chain.tell(id, { captured: AMOUNT });
    await sale.chain.takeBack(id, 1);
    const jobs = startJobs(sale.market.house);
    const task = { id, kind: "order.redo", payload: { order_id: id }, attempts: 1 };
    await assert.rejects(async () => jobs.handlers["order.redo"]?.(task), { name: "NotYet", afterMs: 120_000 });
    assert.deepEqual(
      (await sale.tasks("operator.capture", id)).map(({ amount }) => amount),
      [`${AMOUNT}`, `${AMOUNT}`],
    );
    await sale.chain.tell(id, { captured: AMOUNT });
    await jobs.handlers["order.redo"]?.({ ...task, attempts: 2 });
    await jobs.stop();
    assert.deepEqual((await sale.payment(id)).captured, `${AMOUNT}`);
  });

  it("a cancelled order stays cancelled when its void is taken back: the money goes back anew, the pieces stay for sale", async () => {
    const before = await stock();
    const id = await paid();
    await done(sale.seller.post(`/api/v1/orders/${id}/cancel`, {}));
    await sale.chain.tell(id, { voided: AMOUNT });
    assert.deepEqual([(await sale.order(id)).state, await stock()], ["cancelled", before]);
    const asked = (await sale.tasks("operator.void", id)).length;

    await sale.chain.takeBack(id, 1);
    assert.equal(await redo(id), "not_needed");
    assert.equal((await sale.tasks("operator.void", id)).length, asked + 1);
    const exceptions = async () =>
      ((await sale.payment(id)) as unknown as { exceptions: { kind: string; state: string }[] }).exceptions.map(
        ({ kind, state }) => [kind, state],
      );
    assert.deepEqual(await exceptions(), [["late", "returning"]]);
    assert.deepEqual([(await sale.order(id)).state, await stock()], ["cancelled", before]);

    await sale.chain.tell(id, { voided: AMOUNT });
    assert.deepEqual(await exceptions(), [["late", "returned"]]);
    assert.deepEqual([(await sale.order(id)).state, await stock()], ["cancelled", before]);
  });
});
