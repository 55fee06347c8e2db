import { deepEqual, equal, ok } from "node:assert/strict";
import { erc20Abi } from "viem";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { startWorkers, type Workers } from "../../server/core/tasks.ts";
import { type Jobs, startJobs } from "../../server/jobs/index.ts";
import {
  done,
  type ExitBody,
  type Market,
  type OrderBody,
  once,
  openMarket,
  type PaymentBody,
  type PlacedBody,
  type Shopper,
} from "../server/flows/market.ts";
import { startTestChain, type TestChain } from "../support/chain.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { wallet } from "../support/wallets.ts";
import { makeWorld, type Running, type World } from "./support/world.ts";

const DAY_MS = 24 * 3_600_000;

type Payment = Omit<PaymentBody, "transactions"> & { transactions: { hash: string | null; purpose: string }[] };
type WithdrawalBody = ExitBody & { withdrawal_id: string; state: string };

/** Orders through the real API on a real chain, from the cart to the payee's wallet. */
onBothDatabases((db) => {
  let chain: TestChain;
  let world: World;
  let running: Running;
  let market: Market;
  let jobs: Jobs;
  let workers: Workers;
  let ada: Shopper;
  let mug: string;
  let hat: string;

  before(async () => {
    chain = await startTestChain();
    world = await makeWorld(db.database(), chain);
    running = world.start();
    market = await openMarket(db, world.house);
    jobs = startJobs(world.house);
    const { log, clock } = world.house;
    const monthAhead = () => clock.now() + 30 * DAY_MS;
    workers = startWorkers({ db: db.database(), log, now: monthAhead, handlers: jobs.handlers, pollMs: 50 });
    ada = await market.shopper(wallet(6));
    await chain.mint(ada.account.address, 10n ** 10n);
    mug = await market.good(0, "Mug", "1234", 1_000);
    hat = await market.good(1, "Hat", "999", 1_000);
  });
  after(async () => {
    await workers?.stop();
    await jobs?.stop();
    await market?.server.stop();
    await running?.stop();
    await chain?.stop();
  });

  const order = (id: string) => done(ada.client.get<OrderBody>(`/api/v1/orders/${id}`));
  const payment = (id: string) => done(ada.client.get<Payment>(`/api/v1/orders/${id}/payment`));
  const become = (id: string, what: (payment: Payment) => boolean) =>
    eventually(async () => {
      const seen = await payment(id);
      return what(seen) ? seen : undefined;
    });
  const status = (id: string, wanted: string) => eventually(async () => (await order(id)).status === wanted);
  const placed = (goods: Record<string, number>) => done(market.order(ada, goods));
  const pay = async ({ payment_id, authorizations }: PlacedBody) => {
    const typedData = authorizations[0]?.typed_data;
    ok(typedData);
    const signature = await ada.account.signTypedData(typedData);
    await done(ada.client.post(`/api/v1/payments/${payment_id}/authorizations`, { signature }, once()));
  };
  const idsOf = ({ orders }: PlacedBody) => orders.map(({ order_id }) => order_id);
  const paid = async (goods: Record<string, number>) => {
    const body = await placed(goods);
    await pay(body);
    for (const id of idsOf(body)) await status(id, "paid");
    return idsOf(body);
  };
  const ship = (seller: 0 | 1, id: string, body: unknown = {}) =>
    done(market.sellers[seller].client.post(`/api/v1/orders/${id}/ship`, body));
  const exit = async (offer: ExitBody | null | undefined) => {
    ok(offer);
    const { deadline, typed_data, submit_to } = offer;
    const signature = await ada.account.signTypedData(typed_data);
    await done(ada.client.post(submit_to, { deadline, signature }));
  };
  const dollars = (address: `0x${string}`) =>
    chain.client.readContract({ address: chain.token, abi: erc20Abi, functionName: "balanceOf", args: [address] });
  const transactionFor = ({ transactions }: Payment, purpose: string) =>
    transactions.filter((one) => one.purpose.startsWith(purpose)).map(({ hash }) => hash);

  it("pays a basket of two merchants by one signature and one transaction", async () => {
    const [first = "", second = ""] = await paid({ [mug]: 1, [hat]: 1 });
    const hashes = [await payment(first), await payment(second)].flatMap((one) => transactionFor(one, "authorize"));
    equal(hashes.length, 2);
    equal(new Set(hashes).size, 1);
  });

  it("pays a basket in ETH by one call of the payer, and by an allowance by two", async () => {
    for (const [payment_method, calls] of [
      ["escrow_eth", 1],
      ["escrow_allowance", 2],
    ] as const) {
      const body = await done(market.order(ada, { [mug]: 1, [hat]: 1 }, { payment_method }));
      const [asked, ...more] = body.authorizations;
      deepEqual([asked?.calls.length, more], [calls, []]);
      for (const { to, data, value } of asked?.calls ?? [])
        await chain.send(ada.account, { to: to as `0x${string}`, data, value: BigInt(value) });
      for (const id of idsOf(body)) await status(id, "paid");
    }
  });

  it("sends and refunds by pieces, and the chain has exactly what the API says", async () => {
    const before = await dollars(ada.account.address);
    const [id = ""] = await paid({ [mug]: 3 });
    const amount = BigInt((await order(id)).terms.amount);
    await ship(0, id, { lines: [{ good_id: mug, count: 1 }], tracking_no: "NL 1" });
    const third = BigInt((await become(id, ({ captured }) => captured !== "0")).captured);
    equal(third, amount / 3n);
    const refund = { lines: [{ good_id: mug, count: 1 }] };
    await done(market.sellers[0].client.post(`/api/v1/orders/${id}/refunds`, refund, once()));
    const { returned } = await become(id, (seen) => seen.returned !== "0");
    await ship(0, id);
    const { captured, held } = await become(id, (seen) => seen.held === "0");
    deepEqual([BigInt(captured) + BigInt(returned), held], [amount, "0"]);
    equal(before - (await dollars(ada.account.address)), BigInt(captured));
    equal((await order(id)).status, "shipped");
  });

  it("ends an order by the signed burning of its terms, after which nobody can pay it", async () => {
    const body = await placed({ [mug]: 1 });
    const [id = ""] = idsOf(body);
    await exit((await payment(id)).cancel_terms);
    await status(id, "cancelled");
    equal((await payment(id)).state, "cancelled");
    const refused = ada.account.signTypedData(body.authorizations[0]?.typed_data ?? ({} as never));
    const answer = await ada.client.post(
      `/api/v1/payments/${body.payment_id}/authorizations`,
      { signature: await refused },
      once(),
    );
    equal(answer.status, 409);
  });

  it("releases what is due together in one transaction, and pays a payee out by signature", async () => {
    const ids = [await paid({ [mug]: 1 }), await paid({ [mug]: 1 })].flat();
    for (const id of ids) await ship(0, id);
    for (const id of ids) await become(id, ({ captured }) => captured !== "0");
    await chain.increaseTime(world.house.config.settlement.releaseDelayS + 1);
    const seen = await Promise.all(ids.map((id) => become(id, ({ released }) => released !== "0")));
    equal(new Set(seen.flatMap((one) => transactionFor(one, "release"))).size, 1);
    await status(ids[0] ?? "", "settled");

    await chain.mine(13);
    await world.caughtUp();
    const seller = market.sellers[0].client;
    const balances = await done(seller.get<{ data: { token: string; payable: string }[] }>("/api/v1/balances"));
    const payable = balances.data.find(({ token }) => token === chain.token)?.payable ?? "0";
    ok(BigInt(payable) > 0n);
    const before = await dollars(wallet(9).address);
    const request = { token: chain.token, amount: payable, to: wallet(9).address };
    const asked = await done(seller.post<WithdrawalBody>("/api/v1/withdrawals", request, once()));
    const signature = await wallet(1).signTypedData(asked.typed_data);
    await done(seller.post(asked.submit_to, { signature }, once()));
    const path = `/api/v1/withdrawals/${asked.withdrawal_id}`;
    const state = async () => (await done(seller.get<WithdrawalBody>(path))).state;
    await eventually(async () => (await state()) === "mined");
    equal((await dollars(wallet(9).address)) - before, BigInt(payable));
    await chain.mine(13);
    await eventually(async () => (await state()) === "final");
  });

  it("gives back by a signed reclaim what nobody captured in time", async () => {
    const before = await dollars(ada.account.address);
    const [id = ""] = await paid({ [hat]: 2 });
    const { terms } = await order(id);
    await chain.increaseTime(terms.capture_by - (await chain.nowS()) + 1);
    const { reclaim } = await become(id, (seen) => seen.reclaim !== null);
    await exit(reclaim);
    await status(id, "refunded");
    equal(await dollars(ada.account.address), before);
    // Releases of other orders are due by now and may be on their way.
    await eventually(async () => (await reconcile(world.house)).differences.length === 0);
  });
});
