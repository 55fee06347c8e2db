/**
 * How many of its own transactions the house sends in a second, and what that costs the server's process: N signed
 * payments to relay, then N captures, then N releases of matured money, in a real house on SQLite whose listener books
 * them meanwhile. Against it, in the same run, the floor: a loop that signs the same calls and sends them fifty at a time.
 *
 * `npm run bench:operator -- [--count N] [--json]`
 */
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { encodeFunctionData, type Hex, parseAbi } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { startChain } from "../../server/chain/index.ts";
import { system } from "../../server/core/db/context.ts";
import { sql } from "../../server/core/db/sql.ts";
import { startWorkers } from "../../server/core/tasks.ts";
import { chainTimeS } from "../../server/modules/chains/index.ts";
import * as payments from "../../server/modules/payments/index.ts";
import { authorizeWithAuthorizationCall, type Call, captureCall, releaseCall } from "../../server/protocol/calls.ts";
import { LOCAL_CHAIN_ID } from "../localChain/chainId.ts";
import {
  AMOUNT,
  account,
  type Issued,
  inHundreds,
  issue,
  keyOf,
  openBenchHouse,
  payer,
  place,
} from "./operator/house.ts";

const OPERATOR = account(7);
const FLOOR = account(8);
const ACTOR = system("bench");
/** Calls of one request of the floor. */
const BATCH = 50;
const SHIFT_S = 4_000;
const PATIENCE_MS = 300_000;

interface Row {
  readonly what: string;
  readonly jobs: number;
  /** Transactions that reached the chain. */
  readonly transactions: number;
  readonly wall_seconds: number;
  readonly jobs_per_second: number;
  /** User and system time of the process that runs the server's part, per 1,000 jobs. */
  readonly cpu_seconds_per_1000: number;
}

const { values } = parseArgs({
  options: { count: { type: "string", default: "1000" }, json: { type: "boolean", default: false } },
});
const count = Number(values.count);
const bench = await openBenchHouse(OPERATOR);
const { house } = bench;

async function ask(calls: readonly { method: string; params: unknown[] }[]): Promise<unknown[]> {
  const body = JSON.stringify(calls.map((call, id) => ({ jsonrpc: "2.0", id, ...call })));
  const response = await fetch(bench.chain.url, {
    ...{ method: "POST", headers: { "content-type": "application/json" }, body },
  });
  const answers = (await response.json()) as { id: number; result?: unknown; error?: { message: string } }[];
  return answers.map(({ result, error }) => {
    if (error) throw new Error(error.message);
    return result;
  });
}
const one = async (method: string, ...params: unknown[]) => (await ask([{ method, params }]))[0];

async function measured(what: string, jobs: number, work: () => Promise<unknown>): Promise<Row> {
  const before = Number(await one("eth_blockNumber"));
  const began = performance.now();
  const cpu = process.cpuUsage();
  await work();
  const { user, system: kernel } = process.cpuUsage(cpu);
  const wall = (performance.now() - began) / 1_000;
  const transactions = Number(await one("eth_blockNumber")) - before;
  return {
    ...{ what, jobs, transactions, wall_seconds: round(wall, 2), jobs_per_second: round(jobs / wall, 0) },
    cpu_seconds_per_1000: round((user + kernel) / 1_000 / jobs, 2),
  };
}
const round = (value: number, digits: number) => Number(value.toFixed(digits));

const nowS = async () => Number(((await one("eth_getBlockByNumber", "latest", false)) as { timestamp: Hex }).timestamp);

/** Until so many escrow orders of the house are in this state. */
async function until(state: string, wanted: number): Promise<void> {
  const query = "SELECT COUNT(*) AS n FROM escrow_order WHERE state = :state";
  for (const began = performance.now(); performance.now() - began < PATIENCE_MS; ) {
    const { rows } = await house.db.read(ACTOR, (ctx) => sql<{ n: number }>(ctx.db, query, { state }));
    if (Number(rows[0]?.n) === wanted) return;
    await pause(20);
  }
  throw new Error(`not every order is ${state} after ${PATIENCE_MS} ms`);
}

