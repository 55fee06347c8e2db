import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type Hex, parseTransaction } from "viem";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { createMetrics } from "../../server/core/metrics.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import type { Lie } from "./support/rpcProxy.ts";
import { openStage } from "./support/stage.ts";
import { type Issued, operator } from "./support/world.ts";

const GWEI = 1_000_000_000n;
const CAP = 50n * GWEI;

/** The node says that it took it, and has lost it. */
const lose: Lie = (call, ask) =>
  call.method === "eth_sendRawTransaction" ? { result: `0x${"0".repeat(64)}` } : ask(call);

/** What a transaction says apart from its price. */
const callOf = ({ chainId, nonce, to, data, value, gas }: ReturnType<typeof parseTransaction>) => ({
  ...{ chainId, nonce, to, data, value, gas },
});

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const node = stage.rpcProxy(chain);
  const world = stage.world(db, chain, () => ({
    ...{ rpcUrls: [node().url], maxFeePerGas: CAP, rpcTimeoutMs: 1_000, replaceAfterMs: 300 },
  }));
  const metrics = createMetrics();
  const running = stage.running(world, { metrics });
  let order: Issued;
  beforeEach(async () => {
    node().lie(undefined);
    await chain().automine(true);
    await baseFee(GWEI / 10n);
    order = await world().issue();
    await world().pay(order);
    await eventually(async () => (await world().state(order)) === "confirmed");
    await chain().automine(false);
  });

  type Row = { id: string; state: string; nonce: string | number; hash: string; error: string | null };
  const own = async () => {
    const [row, ...more] = await world().rows<Row>(
      `SELECT t.id, t.state, t.nonce, t.hash, t.error FROM chain_transaction t
       JOIN chain_errand e ON e.transaction_id = t.id WHERE e.order_id = :id`,
      { id: order.orderId },
    );
    equal(more.length, 0);
    return row;
  };
  const attempts = async () => {
    const row = await own();
    return row
      ? world().rows<{ number: number; hash: Hex; raw: Hex }>(
          "SELECT number, hash, raw FROM chain_attempt WHERE transaction_id = :id ORDER BY number",
          { id: row.id },
        )
      : [];
  };
  const captured = () => eventually(async () => (await world().row(order)).captured === order.terms.amount);
  const isMined = () => eventually(async () => (await own())?.state === "mined");
  const known = (hash: Hex) => eventually(async () => (await chain().client.getTransaction({ hash })).hash === hash);
  /** Of the next block, which is mined. */
  async function baseFee(wei: bigint): Promise<void> {
    await chain().client.setNextBlockBaseFeePerGas({ baseFeePerGas: wei });
    await chain().mine(1);
  }
  /** The capture waits in the pool, for a price of some time ago. */
  const waiting = async (): Promise<Hex> => {
    await world().ask(order, "capture", order.terms.amount);
    const [first] = await eventually(async () => {
      const all = await attempts();
      return all.length === 1 && all;
    });
    await known(first?.hash as Hex);
    return first?.hash as Hex;
  };
  const counted = async (name: string): Promise<number> => {
    const metric = await metrics.registry.getSingleMetric(`tributary_chain_operator_${name}`)?.get();
    return metric?.values[0]?.value ?? 0;
  };

  it("a spike after sending: the same call under the same nonce, an eighth dearer, and that one settles it", async () => {
    await waiting();
    const before = await counted("replacements_total");
    await baseFee(5n * GWEI);
    const [first, second] = await eventually(async () => {
      const all = await attempts();
      return all.length === 2 && all.map(({ raw }) => parseTransaction(raw));
    });
    if (!first?.maxFeePerGas || !second?.maxFeePerGas) throw new Error("no price");
    const { maxFeePerGas, maxPriorityFeePerGas = 0n } = first;
    deepEqual(callOf(second), callOf(first));
    ok(second.maxFeePerGas * 8n >= maxFeePerGas * 9n);
    ok((second.maxPriorityFeePerGas ?? 0n) * 8n >= maxPriorityFeePerGas * 9n);
    ok(second.maxFeePerGas <= CAP);
    const hash = (await attempts())[1]?.hash as Hex;
    await known(hash);
    await chain().mine(1);
    await captured();
    await isMined();
    equal((await own())?.hash, hash);
    equal((await counted("replacements_total")) - before, 1);
    deepEqual((await reconcile(world().house)).differences, []);
  });

  it("a spike above the cap: it waits as it is, and is replaced once gas is affordable again", async () => {
    await waiting();
    await baseFee(60n * GWEI);
    await eventually(async () => (await counted("capped_total")) > 1);
    equal((await attempts()).length, 1);
    await baseFee(20n * GWEI);
    const all = await eventually(async () => {
      const now = await attempts();
      return now.length === 2 && now;
    });
    const { maxFeePerGas = 0n } = parseTransaction(all[1]?.raw as Hex);
    ok(maxFeePerGas <= CAP && maxFeePerGas > 18n * GWEI);
    await known(all[1]?.hash as Hex);
    await chain().mine(1);
    await captured();
  });

  it("the first attempt is mined after it was replaced: its receipt settles both, and there is one effect", async () => {
    const first = await waiting();
    node().lie(lose);
    await baseFee(5n * GWEI);
    await eventually(async () => (await attempts()).length > 1);
    await baseFee(GWEI / 10n);
    await isMined();
    await captured();
    equal((await own())?.hash, first);
    deepEqual((await reconcile(world().house)).differences, []);
  });

  it("killed between storing the second attempt and telling of it: told at the next start", async () => {
    await waiting();
    node().lie((call, ask) => (call.method === "eth_sendRawTransaction" ? new Promise(() => undefined) : ask(call)));
    await baseFee(5n * GWEI);
    const second = await eventually(async () => (await attempts())[1]);
    await running().stop();
    node().lie(undefined);
    running().again();
    await known(second.hash);
    await chain().mine(1);
    await isMined();
    equal((await own())?.hash, second.hash);
    await captured();
  });

  it("dropped while the price is as it was: told again, never as something else", async () => {
    const hash = await waiting();
    await chain().client.dropTransaction({ hash });
    await known(hash);
    equal((await attempts()).length, 1);
    await chain().mine(1);
    await captured();
  });

  it("another one with this key and nonce is in the pool: outbid, with the reason until then", async () => {
    node().lie(lose);
    await world().ask(order, "capture", order.terms.amount);
    const { nonce } = await eventually(async () => {
      const row = await own();
      return row?.state === "submitted" && row;
    });
    await chain().client.sendTransaction({
      ...{ account: operator, to: operator.address, value: 0n, nonce: Number(nonce) },
      ...{ maxFeePerGas: 2n * GWEI, maxPriorityFeePerGas: 2n * GWEI },
    });
    node().lie(undefined);
    const { error } = await eventually(async () => {
      const row = await own();
      return row?.error ? row : undefined;
    });
    match(error ?? "", /underpriced/i);
    const hash = await eventually(async () => {
      const newest = (await attempts()).at(-1)?.hash as Hex;
      return (await chain().client.getTransaction({ hash: newest })).hash;
    });
    await chain().mine(1);
    await captured();
    await isMined();
    equal((await own())?.hash, hash);
    equal((await own())?.error, null);
  });

  it("a nonce of somebody else with this key that was seen and is gone: filled, so that ours do not wait for ever", async () => {
    const foreign = await chain().client.sendTransaction({ account: operator, to: operator.address, value: 0n });
    await waiting();
    const nonce = Number((await own())?.nonce);
    await chain().client.dropTransaction({ hash: foreign });
    const filler = await eventually(async () => {
      const [row] = await world().rows<{ hash: Hex; to: string; data: string }>(
        'SELECT hash, "to", data FROM chain_transaction WHERE nonce = :nonce',
        { nonce: nonce - 1 },
      );
      return row;
    });
    deepEqual([filler.to, filler.data], [operator.address, "0x"]);
    await known(filler.hash);
    await chain().mine(1);
    await captured();
    await isMined();
    equal((await attempts()).length, 1);
  });

  it("a key without money: prepared with the reason, and sent when it has some", async () => {
    await chain().client.setBalance({ address: operator.address, value: 1n });
    await world().ask(order, "capture", order.terms.amount);
    const row = await eventually(async () => {
      const now = await own();
      return now?.error ? now : undefined;
    });
    equal(row.state, "prepared");
    match(row.error ?? "", /enough funds/);
    await chain().client.setBalance({ address: operator.address, value: 10n ** 20n });
    await known(row.hash as Hex);
    await chain().mine(1);
    await captured();
    await isMined();
    equal((await own())?.error, null);
  });
});
