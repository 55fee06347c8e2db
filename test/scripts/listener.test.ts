import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { system } from "../../server/core/db/context.ts";
import { captureCall } from "../../server/protocol/calls.ts";
import { type Issued, makeWorld, operator, type Running, type World } from "../chain/support/world.ts";
import { startTestChain, type TestChain } from "../support/chain.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { command, type Outcome } from "./command.ts";

/** Every command is a process of its own. */
const PATIENCE_MS = 240_000;

describe("npm run listener", function () {
  this.timeout(PATIENCE_MS);
  it("explains itself and each verb with an example", async () => {
    match((await command("listener", ["--help"])).out, /replay-quarantine +read logs again/);
    for (const verb of ["status", "rewind", "rescan", "replay-quarantine"]) {
      const { code, out } = await command("listener", [verb, "--help"]);
      equal(code, 0);
      match(out, new RegExp(`npm run listener -- ${verb} --(chain|to|from|yes) ?\\d*`));
    }
  });

  it("refuses what it does not know", async () => {
    const refused = async (args: string[], why: RegExp) => {
      const { code, err } = await command("listener", args);
      equal(code, 2);
      match(err, why);
    };
    await refused(["forget"], /There is no "forget"/);
    await refused(["status", "--yes"], /status takes no --yes/);
    await refused(["rewind", "--from", "3"], /rewind takes no --from/);
  });
});

