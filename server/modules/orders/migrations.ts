import type { Migration } from "../../core/db/migration.ts";

export const migrations: Migration[] = [
  {
    name: "0600_orders",
    up: (t) => [
      `CREATE TABLE shop_order (id ${t.uuid} PRIMARY KEY, order_sn ${t.text} NOT NULL UNIQUE,
        user_id ${t.uuid} NOT NULL, merchant_id ${t.uuid} NOT NULL, channel_id ${t.uuid} NOT NULL,
        payment_id ${t.uuid} NOT NULL, currency ${t.text} NOT NULL, goods_total ${t.money("goods_total")} NOT NULL,
        freight ${t.money("freight")} NOT NULL, total ${t.money("total")} NOT NULL,
        express_type ${t.text} NOT NULL, address ${t.json} NOT NULL, state ${t.text} NOT NULL,
        fulfilment ${t.text} NOT NULL, cancel_asked_at ${t.time}, created_at ${t.time} NOT NULL,
        updated_at ${t.time} NOT NULL, CHECK (total = goods_total + freight))`,
      "CREATE INDEX shop_order_user ON shop_order (user_id, id)",
      "CREATE INDEX shop_order_merchant ON shop_order (merchant_id, id)",
      "CREATE INDEX shop_order_payment ON shop_order (payment_id, id)",
      `CREATE TABLE order_line (order_id ${t.uuid} NOT NULL REFERENCES shop_order (id), good_id ${t.uuid} NOT NULL,
        name ${t.text} NOT NULL, count ${t.whole} NOT NULL CHECK (count > 0), price ${t.money("price")} NOT NULL,
        total ${t.money("total")} NOT NULL, PRIMARY KEY (order_id, good_id), CHECK (total = price * count))`,
      `CREATE TABLE order_history (id ${t.uuid} PRIMARY KEY, order_id ${t.uuid} NOT NULL REFERENCES shop_order (id),
        event ${t.text} NOT NULL, state ${t.text} NOT NULL, fulfilment ${t.text} NOT NULL, actor ${t.text} NOT NULL,
        note ${t.text}, at ${t.time} NOT NULL)`,
      "CREATE INDEX order_history_order ON order_history (order_id, id)",
    ],
  },
  {
    name: "0601_breakdown",
    up: (t) => [
      `ALTER TABLE shop_order ADD COLUMN agent_id ${t.uuid}`,
      `ALTER TABLE shop_order ADD COLUMN breakdown ${t.json}`,
      "CREATE INDEX shop_order_agent ON shop_order (agent_id, id) WHERE agent_id IS NOT NULL",
      `ALTER TABLE order_line ADD COLUMN freight ${t.money("freight")} NOT NULL DEFAULT 0 CHECK (freight >= 0)`,
    ],
  },
  {
    name: "0602_shipments_and_refunds",
    up: (t) => [
      `CREATE TABLE shipment (id ${t.uuid} PRIMARY KEY, order_id ${t.uuid} NOT NULL REFERENCES shop_order (id),
        tracking_no ${t.text}, amount ${t.tokenAmount} NOT NULL, shipped_by ${t.text} NOT NULL,
        created_at ${t.time} NOT NULL)`,
      "CREATE INDEX shipment_order ON shipment (order_id, id)",
      `CREATE TABLE shipment_line (shipment_id ${t.uuid} NOT NULL REFERENCES shipment (id), good_id ${t.uuid} NOT NULL,
        count ${t.whole} NOT NULL CHECK (count > 0), PRIMARY KEY (shipment_id, good_id))`,
      `CREATE TABLE order_refund (id ${t.uuid} PRIMARY KEY, order_id ${t.uuid} NOT NULL REFERENCES shop_order (id),
        amount ${t.tokenAmount} NOT NULL, reason ${t.text}, void_request_id ${t.uuid}, refund_request_id ${t.uuid},
        asked_by ${t.text} NOT NULL, created_at ${t.time} NOT NULL)`,
      "CREATE INDEX order_refund_order ON order_refund (order_id, id)",
      `CREATE TABLE order_refund_line (refund_id ${t.uuid} NOT NULL REFERENCES order_refund (id),
        good_id ${t.uuid} NOT NULL, shipped ${t.boolean} NOT NULL, count ${t.whole} NOT NULL CHECK (count > 0),
        amount ${t.tokenAmount} NOT NULL, restock ${t.boolean} NOT NULL, restocked_at ${t.time},
        PRIMARY KEY (refund_id, good_id, shipped))`,
    ],
  },
];
