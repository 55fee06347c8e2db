import { onchainTable } from "ponder";

export const order = onchainTable("order", (t) => ({
  id: t.hex().primaryKey(),
  state: t.text().notNull(),
  amount: t.bigint().notNull(),
  events: t.integer().notNull(),
}));

export const account = onchainTable("account", (t) => ({
  id: t.hex().primaryKey(),
  moved: t.bigint().notNull(),
  events: t.integer().notNull(),
}));
