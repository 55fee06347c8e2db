/**
 * All of the listener, as `startChain` runs it, in a house whose orders exist: logs, payments, orders with their history
 * and stock, what people are told, ledger postings, tasks. The operator has nothing to do, and no worker runs.
 */
import { setTimeout as pause } from "node:timers/promises";
import { startChain } from "../../../../server/chain/index.ts";
import { system } from "../../../../server/core/db/context.ts";
import { sql } from "../../../../server/core/db/sql.ts";
import type { House } from "../../../../server/core/house.ts";
import { openHouse } from "../house.ts";
import { placeOrders } from "../orders.ts";
import { runCase, timed } from "../task.ts";

const ACTOR = system("bench");

await runCase(async (task) => {
  const house = await openHouse(task);
  await placeOrders(house, task.chain);
  const measured = await timed(async () => {
    const chain = startChain(house);
    while (chain.listener.status().cursor < task.chain.head) await pause(2);
    await chain.stop();
    return count(house, "chain_log WHERE state = 'applied'");
  });
  const ended = await count(house, "shop_order WHERE state IN ('completed', 'cancelled')");
  if (ended < 0.5 * task.chain.orders) throw new Error(`only ${ended} of ${task.chain.orders} orders have ended`);
  await house.db.close();
  return measured;
});

async function count({ db }: House, what: string): Promise<number> {
  const { rows } = await db.read(ACTOR, (ctx) =>
    sql<{ n: number | string }>(ctx.db, `SELECT COUNT(*) AS n FROM ${what}`),
  );
  return Number(rows[0]?.n);
}