async function operatorRows(orders: readonly Issued[]): Promise<Row[]> {
  const chain = startChain(house);
  const work = async (what: string, state: string): Promise<Row> => {
    let workers: ReturnType<typeof startWorkers> | undefined;
    const row = await measured(what, orders.length, async () => {
      workers = startWorkers({
        ...{ db: house.db, log: house.log, now: () => house.clock.now(), handlers: chain.handlers },
        concurrency: chain.concurrency,
      });
      await until(state, orders.length);
    });
    await workers?.stop();
    return row;
  };
  const request = (kind: "capture" | "release") =>
    inHundreds(house, orders, async (ctx, part) => {
      const nowS = await chainTimeS(ctx, LOCAL_CHAIN_ID);
      for (const { orderId } of part) {
        const order = await payments.escrowOrderOf(ctx, orderId);
        await payments.ask(ctx, order, { kind, amount: AMOUNT }, nowS);
      }
    });
  await inHundreds(house, orders, async (ctx, part) => {
    await place(ctx, bench, part);
    for (const { orderId, signature } of part) await payments.authorize(ctx, orderId, signature);
  });
  const rows = [await work("relay", "authorized")];
  await request("capture");
  rows.push(await work("capture", "captured"));
  await one("evm_increaseTime", SHIFT_S);
  await one("evm_mine");
  await request("release");
  rows.push(await work("release", "released"));
  await chain.stop();
  return rows;
}

async function floorRows(orders: readonly Issued[]): Promise<Row[]> {
  const signer = privateKeyToAccount(keyOf(FLOOR));
  const domain = { chainId: LOCAL_CHAIN_ID, escrow: house.config.chain.escrow };
  let nonce = 0;
  const send = async (what: string, callOf: (order: Issued) => Call): Promise<Row> =>
    measured(`floor: ${what}`, orders.length, async () => {
      for (let at = 0; at < orders.length; at += BATCH) {
        const raws = [];
        for (const order of orders.slice(at, at + BATCH)) {
          const { to, data } = callOf(order);
          raws.push(
            await signer.signTransaction({
              ...{ type: "eip1559", chainId: LOCAL_CHAIN_ID, nonce, to, data, gas: 400_000n },
              ...{ maxFeePerGas: 100_000_000_000n, maxPriorityFeePerGas: 1n },
            }),
          );
          nonce += 1;
        }
        const hashes = await ask(raws.map((raw) => ({ method: "eth_sendRawTransaction", params: [raw] })));
        await ask(hashes.map((hash) => ({ method: "eth_getTransactionReceipt", params: [hash] })));
      }
    });
  const rows = [
    await send("relay", ({ terms, signature }) => authorizeWithAuthorizationCall(domain, terms, signature)),
    await send("capture", ({ terms }) => captureCall(domain, terms, AMOUNT, AMOUNT)),
  ];
  await one("evm_increaseTime", SHIFT_S);
  await one("evm_mine");
  return [...rows, await send("release", ({ terms }) => releaseCall(domain, terms))];
}

async function run(): Promise<Row[]> {
  const data = encodeFunctionData({
    ...{ abi: parseAbi(["function mint(address to, uint256 amount)"]), functionName: "mint" },
    args: [payer.address, AMOUNT * BigInt(count) * 2n],
  });
  await one("eth_sendTransaction", { from: payer.address, to: bench.token, data });
  const orders: Issued[] = [];
  for (let salt = 0; salt < count; salt += 1) orders.push(await issue(bench, OPERATOR.address, salt, await nowS()));
  const ours = await operatorRows(orders);
  const floor: Issued[] = [];
  for (let salt = 0; salt < count; salt += 1) floor.push(await issue(bench, FLOOR.address, salt, await nowS()));
  return [...ours, ...(await floorRows(floor))];
}

try {
  const rows = await run();
  if (values.json) console.log(JSON.stringify(rows));
  else console.table(rows);
} finally {
  await bench.close();
}
