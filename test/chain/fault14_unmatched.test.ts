import { deepEqual, equal } from "node:assert/strict";
import { zeroAddress } from "viem";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { approveCall, authorizeCall } from "../../server/protocol/calls.ts";
import { type Terms, termsHash } from "../../server/protocol/terms.ts";
import { startTestChain, type TestChain } from "../support/chain.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { type RpcProxy, startRpcProxy } from "./support/rpcProxy.ts";
import { makeWorld, operator, type Running, shopper, stranger, type World } from "./support/world.ts";

onBothDatabases((db) => {
  let chain: TestChain;
  let node: RpcProxy;
  let world: World;
  let running: Running;
  before(async () => {
    chain = await startTestChain();
    node = await startRpcProxy(chain.url);
    world = await makeWorld(db.database(), chain, { rpcUrls: [node.url] });
    await chain.mint(stranger.address, 10n ** 12n);
    await chain.send(stranger, approveCall(chain.token, chain.escrow, 10n ** 12n));
    running = world.start();
  });
  after(async () => {
    await running?.stop();
    await node?.stop();
    await chain?.stop();
  });

  const domain = () => ({ chainId: chain.chainId, escrow: chain.escrow });
  const statesOf = async (id: string) =>
    (await world.rows<{ state: string }>("SELECT state FROM chain_log WHERE terms_hash = :id", { id })).map(
      ({ state }) => state,
    );

  /** A payment that is not ours is stored as such, moves no order, is never captured, and stops nothing. */
  async function isUnmatched(terms: Terms, payer: typeof stranger): Promise<void> {
    const order = await world.issue();
    await chain.send(payer, authorizeCall(domain(), terms));
    await world.caughtUp();
    deepEqual(await statesOf(termsHash(domain(), terms)), ["unmatched"]);
    equal((await world.row(order)).state, "pending");

    await world.pay(order);
    await eventually(async () => (await world.state(order)) === "confirmed");
    await chain.mine(13);
    await world.caughtUp();
    deepEqual(await world.rows("SELECT id FROM chain_transaction"), []);
    deepEqual((await reconcile(world.house)).differences, []);
    equal(running.chain.readiness().ready, true);
  }

  it("a stranger's order with a stranger's operator", async () => {
    const { terms } = await world.issue();
    await isUnmatched({ ...terms, payer: stranger.address, operator: stranger.address }, stranger);
  });

  it("foreignTermsNeverCaptured: a stranger's variant of our terms that names our operator", async () => {
    const ours = await world.issue();
    await isUnmatched({ ...ours.terms, payer: stranger.address, operator: operator.address }, stranger);
    equal((await world.row(ours)).state, "pending");
  });

  it("the shopper's own payment of less than our terms say", async () => {
    const ours = await world.issue();
    await isUnmatched({ ...ours.terms, amount: 1n }, shopper);
    equal((await world.row(ours)).state, "pending");
  });

  it("our terms in another token", async () => {
    const ours = await world.issue();
    await isUnmatched({ ...ours.terms, token: zeroAddress, amount: 1_000n }, shopper);
    equal((await world.row(ours)).state, "pending");
  });

  it("a log that nobody can read is put aside, and the rest goes on", async () => {
    const [odd, order] = [await world.issue(), await world.issue()];
    await world.caughtUp();
    node.lie(async (call, ask) => {
      const answer = await ask(call);
      if (call.method !== "eth_getLogs" || "error" in answer) return answer;
      const logs = answer.result as { topics: string[] }[];
      return { result: logs.map((log) => (log.topics[1] === odd.id ? { ...log, data: "0x1234" } : log)) };
    });
    await world.pay(odd);
    await world.pay(order);
    await eventually(async () => (await world.state(order)) === "confirmed");
    node.lie(undefined);
    equal((await world.rows("SELECT height FROM chain_log WHERE state = 'quarantined'")).length, 1);
    equal((await world.row(odd)).state, "pending");
    deepEqual(
      (await reconcile(world.house)).differences.map(({ what }) => what),
      ["fold", "orders", "ledger", "ledger"],
    );
  });
});
