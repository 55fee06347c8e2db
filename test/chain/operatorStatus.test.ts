import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { openStage } from "./support/stage.ts";
import { type Issued, operator, privateKeyOf } from "./support/world.ts";

const GWEI = 1_000_000_000n;

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const world = stage.world(db, chain, () => ({ maxFeePerGas: 50n * GWEI, replaceAfterMs: 100 }));
  const running = stage.running(world);
  let book: string;
  let order: Issued;
  before(async () => {
    book = join(mkdtempSync(join(tmpdir(), "tributary-status-")), "addresses.json");
    writeFileSync(book, JSON.stringify(chain().book));
    order = await world().issue();
    await world().pay(order);
    await eventually(async () => (await world().state(order)) === "confirmed");
  });

  const command = (...more: string[]) =>
    promisify(execFile)(
      process.execPath,
      [
        ...["--import", "tsx", "scripts/operator/status.ts", "--database", db.url(), "--rpc", chain().url],
        ...["--addresses", book, ...more],
      ],
      {
        env: {
          ...{ ...process.env, OPERATOR_KEY: privateKeyOf(operator) },
          ...{ MAX_FEE_GWEI: "50", REPLACE_AFTER_MS: "100" },
        },
      },
    );
  const json = async () => JSON.parse((await command("--json")).stdout).chains[0];
  /** What it tells where something needs a person. */
  const problem = async (): Promise<{ problems: string[] } & Record<string, unknown>> => {
    let told: { problems: string[] } & Record<string, unknown> = { problems: [] };
    await rejects(command("--json"), ({ code, stdout }: { code: number; stdout: string }) => {
      equal(code, 1);
      [told] = JSON.parse(stdout).chains;
      return true;
    });
    return told;
  };
  const baseFee = async (wei: bigint) => {
    await chain().client.setNextBlockBaseFeePerGas({ baseFeePerGas: wei });
    await chain().mine(1);
  };

  it("tells of money, price and nonces, and that nothing needs a person", async () => {
    const told = await json();
    const balance = await chain().client.getBalance({ address: operator.address });
    equal(told.operator, operator.address);
    equal(told.balance, String(balance));
    equal(told.pays_for, Number(balance / (300_000n * 50n * GWEI)));
    equal(told.gas.cap, String(50n * GWEI));
    equal(told.gas.affordable, true);
    deepEqual(told.nonces, { used: 0, pending: 0, next: 0, missing: [] });
    deepEqual([told.open, told.tasks, told.ended, told.problems], [[], [], [], []]);
    match((await command()).stdout, /Nothing needs a person\./);
  });

  it("tells of a transaction that finds no block, why, and what waits, and exits 1", async () => {
    await chain().automine(false);
    await world().ask(order, "capture", 5_000_000n);
    await eventually(
      async () => (await world().rows("SELECT id FROM chain_transaction WHERE state = 'submitted'")).length === 1,
    );
    await baseFee(60n * GWEI);
    const told = await eventually(async () => {
      const now = await problem();
      return now.problems.length === 2 && now;
    });
    match(
      told.problems[0] ?? "",
      /^1 transactions find no block, the lowest with nonce 0: gas costs more than the cap/,
    );
    match(told.problems[1] ?? "", /^Gas costs \d+ wei, above the cap of 50000000000/);
    const [one] = told.open as { nonce: number; state: string; attempts: number; purposes: string[] }[];
    deepEqual([one?.nonce, one?.state, one?.attempts], [0, "submitted", 1]);
    match(one?.purposes[0] ?? "", new RegExp(`^capture:${order.id}:`));
    const { pending: _, ...nonces } = told.nonces as Record<string, unknown>;
    deepEqual(nonces, { used: 0, next: 1, missing: [] });
    await baseFee(GWEI);
    await eventually(async () => (await world().row(order)).captured === 5_000_000n);
    await chain().automine(true);
  });

  it("tells of a key that runs dry, and of one that somebody else uses", async () => {
    const rich = await chain().client.getBalance({ address: operator.address });
    await chain().send(operator, { to: operator.address, value: 0n });
    await chain().client.setBalance({ address: operator.address, value: 10n ** 16n });
    const { problems } = await problem();
    match(problems[0] ?? "", /^The key pays for \d transactions at the cap only: send ETH to 0x/);
    match(problems[1] ?? "", /^The chain has 1 transactions of this key that the tables do not know/);
    await chain().client.setBalance({ address: operator.address, value: rich });
  });

  it("tells of a nonce that nobody uses", async () => {
    await running().stop();
    const next = await chain().client.getTransactionCount({ address: operator.address });
    await db
      .database()
      .write({ kind: "system", name: "test" }, (ctx) =>
        ctx.db.query(`UPDATE chain_transaction SET nonce = ${next + 2}, state = 'submitted' WHERE nonce = 0`),
      );
    const { nonces, problems } = await problem();
    deepEqual((nonces as { missing: number[] }).missing, [next, next + 1]);
    match(problems.join("\n"), /Nobody uses 2 nonces from \d+ on/);
  });

  it("says what it cannot do", async () => {
    const fails = (args: string[], why: RegExp) =>
      rejects(command(...args), ({ code, stderr }: { code: number; stderr: string }) => {
        equal(code, 2);
        match(stderr, why);
        return true;
      });
    await Promise.all([
      fails(["--chain", "5"], /no address book is of chain 5/),
      fails(["--operator", "me"], /me is no address/),
      fails(["--rpc", "http://127.0.0.1:1"], /127\.0\.0\.1/),
    ]);
    match((await command("--help")).stdout, /npm run operator:status/);
  });
});
