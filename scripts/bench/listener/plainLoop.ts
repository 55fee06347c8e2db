import SqliteConnection from "better-sqlite3";
import { createPublicClient, decodeEventLog, http } from "viem";
import { escrowAbi } from "../../../server/protocol/abi.ts";
import { ESCROW } from "./place.ts";
import { type Task, timed } from "./task.ts";

/**
 * The loop that a person writes in an afternoon with viem and better-sqlite3. It checks that blocks link and that logs
 * are of them, and stores both; it knows no reorganisation, no bad node, no second process and no order.
 * @param decodes whether it also reads by the ABI what each log says, and stores that
 */
export async function plainLoop({ url, chain, databaseUrl }: Task, decodes: boolean) {
  const client = createPublicClient({ transport: http(url, { batch: { batchSize: 100 } }) });
  const db = new SqliteConnection(databaseUrl.slice("sqlite:".length));
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.exec(`CREATE TABLE block (height INTEGER PRIMARY KEY, hash TEXT, parent TEXT, timestamp INTEGER);
    CREATE TABLE log (block_hash TEXT, log_index INTEGER, height INTEGER, tx_hash TEXT, topics TEXT, data TEXT,
      said TEXT, PRIMARY KEY (block_hash, log_index))`);
  const block = db.prepare("INSERT INTO block VALUES (?, ?, ?, ?)");
  const log = db.prepare("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?)");
  const span = chain.shape === "dense" ? Math.max(1, Math.floor(2_000 / chain.eventsPerBlock)) : 2_000;
  return timed(async () => {
    let events = 0;
    const head = Number(await client.getBlockNumber());
    for (let from = 0; from <= head; from += span) {
      const to = Math.min(head, from + span - 1);
      const logs = await client.getLogs({ address: ESCROW, fromBlock: BigInt(from), toBlock: BigInt(to) });
      const heights = [...new Set([...logs.map(({ blockNumber }) => blockNumber), BigInt(to)])];
      const blocks = await Promise.all(heights.map((blockNumber) => client.getBlock({ blockNumber })));
      const byHeight = new Map(blocks.map((one) => [one.number, one]));
      for (const { number, parentHash } of blocks) {
        const parent = byHeight.get(number - 1n);
        if (parent && parent.hash !== parentHash) throw new Error(`block ${number} is not its parent's child`);
      }
      for (const { blockNumber, blockHash } of logs)
        if (byHeight.get(blockNumber)?.hash !== blockHash) throw new Error(`a log of no block ${blockNumber}`);
      db.exec("BEGIN");
      for (const one of blocks) block.run(Number(one.number), one.hash, one.parentHash, Number(one.timestamp));
      for (const { blockHash, logIndex, blockNumber, transactionHash, topics, data } of logs) {
        const said = decodes ? asJson(decodeEventLog({ abi: escrowAbi, topics, data })) : null;
        log.run(blockHash, logIndex, Number(blockNumber), transactionHash, JSON.stringify(topics), data, said);
      }
      db.exec("COMMIT");
      events += logs.length;
    }
    return events;
  });
}

const asJson = (said: object): string =>
  JSON.stringify(said, (_, value) => (typeof value === "bigint" ? value.toString() : value));