describe("npm run listener beside a server", function () {
  this.timeout(PATIENCE_MS);
  onBothDatabases((db) => {
    let chain: TestChain;
    let world: World;
    let running: Running;
    const folder = mkdtempSync(join(tmpdir(), "tributary-listener-"));
    const book = join(folder, "addresses.json");
    const listener = (...args: string[]): Promise<Outcome> =>
      command("listener", args, { DATABASE_URL: db.url(), RPC_URLS: chain.url, ADDRESS_BOOK: book });
    /** What a verb answers with `--json`. */
    const answer = async (...args: string[]) => {
      const { code, out, err } = await listener(...args, "--json");
      ok(out.startsWith("{"), `${args.join(" ")} ended with ${code}: ${err}`);
      return { code, ...JSON.parse(out) };
    };
    const write = (statement: string) =>
      db.database().write(system("vandal"), async (ctx) => {
        await ctx.db.query(statement);
      });
    const versions = () => world.rows("SELECT version FROM chain_cursor");

    before(async () => {
      chain = await startTestChain();
      writeFileSync(book, JSON.stringify(chain.book));
      world = await makeWorld(db.database(), chain, {
        finality: { source: "depth", depth: 2 },
        sweepMs: 3_600_000, // what is broken here by hand is for the command to find
      });
      running = world.start();
    });
    after(async () => {
      await running?.stop();
      await chain?.stop();
      rmSync(folder, { recursive: true });
    });

    let order: Issued;

    it("status says how far the chain is read and that nothing needs a person", async () => {
      order = await world.issue();
      await world.pay(order);
      await chain.send(operator, captureCall(domain(), order.terms, 5_000_000n, order.terms.amount));
      await chain.mine(3);
      await world.caughtUp();
      const { code, chains } = await answer("status");
      equal(code, 0);
      const height = Number(await chain.client.getBlockNumber());
      const [{ cursor, head, final, lag_blocks, lease, needs_a_person }] = chains;
      deepEqual([cursor, head, final, lag_blocks], [height, height, height - 2, 0]);
      ok(lease.epoch > 0 && lease.left_ms > 0);
      deepEqual(needs_a_person, []);
      match((await listener("status")).out, /nothing needs a person/);
      match((await listener("status", "--chain", "5")).err, /the house is not on chain 5: it is on 31337/);
    });

    it("rescan says what is missing, and puts it back only with --yes, beside the running server", async () => {
      await write(`DELETE FROM chain_log WHERE terms_hash = '${order.id}' AND event = 'captured'`);
      const blocks = ["--from", String(chain.book.startBlock), "--to", String(await chain.client.getBlockNumber())];
      const would = await answer("rescan", ...blocks);
      deepEqual([would.code, would.done, would.logs], [0, false, { gone: 0, come: 1 }]);
      deepEqual(would.ledger_accounts, {});
      ok((await reconcile(world.house)).differences.length > 0);

      const done = await answer("rescan", ...blocks, "--yes");
      deepEqual([done.code, done.done, done.logs], [0, true, { gone: 0, come: 1 }]);
      deepEqual((await reconcile(world.house)).differences, []);
      await chain.mine(1);
      await world.caughtUp();
    });

    it("rescan does not take the stored logs of other blocks at their word", async () => {
      const logs = await world.rows<{ event: string; data: string; height: string }>(
        `SELECT event, data, height FROM chain_log WHERE terms_hash = '${order.id}' AND event IN ('authorized', 'captured')`,
      );
      const data = logs.find(({ event }) => event === "authorized")?.data ?? "";
      const height = String(logs.find(({ event }) => event === "captured")?.height);
      const set = (value: string) =>
        write(`UPDATE chain_log SET data = '${value}' WHERE terms_hash = '${order.id}' AND event = 'authorized'`);
      // The first digit of the account that has the last leg.
      const at = data.length - 64;
      await set(`${data.slice(0, at)}${data[at] === "1" ? "2" : "1"}${data.slice(at + 1)}`);
      const would = await answer("rescan", "--from", height, "--to", height);
      deepEqual([would.logs, would.orders.length], [{ gone: 0, come: 0 }, 1]);
      equal(would.orders[0].order_id, order.orderId);
      await set(data);
      deepEqual((await answer("rescan", "--from", height, "--to", height)).orders, []);
    });

    it("rescan refuses blocks that make no sense", async () => {
      const ahead = await listener("rescan", "--from", String(chain.book.startBlock), "--to", "999999");
      equal(ahead.code, 2);
      match(ahead.err, /block 999999 has not been read yet/);
      match((await listener("rescan", "--from", "9", "--to", "8")).err, /block 9 comes after block 8/);
      match((await listener("rescan", "--from", "0", "--to", "8")).err, /the escrow begins at block/);
    });

    it("status names what needs a person, and rewind sets a stopped chain right", async () => {
      const fork = await chain.mark();
      const lost = await world.issue();
      await world.pay(lost);
      await chain.mine(2);
      await eventually(async () => (await world.row(lost)).confidence === "final");
      await chain.revertTo(fork);
      await chain.mine(6);
      await eventually(() => running.chain.listener.status().mode === "stopped");

      const stopped = await answer("status");
      equal(stopped.code, 1);
      match(stopped.chains[0].needs_a_person[0], /^stopped: .*npm run listener -- rewind$/);

      const stood = await versions();
      const would = await listener("rewind");
      equal(would.code, 0);
      match(would.out, /logs: 1 leave the chain/);
      match(would.out, new RegExp(`${lost.orderId}: authorized \\(final\\), held 25000000 -> pending`));
      match(would.out, /Nothing is changed. Say --yes/);
      deepEqual(await versions(), stood);
      match((await listener("rewind", "--to", "999999", "--yes")).err, /the tables go up to block/);

      const done = await answer("rewind", "--yes");
      deepEqual([done.done, done.to], [true, Number(fork.number)]);
      await world.caughtUp();
      equal((await world.row(lost)).state, "pending");
      deepEqual((await reconcile(world.house)).differences, []);
      await eventually(async () => (await answer("status")).code === 0, { timeoutMs: 60_000 });
    });

    it("replay-quarantine exits 1 while logs cannot be read, and replays those that can", async () => {
      const [row] = await world.rows<{ data: string; block_hash: string }>(
        `SELECT data, block_hash FROM chain_log WHERE terms_hash = '${order.id}' AND event = 'captured'`,
      );
      const { data = "", block_hash = "" } = row ?? {};
      const set = (values: string) => write(`UPDATE chain_log SET ${values} WHERE block_hash = '${block_hash}'`);
      await set("data = '0x12', state = 'quarantined', event = NULL, terms_hash = NULL");
      const unreadable = await answer("replay-quarantine", "--yes");
      deepEqual([unreadable.code, unreadable.quarantined, unreadable.unreadable], [1, 1, 1]);
      match((await listener("status")).out, /1 logs cannot be read/);

      await set(`data = '${data}'`);
      const done = await answer("replay-quarantine", "--yes");
      deepEqual([done.code, done.unreadable, done.logs.come], [0, 0, 1]);
      deepEqual((await reconcile(world.house)).differences, []);
    });

    const domain = () => ({ chainId: chain.chainId, escrow: chain.escrow });
  });
});
