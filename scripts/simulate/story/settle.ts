import { setTimeout as pause } from "node:timers/promises";
import type { Config } from "../../../server/config.ts";
import { system } from "../../../server/core/db/context.ts";
import type { Database } from "../../../server/core/db/database.ts";
import { sql } from "../../../server/core/db/sql.ts";
import { tipOf } from "../chain/blocks.ts";
import { FINAL_AFTER } from "../house/settings.ts";
import type { Stage } from "./story.ts";

const ACTOR = system("simulation");
/** How long a house may take to come to rest once nothing is in its way, in milliseconds. */
const PATIENCE_MS = 45_000;
const EVERY_MS = 30;
/** A task that waits longer than this is hurried, in milliseconds. */
const LONGEST_WAIT_MS = 600;

/**
 * Ends every fault, and lets the chain go on until the house is at rest: it has read all, everything is final and
 * nothing waits to be done.
 * @returns what it still waits for, where it does not come to rest
 */
export async function settle(stage: Stage, db: Database, config: Config): Promise<string[]> {
  const { chain, nodes, servers } = stage;
  await calm(stage);
  await forgetClaims(db);
  const until = performance.now() + PATIENCE_MS;
  let quiet = 0;
  let waits: string[] = [];
  let dug = tipOf(chain.branch()).height;
  const busy = () => chain.pool.length > 0;
  for (let round = 0; performance.now() < until; round += 1) {
    if (busy()) dug = tipOf(chain.branch()).height + 1;
    // Now and then one more all the same: a house that waits for a second node looks again at the next block.
    const grows = busy() || round % 30 === 29 || tipOf(chain.branch()).height < dug + FINAL_AFTER;
    if (grows) await chain.mine();
    for (const node of nodes) node.follow();
    if (servers.running() + servers.starting() === 0) servers.start();
    if (round % 5 === 0) await hurry(db);
    waits = busy() ? ["transactions wait for a block"] : await waitsFor(stage, db, config);
    quiet = waits.length === 0 ? quiet + 1 : 0;
    if (quiet === 3) return [];
    await pause(EVERY_MS);
  }
  return [`the house does not come to rest: ${waits.join("; ")}`];
}

/** Ends what is in the house's way: every node is live and true, gas is cheap, a server runs. */
export async function calm({ chain, nodes, servers, databaseFaults }: Stage): Promise<void> {
  for (const node of nodes) {
    node.stance({ kind: "live" });
    node.mood(undefined);
    node.deliveries(undefined);
    node.follow();
  }
  chain.price(CHEAP);
  servers.thaw();
  await databaseFaults.over();
  await servers.ready();
  if (servers.running() === 0) servers.start();
  await servers.ready();
}

/** Wei. */
const CHEAP = 10n ** 9n;

const RUNNING = "done_at IS NULL AND (kind LIKE 'operator.%' OR kind = 'payment.return')";

/** What a process that was killed had taken on is free: the time that it was taken for is over. */
const forgetClaims = (db: Database) =>
  db.write(ACTOR, (ctx) => sql(ctx.db, `UPDATE task SET locked_until = 0 WHERE ${RUNNING} AND claim IS NOT NULL`, {}));

/** What is put off until later is done now: that much time passes. */
const hurry = (db: Database) => {
  const now = Date.now();
  return db.write(ACTOR, (ctx) =>
    sql(ctx.db, `UPDATE task SET run_at = :now WHERE ${RUNNING} AND claim IS NULL AND run_at > :later`, {
      ...{ now, later: now + LONGEST_WAIT_MS },
    }),
  );
};

async function waitsFor({ chain }: Stage, db: Database, config: Config): Promise<string[]> {
  const tip = tipOf(chain.branch());
  const rows = async <Row>(query: string) => (await db.read(ACTOR, (ctx) => sql<Row>(ctx.db, query, {}))).rows;
  const [cursor] = await rows<{ hash: string; height: string; finalized_height: string; stopped: string | null }>(
    "SELECT hash, height, finalized_height, stopped FROM chain_cursor",
  );
  const waits: string[] = [];
  if (cursor?.stopped) waits.push(`the chain is stopped: ${cursor.stopped}`);
  if (cursor?.hash !== tip.hash)
    waits.push(`the cursor is at ${cursor?.height} ${cursor?.hash}, the chain at ${tip.height}`);
  const open = await rows<{ id: string; nonce: string; state: string; error: string | null }>(
    "SELECT id, nonce, state, error FROM chain_transaction WHERE state IN ('prepared', 'submitted', 'mined')",
  );
  for (const { id, nonce, state, error } of open)
    waits.push(`transaction ${id}, nonce ${nonce}, is ${state} (${error})`);
  const tasks = await rows<{ kind: string; last_error: string | null; attempts: string }>(
    `SELECT kind, last_error, attempts FROM task WHERE ${RUNNING}`,
  );
  for (const { kind, last_error, attempts } of tasks) waits.push(`task ${kind} (${attempts} attempts, ${last_error})`);
  const unsure = await rows<{ order_id: string; confidence: string }>(
    "SELECT order_id, confidence FROM escrow_order WHERE confidence IN ('seen', 'confirmed')",
  );
  for (const { order_id, confidence } of unsure)
    waits.push(`order ${order_id} is ${confidence} (final: ${cursor?.finalized_height} of ${config.chain.id})`);
  return waits;
}
