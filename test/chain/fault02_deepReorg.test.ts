import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { pino } from "pino";
import { type Chain, startChain } from "../../server/chain/index.ts";
import { rewind } from "../../server/chain/listener/rewind.ts";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import type { Database } from "../../server/core/db/database.ts";
import { captureCall } from "../../server/protocol/calls.ts";
import { startTestChain, type TestChain } from "../support/chain.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { type Issued, makeWorld, operator, type World } from "./support/world.ts";

const DEPTH = 2;

onBothDatabases((db) => {
  let chain: TestChain;
  let world: World;
  const alarms: string[] = [];
  const started: Chain[] = [];
  const follow = (database: Database = db.database()) => {
    const log = pino({ level: "fatal" }, { write: (line: string) => void alarms.push(line) });
    const one = startChain({ ...world.house, db: database, log });
    started.push(one);
    return one;
  };

  before(async () => {
    chain = await startTestChain();
    world = await makeWorld(db.database(), chain, { finality: { source: "depth", depth: DEPTH } });
  });
  after(async () => {
    await Promise.all(started.map((one) => one.stop()));
    await chain?.stop();
  });

  const domain = () => ({ chainId: chain.chainId, escrow: chain.escrow });
  const reason = (one: Chain) => one.readiness().reason ?? "";
  const stopped = (one: Chain) => eventually(() => reason(one).startsWith("the chain is stopped"));
  const confidence = async (order: Issued) => (await world.row(order)).confidence;
  /** Everything that a listener may write, except the lease. */
  const written = async () =>
    JSON.stringify([
      await world.rows("SELECT height, hash, version, finalized_height, stopped FROM chain_cursor"),
      await world.rows("SELECT block_hash, log_index, state FROM chain_log ORDER BY height, log_index"),
      await world.rows("SELECT name, balance, version FROM ledger_account ORDER BY name"),
      await world.rows("SELECT order_id, version FROM escrow_order ORDER BY order_id"),
    ]);

  let lost: Issued;
  let kept: Issued;
  let fork: Awaited<ReturnType<TestChain["mark"]>>;
  let leader: Chain;
  let stood: string;

  it("stops that chain with an alarm, is not ready, and writes nothing, when what is final is left", async () => {
    leader = follow();
    kept = await world.issue();
    await world.pay(kept);
    await world.caughtUp();
    fork = await chain.mark();
    lost = await world.issue();
    await world.pay(lost);
    await chain.send(operator, captureCall(domain(), lost.terms, 5_000_000n, lost.terms.amount));
    await chain.mine(DEPTH);
    await eventually(async () => (await confidence(lost)) === "final");
    await world.caughtUp();
    stood = await written();

    await chain.revertTo(fork);
    await chain.mine(DEPTH + 4);
    await stopped(leader);
    equal(leader.readiness().ready, false);
    match(reason(leader), /none of our blocks from \d+ to \d+, though the first is final/);
    equal(alarms.length, 1);
    match(alarms[0] ?? "", /reorganised below what is final: the chain is no longer followed/);
    equal(await written(), stood.replace('"stopped":null', `"stopped":${JSON.stringify(reasonOf(leader))}`));
  });

  it("is not taken up again by another replica, nor after a restart", async () => {
    const another = follow(await db.openAnother());
    await stopped(another);
    await leader.stop();
    await chain.mine(2);
    const again = follow();
    await stopped(again);
    await another.stop();
    await eventually(() => again.listener.status().epoch > 0);
    equal((await world.rows("SELECT height FROM chain_log WHERE state = 'reverted'")).length, 0);
    leader = again;
  });

  it("rewind refuses heights that make no sense, and says which does", async () => {
    const height = Number((await world.rows("SELECT height FROM chain_cursor"))[0]?.height);
    await rejects(rewind(world.house, height + 1, "do"), /the tables go up to block \d+/);
    await rejects(rewind(world.house, height, "do"), new RegExp(`rewind to ${fork.number}, the highest both have`));
    await rejects(rewind(world.house, chain.book.startBlock - 2, "do"), /the escrow begins at block/);
  });

  it("rewind tells what it would do and does nothing, until it is meant", async () => {
    const stood = await written();
    const would = await rewind(world.house, undefined, "try");
    equal(await written(), stood);
    equal(would.to, Number(fork.number));
    equal(would.logs.gone, 2);
    deepEqual(
      would.orders.map(({ orderId, after }) => [orderId, after]),
      [[lost.orderId, "pending"]],
    );
    equal(would.accounts.get(`escrow_captured:${lost.id}:${chain.chainId}:${chain.token}`.toLowerCase()), -5_000_000n);
  });

  it("rewind takes back what is gone in one transaction, and the running server goes on from there", async () => {
    await rewind(world.house, undefined, "do");
    await world.caughtUp();
    await eventually(() => leader.readiness().ready);
    equal((await world.row(lost)).state, "pending");
    equal(await world.state(lost), "on_hold");
    equal((await world.row(kept)).state, "authorized");
    deepEqual((await reconcile(world.house)).differences, []);

    await world.pay(lost);
    await eventually(async () => (await world.state(lost)) === "confirmed");
    deepEqual((await reconcile(world.house)).differences, []);
  });

  it("rewind starts a chain again that was stopped by mistake, without taking anything back", async () => {
    await chain.mine(DEPTH);
    await world.caughtUp();
    await db
      .database()
      .write({ kind: "system", name: "test" }, (ctx) =>
        ctx.db.query("UPDATE chain_cursor SET stopped = 'a lying node'"),
      );
    await stopped(leader);
    const { from, to, logs } = await rewind(world.house, undefined, "do");
    deepEqual([from, logs.gone], [to, 0]);
    await chain.mine(1);
    await world.caughtUp();
    await rejects(rewind(world.house, Number(await chain.client.getBlockNumber()), "do"), /nothing to take back/);
  });

  it("rewind goes back before the escrow's first block where no block is remembered any more", async () => {
    await leader.stop();
    const running = world.start();
    await world.ask(kept, "capture", 1_000_000n);
    const own = () => world.rows("SELECT state FROM chain_transaction");
    await eventually(async () => {
      await chain.mine(1);
      return (await own())[0]?.state === "final";
    });
    await world.caughtUp();
    await running.stop();
    await db.database().write({ kind: "system", name: "test" }, (ctx) => ctx.db.query("DELETE FROM chain_block"));

    const bottom = chain.book.startBlock - 1;
    const { to } = await rewind(world.house, bottom, "do");
    equal(to, bottom);
    const [cursor] = await world.rows("SELECT height, confirmed_height, finalized_height FROM chain_cursor");
    deepEqual(Object.values(cursor ?? {}).map(Number), [bottom, bottom, bottom]);
    deepEqual(await own(), [{ state: "mined" }]);

    leader = follow();
    await world.caughtUp();
    equal((await world.row(kept)).captured, 1_000_000n);
    await eventually(async () => (await own())[0]?.state === "final");
    deepEqual((await reconcile(world.house)).differences, []);
  });

  const reasonOf = (one: Chain) => reason(one).replace("the chain is stopped: ", "");
});
