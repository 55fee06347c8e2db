import { deepEqual, equal, notEqual } from "node:assert/strict";
import type { Hash, Hex } from "viem";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { authorizeCall } from "../../server/protocol/calls.ts";
import { describeOnAnvil, startAnvil } from "../support/anvil.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { openStage } from "./support/stage.ts";
import { type Issued, shopper } from "./support/world.ts";

/** A look may be broken several times before one ends. */
const SLOW = { timeoutMs: 40_000 };

describeOnAnvil("an anvil", () =>
  onBothDatabases((db) => {
    const stage = openStage();
    const anvil = stage.opened(
      () => startAnvil("--accounts", "20"),
      (node) => node.stop(),
    );
    const chain = stage.chain(() => ({ node: anvil() }));
    const wire = stage.tcpProxy(chain);
    const world = stage.world(db, chain, () => ({ rpcUrls: [wire().url], rpcTimeoutMs: 2_000 }));
    stage.running(world);
    let breaks: NodeJS.Timeout;
    before(() => {
      // A slow network that breaks now and then, all the while.
      let turn = 0;
      breaks = setInterval(() => {
        turn += 1;
        void wire().trouble(
          turn % 8 === 0 ? { kind: "reset", afterBytes: turn % 2 ? 0 : 200 } : { kind: "latency", ms: 5 },
        );
      }, 60);
    });
    after(() => clearInterval(breaks));

    /** Pays by allowance. @returns the transaction's hash */
    const pay = async ({ terms }: Issued): Promise<Hash> => {
      const call = authorizeCall({ chainId: chain().chainId, escrow: chain().escrow }, terms);
      return (await chain().send(shopper, call)).transactionHash;
    };
    const confirmed = (order: Issued) => eventually(async () => (await world().state(order)) === "confirmed");
    const blocksOf = (order: Issued) =>
      world().rows<{ block_hash: string; state: string }>(
        "SELECT block_hash, state FROM chain_log WHERE terms_hash = :id ORDER BY state",
        { id: order.id },
      );

    it("payments and captures on another node than Hardhat's, over a network that breaks", async () => {
      const orders = [await world().issue(), await world().issue(), await world().issue()];
      const [first] = orders;
      if (first) await pay(first);
      for (const order of orders.slice(1)) await world().sign(order);
      for (const order of orders) await confirmed(order);
      await world().askAll(orders, "capture", 10_000_000n);
      for (const order of orders) await eventually(async () => (await world().row(order)).captured === 10_000_000n);
      await chain().mine(4);
    });

    it("a reorganisation of depth 3 that gives a payment back: the same effect, once, in another block", async () => {
      const order = await world().issue();
      const raw = await anvil().ask<Hex>("eth_getRawTransactionByHash", [await pay(order)]);
      await chain().mine(2);
      await confirmed(order);
      await world().caughtUp();
      const [before] = await blocksOf(order);
      await anvil().ask("anvil_reorg", [3, [[raw, 1]]]);
      await eventually(async () => (await blocksOf(order)).length === 2, SLOW);
      await world().caughtUp();
      const [applied, reverted] = await blocksOf(order);
      deepEqual([applied?.state, reverted?.state, reverted?.block_hash], ["applied", "reverted", before?.block_hash]);
      notEqual(applied?.block_hash, before?.block_hash);
      equal((await world().row(order)).held, order.terms.amount);
      equal(await world().state(order), "confirmed");
    });

    it("a reorganisation of depth 3 that does not: the payment is taken back", async () => {
      const order = await world().issue();
      await pay(order);
      await chain().mine(2);
      await confirmed(order);
      await world().caughtUp();
      await anvil().ask("anvil_reorg", [3, []]);
      await eventually(async () => (await world().row(order)).state === "pending", SLOW);
      equal((await world().row(order)).held, 0n);
      notEqual(await world().state(order), "confirmed");
    });

    it("books and chain are equal in the end", async () => {
      clearInterval(breaks);
      await wire().trouble(undefined);
      await chain().mine(13);
      await world().caughtUp();
      await eventually(async () => {
        const open = await world().rows("SELECT id FROM chain_transaction WHERE state NOT IN ('final', 'failed')");
        return open.length === 0;
      });
      deepEqual((await reconcile(world().house)).differences, []);
    });
  }),
);
