import { setTimeout as pause } from "node:timers/promises";
import { rewind } from "../../../server/chain/listener/rewind.ts";
import type { Config } from "../../../server/config.ts";
import { system } from "../../../server/core/db/context.ts";
import type { Database } from "../../../server/core/db/database.ts";
import { sql } from "../../../server/core/db/sql.ts";
import { tipOf } from "../chain/blocks.ts";
import type { Draw } from "../draw.ts";
import { calm } from "./settle.ts";
import type { Stage } from "./story.ts";
import type { Watcher } from "./watcher.ts";

const PATIENCE_MS = 30_000;
const EVERY_MS = 30;

/** The house that a chain left below what it calls final. */
export interface Dug {
  readonly db: Database;
  readonly config: Config;
  readonly watcher: Watcher;
}

interface Cursor {
  readonly height: string;
  readonly hash: string;
  readonly finalized_height: string;
  readonly version: string;
  readonly stopped: string | null;
}

/**
 * Lets the chain leave what the house calls final, sees that the house stops and writes nothing more, and then takes
 * the tables back as an operator would.
 * @returns what went wrong
 */
export async function digBelowFinal(stage: Stage, { db, config, watcher }: Dug, draw: Draw): Promise<string[]> {
  const { chain, nodes, servers, met } = stage;
  const rows = async <Row>(query: string) => (await db.read(ACTOR, (ctx) => sql<Row>(ctx.db, query, {}))).rows;
  const cursorNow = async () => (await rows<Cursor>("SELECT * FROM chain_cursor"))[0];
  const grow = async () => {
    await chain.mine();
    for (const node of nodes) node.follow();
  };
  await calm(stage);
  const enough = tipOf(chain.branch()).height + DEPTH;
  const final = await until(async () => {
    const tip = tipOf(chain.branch());
    const cursor = await cursorNow();
    const isFinal = Number(cursor?.finalized_height) >= chain.beginning + DEEPER;
    const isAtTip = cursor?.hash === tip.hash;
    if (tip.height < enough || (isAtTip && !isFinal)) await grow();
    return isAtTip && isFinal && tip.height >= enough ? Number(cursor?.finalized_height) : undefined;
  });
  if (final === undefined) return ["the house does not catch up before the deep reorganisation"];

  await chain.reorganise(tipOf(chain.branch()).height - final + draw.whole(1, DEEPER), () =>
    draw.chance(0.85) ? "again" : "lost",
  );
  for (const node of nodes) node.follow();
  if ((await until(async () => (await cursorNow())?.stopped ?? undefined)) === undefined)
    return ["the house does not stop though the chain left what is final"];
  const before = await Promise.all(WRITTEN.map(rows));
  for (let block = 0; block < 3; block += 1) await grow();
  if (draw.chance(0.4)) servers.kill();
  await pause(400);
  const after = await Promise.all(WRITTEN.map(rows));
  if (JSON.stringify(before) !== JSON.stringify(after)) return ["a house that is stopped wrote nevertheless"];

  await watcher.without(() => rewind({ db, config }, undefined, "do"));
  met("left_what_was_final");
  return [];
}

const ACTOR = system("simulation");
/** Blocks to grow first, so that something is final. */
const DEPTH = 4;
/** Most blocks that the chain leaves of what the house calls final; so many have to be of the story. */
const DEEPER = 2;
/** What the listener writes, as it is. */
const WRITTEN = [
  "SELECT height, hash, version, stopped FROM chain_cursor",
  "SELECT block_hash, log_index, state FROM chain_log ORDER BY block_hash, log_index",
  "SELECT order_id, version, state, confidence FROM escrow_order ORDER BY order_id",
  "SELECT key FROM journal ORDER BY key",
] as const;

async function until<T>(ask: () => Promise<T | undefined>): Promise<T | undefined> {
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await pause(EVERY_MS);
  }
  return undefined;
}
