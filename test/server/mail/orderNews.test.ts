import assert from "node:assert/strict";
import { VISITOR } from "../../../server/core/db/context.ts";
import { type Mail, startMail } from "../../../server/modules/mail/index.ts";
import { notificationsOf } from "../../../server/modules/notifications/index.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { eventually } from "../../support/eventually.ts";
import { Sale } from "../flows/sale.ts";

onBothDatabases((db) => {
  let sale: Sale;
  let mailer: ReturnType<typeof startMail>;
  const mails: Mail[] = [];

  before(async () => {
    sale = await Sale.open(db);
    const { house } = sale.market;
    mailer = startMail(house, { send: async (mail) => void mails.push(mail) });
  });
  beforeEach(() => mails.splice(0));
  after(async () => {
    await mailer.stop();
    await sale.market.server.stop();
  });

  const told = (userId: string, kind: string) =>
    eventually(() =>
      db.database().read(VISITOR, async (ctx) => {
        const { rows } = await notificationsOf(ctx, userId, { per_page: 100 });
        return rows.some((news) => news.kind === kind);
      }),
    );

  it("is mailed to nobody whose address is not verified", async () => {
    await sale.ada.client.patch("/api/v1/me", { email: "ada@example.com" });
    await eventually(() => mails.length === 1);
    await sale.paid();
    await told(sale.ada.userId, "payment.confirmed");
    await told(sale.market.sellers[0].userId, "payment.confirmed");
    assert.deepEqual(
      mails.map(({ subject }) => subject),
      ["Please confirm your mail address"],
    );
    const token = /^[\w-]{43}$/m.exec(mails[0]?.text ?? "")?.[0];
    assert.equal((await sale.market.server.client.post("/api/v1/email/verify", { token })).status, 204);
  });

  it("confirms an order with what it has, to the shopper and in their language", async () => {
    const id = await sale.paid();
    const { order_sn: number } = await sale.order(id);
    const placed = await eventually(() => mails[0]);
    assert.equal(placed.subject, `Order ${number} has been placed`);
    assert.match(placed.text, /Total {2}USD\s17\.34/);
    const english = await eventually(() => mails[1]);
    assert.deepEqual([english.to, english.subject], ["ada@example.com", `Order ${number} is confirmed`]);
    assert.match(english.text, /1 × Mug {2}USD\s12\.34\nFreight {2}USD\s5\.00\nTotal {2}USD\s17\.34/);

    await sale.ada.client.patch("/api/v1/me", { language: "zh" });
    await sale.seller.post(`/api/v1/orders/${id}/ship`, {});
    const chinese = await eventually(() => mails[2]);
    assert.equal(chinese.subject, `订单 ${number} 已发货`);
    assert.match(chinese.html, /<html lang="zh">/);
    assert.equal(mails.length, 3);
  });
});
