import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseEther } from "viem";
import { privateKeyToAddress } from "viem/accounts";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { authorizeCall } from "../../server/protocol/calls.ts";
import { startTestChain, type TestChain } from "../support/chain.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { type RpcProxy, startRpcProxy } from "./support/rpcProxy.ts";
import { type ServerProcess, type ServerProcesses, serverProcesses } from "./support/serverProcess.ts";
import { type Issued, makeWorld, shopper, type World } from "./support/world.ts";

const run = promisify(execFile);

/** Public development keys are refused on any chain but the local one, and chain 31338 is another. */
const KEY = `0x${"b2".repeat(32)}` as const;
const AMOUNT = 25_000_000n;

/** How a command ended that did not succeed. */
const failure = async (command: Promise<unknown>): Promise<{ code: number; stdout: string }> =>
  command.then(
    () => Promise.reject(new Error("it succeeded")),
    (error) => error,
  );

onBothDatabases((db) => {
  const folder = mkdtempSync(join(tmpdir(), "tributary-chains-"));
  const books = [join(folder, "first.json"), join(folder, "second.json")].join(",");
  let [chains, proxies, worlds]: [TestChain[], RpcProxy[], World[]] = [[], [], []];
  let servers: ServerProcesses | undefined;
  let server: ServerProcess;
  let env: Record<string, string>;

  const [first, second] = [() => worlds[0] as World, () => worlds[1] as World];
  const startServer = async () => {
    server = await (servers as ServerProcesses).start(env);
  };
  const state = async (world: World, order: Issued, wanted: string) => {
    await eventually(async () => (await world.row(order)).state === wanted);
  };
  const reconciled = (...args: string[]) =>
    run(process.execPath, ["--import", "tsx", "scripts/reconcile.ts", "--json", ...args], {
      env: {
        ...env,
        PATH: process.env.PATH,
        DATABASE_URL: db.url(),
        RPC_URLS: (proxies[0] as RpcProxy).url,
        RPC_TIMEOUT_MS: "1000",
      },
    });
  /** All that the tables have of one chain. */
  const rowsOf = async (chainId: number) => {
    const read = (query: string) => first().rows(query, { chainId });
    return {
      orders: await read("SELECT * FROM escrow_order WHERE chain_id = :chainId ORDER BY order_id"),
      logs: await read("SELECT * FROM chain_log WHERE chain_id = :chainId ORDER BY block_hash, log_index"),
      ledger: await read("SELECT * FROM ledger_account WHERE chain_id = :chainId ORDER BY name"),
      journals: await read("SELECT key, height FROM journal WHERE chain_id = :chainId ORDER BY key"),
      cursor: await read("SELECT height, hash FROM chain_cursor WHERE chain_id = :chainId"),
    };
  };

  before(async () => {
    chains = await Promise.all([startTestChain(), startTestChain({ chainId: 31_338 })]);
    proxies = await Promise.all(chains.map(({ url }) => startRpcProxy(url)));
    for (const [at, file] of books.split(",").entries()) writeFileSync(file, JSON.stringify(chains[at]?.book));
    const [one, two] = chains as [TestChain, TestChain];
    const operator = privateKeyToAddress(KEY);
    for (const { client } of [one, two]) await client.setBalance({ address: operator, value: parseEther("100") });
    const place = { operatorKey: KEY, operator };
    worlds = [await makeWorld(db.database(), one, place), await makeWorld(db.database(), two, place)];
    env = { ADDRESS_BOOK: books, RPC_URLS_31338: (proxies[1] as RpcProxy).url, OPERATOR_KEY: KEY };
    servers = serverProcesses(one, () => db.url(), (proxies[0] as RpcProxy).url);
    await startServer();
  });
  after(async () => {
    servers?.killAll();
    await Promise.all(proxies.map((proxy) => proxy.stop()));
    await Promise.all(chains.map((chain) => chain.stop()));
    rmSync(folder, { recursive: true });
  });

  it("books what is paid on each, and counts the nonces of one key on each of them", async () => {
    equal(chains[0]?.escrow, chains[1]?.escrow);
    const orders = await Promise.all(worlds.map((world) => world.issue()));
    for (const [at, world] of worlds.entries()) await world.pay(orders[at] as Issued);
    for (const [at, world] of worlds.entries()) await state(world, orders[at] as Issued, "authorized");
    for (const [at, world] of worlds.entries()) await world.ask(orders[at] as Issued, "capture", AMOUNT);
    for (const [at, world] of worlds.entries()) await state(world, orders[at] as Issued, "captured");
    const sent = await first().rows("SELECT chain_id, sender, nonce FROM chain_transaction ORDER BY chain_id");
    deepEqual(
      sent.map(({ chain_id, sender, nonce }) => [Number(chain_id), sender, Number(nonce)]),
      worlds.map(({ house: { config } }) => [config.chain.id, config.chain.operator, 0]),
    );
    const held = await first().rows<{ name: string }>("SELECT name FROM ledger_account WHERE kind = 'escrow_captured'");
    deepEqual(held.map(({ name }) => name.split(":")[2]).sort(), ["31337", "31338"]);
    equal((await server.ready()).status, 200);
  });

  it("moves nothing of the other when one is reorganised", async () => {
    const [one, two] = chains as [TestChain, TestChain];
    const fork = await two.mark();
    // Above the fork by its height, so that only its chain keeps it from being taken with what is gone.
    await one.mine(10);
    const kept = await first().issue();
    await first().pay(kept);
    await state(first(), kept, "authorized");
    const order = await second().issue();
    await second().pay(order);
    await two.mine(2);
    await state(second(), order, "authorized");
    await first().caughtUp();
    const before = await rowsOf(one.chainId);
    await two.revertTo(fork);
    await two.mine(5);
    await state(second(), order, "pending");
    await second().caughtUp();
    deepEqual(await rowsOf(one.chainId), before);
    const reverted = await first().rows("SELECT DISTINCT chain_id FROM chain_log WHERE state = 'reverted'");
    deepEqual(
      reverted.map(({ chain_id }) => Number(chain_id)),
      [two.chainId],
    );
  });

  it("leaves an order as it is when its terms are paid on another chain", async () => {
    const [one, two] = chains as [TestChain, TestChain];
    const order = await first().issue();
    await first().caughtUp();
    const before = await rowsOf(one.chainId);
    await two.send(shopper, authorizeCall({ chainId: two.chainId, escrow: two.escrow }, order.terms));
    await second().caughtUp();
    deepEqual(await rowsOf(one.chainId), before);
    equal((await first().row(order)).state, "pending");
    const [stray] = await second().rows<{ terms_hash: string }>(
      "SELECT terms_hash FROM chain_log WHERE chain_id = :id AND state = 'unmatched'",
      { id: two.chainId },
    );
    notEqual(stray?.terms_hash, order.id);
    ok(stray);
  });

  it("goes on with the others while the node of one is dead, names that one, and catches up", async () => {
    const proxy = proxies[1] as RpcProxy;
    const waiting = await second().issue();
    await second().caughtUp();
    await server.end("SIGKILL");
    proxy.http((_, response) => Boolean(response.destroy()));
    await second().sign(waiting);
    await startServer();
    const served = await first().issue();
    await first().sign(served);
    await state(first(), served, "authorized");
    await first().ask(served, "capture", AMOUNT);
    await state(first(), served, "captured");
    const dead = await eventually(async () => {
      const told = await server.ready();
      return told.checks["chain 31337"] === "ok" && told;
    });
    equal(dead.status, 503);
    notEqual(dead.checks["chain 31338"], "ok");
    equal((await second().row(waiting)).state, "pending");
    match(await server.metrics(), /tributary_chain_rpc_faults_total\{[^}]*chain="31338"/);

    proxy.http(undefined);
    await state(second(), waiting, "authorized");
    await eventually(async () => (await server.ready()).status === 200);
  });

  it("is reconciled chain by chain", async () => {
    for (const { caughtUp, house } of worlds) {
      await caughtUp();
      deepEqual((await reconcile(house)).differences, []);
    }
  });

  it("names what differs on each, also when another cannot be compared", async function () {
    this.timeout(120_000);
    (proxies[1] as RpcProxy).http((_, response) => Boolean(response.destroy()));
    await db.database().write({ kind: "system", name: "vandal" }, async (ctx) => {
      await ctx.db.query("UPDATE ledger_account SET balance = '1' WHERE chain_id = 31337 AND kind = 'escrow_captured'");
    });
    const { code, stdout } = await failure(reconciled());
    const { ok: well, chains: told } = JSON.parse(stdout);
    deepEqual([code, well, told[0].differences[0].what, told[1].chain_id], [2, false, "ledger", 31_338]);
    ok(told[1].error);
    const alone = await failure(reconciled("--chain", "31337"));
    const { chain_id, differences } = JSON.parse(alone.stdout);
    deepEqual([alone.code, chain_id, differences[0].what], [1, 31_337, "ledger"]);
  });
});
