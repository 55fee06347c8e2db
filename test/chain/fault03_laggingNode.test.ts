import { deepEqual, equal } from "node:assert/strict";
import { type Chain, startChain } from "../../server/chain/index.ts";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { anotherBranch, behind, type Lie, type RpcProxy } from "./support/rpcProxy.ts";
import { openStage } from "./support/stage.ts";

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const first = stage.rpcProxy(chain);
  const second = stage.rpcProxy(chain);
  const world = stage.world(db, chain, () => ({ rpcUrls: [first().url, second().url] }));
  const running = stage.running(world);

  const reverted = async () => (await world().rows("SELECT height FROM chain_log WHERE state = 'reverted'")).length;
  const asked = (node: RpcProxy, method: string) => node.calls.filter((call) => call.method === method).length;
  const looks = async (node: RpcProxy, more: number) => {
    const until = asked(node, "eth_getBlockByNumber") + more;
    await eventually(() => asked(node, "eth_getBlockByNumber") >= until);
  };

  it("takes a lower head for no reorganisation, and waits", async () => {
    const order = await world().issue();
    await world().pay(order);
    await world().caughtUp();
    const [before] = await world().rows("SELECT height, hash, version FROM chain_cursor");
    const height = Number(await chain().client.getBlockNumber());

    first().lie(behind(height - 3));
    second().lie(behind(height - 2));
    await looks(first(), 5);
    await looks(second(), 5);
    deepEqual(await world().rows("SELECT height, hash, version FROM chain_cursor"), [before]);
    equal(await reverted(), 0);
    equal(await world().state(order), "confirmed");
  });

  it("goes on with another node while one lags, and takes nothing back when the two disagree", async () => {
    second().lie(undefined);
    const order = await world().issue();
    await world().pay(order);
    await eventually(async () => (await world().state(order)) === "confirmed");
    equal(await reverted(), 0);
    first().lie(undefined);
    await world().caughtUp();
    deepEqual((await reconcile(world().house)).differences, []);
  });

  it("waits when a node answers with a head that it cannot serve yet", async () => {
    const order = await world().issue();
    await world().caughtUp();
    const height = Number(await chain().client.getBlockNumber());
    const both = [first(), second()];
    for (const node of both) node.lie(behind(height));
    await world().pay(order);
    await chain().mine(3);
    for (const node of both)
      node.lie((call, ask) =>
        call.method === "eth_getBlockByNumber" && Number(call.params[0]) > height ? { result: null } : ask(call),
      );
    await looks(first(), 5);
    equal(Number((await world().rows("SELECT height FROM chain_cursor"))[0]?.height), height);

    for (const node of both) node.lie(undefined);
    await eventually(async () => (await world().state(order)) === "confirmed");
    equal(await reverted(), 0);
  });

  it("goes on with another node when the one it reads stands still without knowing", async () => {
    await world().caughtUp();
    const height = Number(await chain().client.getBlockNumber());
    const order = await world().issue();
    const both = [first(), second()];
    for (const node of both) {
      node.lie(behind(height));
      node.calls.length = 0;
    }
    const heads = (node: RpcProxy) => asked(node, "eth_getBlockByNumber");
    await eventually(() => both.some((node) => heads(node) > 30));
    const [read, other] = heads(first()) > heads(second()) ? both : both.toReversed();
    await world().pay(order);
    other?.lie(undefined);
    await eventually(async () => (await world().state(order)) === "confirmed");
    read?.lie(undefined);
    equal(await reverted(), 0);
  });

  describe("two nodes behind one URL", () => {
    /** Lets every other request be answered by another node. */
    const takeTurns = (other: Lie): void => {
      let requests = 0;
      first().http(() => {
        requests += 1;
        return false;
      });
      first().lie((call, ask) => (requests % 2 === 0 ? ask(call) : other(call, ask)));
    };
    let alone: Chain;
    before(async () => {
      await running().stop();
      const { house } = world();
      const one = { ...house.config.chain, rpcUrls: [first().url] };
      alone = startChain({ ...house, config: { ...house.config, chain: one } });
    });
    afterEach(() => {
      first().lie(undefined);
      first().http(undefined);
    });
    after(() => alone?.stop());

    it("one ahead and one behind: nothing is skipped or taken back, and everything is read in the end", async () => {
      const height = Number(await chain().client.getBlockNumber());
      takeTurns(behind(height));
      for (let i = 0; i < 3; i += 1) {
        const order = await world().issue();
        await world().pay(order);
        await chain().mine(2);
        await eventually(async () => (await world().state(order)) === "confirmed");
      }
      equal(await reverted(), 0);
    });

    it("on two branches: ours stays while a node still has it, and the longer one is followed in the end", async () => {
      const order = await world().issue();
      await world().pay(order);
      await chain().mine();
      await world().caughtUp();
      const height = Number(await chain().client.getBlockNumber());
      const [before] = await world().rows("SELECT height, hash FROM chain_cursor");
      takeTurns(anotherBranch(height, 1));
      await looks(first(), 40);
      deepEqual(await world().rows("SELECT height, hash FROM chain_cursor"), [before]);
      equal(await reverted(), 0);

      await chain().mine(3);
      await world().caughtUp();
      equal(await reverted(), 0);
      equal(await world().state(order), "confirmed");
    });

    it("and when both have left ours, it is a reorganisation", async () => {
      const fork = await chain().mark();
      const order = await world().issue();
      await world().pay(order);
      await world().caughtUp();
      await chain().revertTo(fork);
      await chain().mine(1);
      await world().caughtUp();
      equal(await reverted(), 1);
    });
  });
});
