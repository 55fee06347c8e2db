import assert from "node:assert/strict";
import { once } from "../server/flows/market.ts";
import { Sale } from "../server/flows/sale.ts";
import { onBothDatabases } from "../support/databases.ts";

const PIECES = 6;

onBothDatabases((db) => {
  let sale: Sale;

  before(async () => {
    sale = await Sale.open(db);
  });
  after(() => sale.market.server.stop());

  const many = <T>(n: number, each: (n: number) => Promise<T>) =>
    Promise.all(Array.from({ length: n }, (_, at) => each(at)));
  const wins = (answers: readonly { status: number }[]) => answers.filter(({ status }) => status < 300).length;
  const refused = (answers: readonly { status: number }[]) =>
    assert.deepEqual(new Set(answers.map(({ status }) => status).filter((status) => status >= 300)), new Set([409]));
  const pieces = (count: number) => ({ lines: [{ good_id: sale.mug, count }] });
  const ship = (id: string) => sale.seller.post(`/api/v1/orders/${id}/ship`, pieces(PIECES - 1));
  const refund = (id: string, count = PIECES - 1) =>
    sale.seller.post(`/api/v1/orders/${id}/refunds`, pieces(count), once());
  const paid = async () => {
    const { body } = await sale.market.order(sale.ada, { [sale.mug]: PIECES });
    const id = body.orders[0]?.order_id ?? "";
    await sale.chain.tell(id, "authorized");
    return id;
  };
  const counts = async (id: string) => {
    const { items } = await sale.order(id);
    const [{ shipped, refunded } = { shipped: -1, refunded: -1 }] = items as unknown as {
      shipped: number;
      refunded: number;
    }[];
    return { shipped, refunded };
  };

  it("is sent once by fifty parcels at once", async () => {
    const id = await paid();
    const answers = await many(50, () => ship(id));
    assert.equal(wins(answers), 1);
    refused(answers);
    assert.deepEqual(await counts(id), { shipped: PIECES - 1, refunded: 0 });
    assert.equal((await sale.tasks("operator.capture", id)).length, 1);
  });

  it("is refunded once by fifty refunds of the same pieces at once", async () => {
    const id = await paid();
    const answers = await many(50, () => refund(id));
    assert.equal(wins(answers), 1);
    refused(answers);
    assert.deepEqual(await counts(id), { shipped: 0, refunded: PIECES - 1 });
    assert.equal((await sale.tasks("operator.void", id)).length, 1);
  });

  it("is either sent or refunded when both are asked for the same pieces, and its stock agrees", async () => {
    for (let round = 0; round < 4; round += 1) {
      const before = await sale.stock();
      const id = await paid();
      const [ships, refunds] = await Promise.all([many(10, () => ship(id)), many(10, () => refund(id))]);
      assert.equal(wins(ships) + wins(refunds), 1);
      refused([...ships, ...refunds]);
      const { shipped, refunded } = await counts(id);
      assert.deepEqual([shipped, refunded], wins(ships) === 1 ? [PIECES - 1, 0] : [0, PIECES - 1]);
      const [capture] = await sale.tasks("operator.capture", id);
      const [giveBack] = await sale.tasks("operator.void", id);
      if (capture) await sale.chain.tell(id, { captured: BigInt(capture.amount ?? "") });
      if (giveBack) await sale.chain.tell(id, { voided: BigInt(giveBack.amount ?? "") });
      assert.equal((await sale.stock()).onHand, before.onHand - PIECES + refunded);
    }
  });

  it("puts pieces back once, however often the chain is read again", async () => {
    const before = await sale.stock();
    const id = await paid();
    await refund(id, 2);
    const [task] = await sale.tasks("operator.void", id);
    await sale.chain.tell(id, { voided: BigInt(task?.amount ?? "") }, "seen");
    assert.equal((await sale.stock()).onHand, before.onHand - PIECES);
    for (const confidence of ["confirmed", "final", "confirmed"] as const) await sale.chain.deepen(id, confidence);
    assert.equal((await sale.stock()).onHand, before.onHand - PIECES + 2);
  });
});
