/**
 * The listener's reading half as it is in production, without what it makes of the logs: nodes that are proven, ranges
 * that adapt, validation with blooms and hashes, decoding, and one transaction per range with lease, cursor, blocks and
 * logs.
 */
import { RangeTooLarge } from "../../../../server/chain/listener/fetchRange.ts";
import { logRow } from "../../../../server/chain/listener/logRows.ts";
import type { Found } from "../../../../server/chain/listener/look.ts";
import { createReader } from "../../../../server/chain/listener/reader.ts";
import { createRpc } from "../../../../server/chain/rpc/pool.ts";
import { blocksAt } from "../../../../server/chain/rpc/read.ts";
import { system } from "../../../../server/core/db/context.ts";
import type { House } from "../../../../server/core/house.ts";
import * as chains from "../../../../server/modules/chains/index.ts";
import { openHouse } from "../house.ts";
import { runCase, timed } from "../task.ts";

const ACTOR = system("bench");
const LEASE_MS = 5_000;

await runCase(async (task) => {
  const house = await openHouse(task);
  const measured = await timed(() => readAll(house, task.chain.head));
  await house.db.close();
  return measured;
});

async function readAll(house: House, head: number): Promise<number> {
  const { db, config } = house;
  const { id: chainId, startBlock } = config.chain;
  const rpc = createRpc(config.chain);
  const lease = await db.write(ACTOR, (ctx) => chains.takeLease(ctx, { chainId, holder: "bench", ttlMs: LEASE_MS }));
  if (!lease) throw new Error("the lease of an empty database is taken");
  const [base] = await rpc.onOne((ask) => blocksAt(ask, [startBlock - 1]));
  if (!base) throw new Error("the chain does not begin");
  const at = { height: base.height, confirmedHeight: base.height, finalizedHeight: base.height };
  const first = { chainId, hash: base.hash, timestampS: base.timestampS, epoch: lease.epoch, ...at };
  await db.write(ACTOR, (ctx) => chains.openCursor(ctx, first));
  let cursor: chains.ChainCursor = { ...first, version: 0, stopped: null, format: 0 };
  const reader = createReader(house, rpc);
  let events = 0;
  while (cursor.height < head) {
    const reading = await reader.read(cursor).catch((error: unknown) => {
      if (error instanceof RangeTooLarge) return undefined;
      throw error;
    });
    if (!reading?.found) continue;
    cursor = await store(house, cursor, reading.found, lease);
    events += reading.found.logs.length;
  }
  rpc.close();
  return events;
}

async function store(
  { db, config }: House,
  from: chains.ChainCursor,
  { to, blocks, logs, finalizedHeight }: Found,
  lease: chains.Lease,
): Promise<chains.ChainCursor> {
  const domain = { chainId: config.chain.id, escrow: config.chain.escrow };
  const final = Math.min(to.height, finalizedHeight);
  const place = { height: to.height, hash: to.hash, timestampS: to.timestampS };
  const move = { ...place, confirmedHeight: to.height, finalizedHeight: Math.max(from.finalizedHeight, final) };
  const version = await db.write(ACTOR, async (ctx) => {
    await chains.holdLease(ctx, lease, LEASE_MS);
    const step = await chains.moveCursor(ctx, from, move, lease.epoch);
    await chains.recordBlocks(
      ctx,
      blocks.map(({ logsBloom: _, ...block }) => ({ chainId: domain.chainId, ...block })),
    );
    await chains.recordLogs(
      ctx,
      logs.map((log) => logRow(log, domain)),
    );
    return step;
  });
  return { ...from, ...move, version };
}
