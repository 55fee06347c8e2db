import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { captureCall, releaseCall, withdrawCall } from "../../server/protocol/calls.ts";
import { startTestChain, type TestChain } from "../support/chain.ts";
import { onBothDatabases } from "../support/databases.ts";
import { type Issued, makeWorld, merchant, operator, type Running, shopper, type World } from "./support/world.ts";

const run = promisify(execFile);

onBothDatabases((db) => {
  let chain: TestChain;
  let world: World;
  let running: Running;
  const orders: Issued[] = [];
  const folder = mkdtempSync(join(tmpdir(), "tributary-reconcile-"));
  const book = join(folder, "addresses.json");
  const write = (statement: string) =>
    db.database().write({ kind: "system", name: "vandal" }, async (ctx) => {
      await ctx.db.query(statement);
    });
  const command = (...args: string[]) =>
    run(process.execPath, ["--import", "tsx", "scripts/reconcile.ts", ...args], {
      env: { PATH: process.env.PATH, DATABASE_URL: db.url(), RPC_URLS: chain.url, ADDRESS_BOOK: book },
    });

  before(async () => {
    chain = await startTestChain();
    writeFileSync(book, JSON.stringify(chain.book));
    world = await makeWorld(db.database(), chain);
    running = world.start();
    const domain = { chainId: chain.chainId, escrow: chain.escrow };
    for (let i = 0; i < 3; i++) {
      const order = await world.issue();
      orders.push(order);
      await world.pay(order);
      await chain.send(operator, captureCall(domain, order.terms, order.terms.amount, order.terms.amount));
    }
    await chain.send(shopper, releaseCall(domain, (orders[0] as Issued).terms));
    await chain.send(merchant, withdrawCall(domain, chain.token, 1_000_000n));
    await world.issue();
    await world.caughtUp();
  });
  after(async () => {
    await running?.stop();
    await chain?.stop();
    rmSync(folder, { recursive: true });
  });

  it("finds nothing where nothing is wrong, and counts what was sent uninvited apart", async () => {
    await chain.mint(chain.escrow, 7n);
    await world.caughtUp();
    const { differences, totals } = await reconcile(world.house);
    deepEqual(differences, []);
    deepEqual(totals.get(chain.token), {
      ...{ authorized: 75_000_000n, held: 0n, captured_unreleased: 50_000_000n, disputed: 0n, released: 25_000_000n },
      ...{ refunded: 0n, voided: 0n, reclaimed: 0n, resolved_to_payer: 0n, refunded_released: 0n, deposited: 0n },
      ...{ credited: 25_000_000n, spent: 0n, withdrawn: 1_000_000n },
      ...{ balance: 74_000_007n, uninvited: 7n },
    });
    const { stdout } = await command();
    match(stdout, /No difference\./);
  });

  it("names one corrupted row each of orders, ledger and stored logs", async () => {
    const [first, second, third] = orders as [Issued, Issued, Issued];
    await write(`UPDATE escrow_order SET held = '1' WHERE order_id = '${first.orderId}'`);
    const account = `escrow_captured:${second.id}:${chain.chainId}:${chain.token}`.toLowerCase();
    await write(`UPDATE ledger_account SET balance = '24999999' WHERE name = '${account}'`);
    await write(`UPDATE chain_log SET state = 'reverted' WHERE terms_hash = '${third.id}' AND event = 'captured'`);

    const { differences } = await reconcile(world.house);
    deepEqual(
      differences.map(({ what, where }) => [what, where]),
      [
        ["fold", `chain_log of order ${third.id}`],
        ["orders", `escrow_order ${first.orderId}`],
        ["ledger", `ledger_account ${account}`],
      ],
    );
    const [fold, order, ledger] = differences;
    equal(fold?.expected, "state captured, held 0, captured 25000000");
    equal(fold?.actual, "state authorized, held 25000000, captured 0");
    equal(`${order?.expected} / ${order?.actual}`, "held 0 / held 1");
    equal(`${ledger?.expected} / ${ledger?.actual}`, "balance 25000000 / balance 24999999");

    await rejects(command("--json"), ({ code, stdout }: { code: number; stdout: string }) => {
      equal(code, 1);
      deepEqual(JSON.parse(stdout).differences, differences);
      return true;
    });
  });
});
