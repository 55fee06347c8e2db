import type { Hex } from "viem";
import { mineBlocks, mined, sendCall } from "../../client/chain.ts";
import { awaitPayment, type Bought, payByTransactions } from "../../client/orders.ts";
import { newsFor } from "../../client/payee.ts";
import { until } from "../../client/until.ts";
import { becomePaid, placeOrder, receive, sendOut } from "../acts.ts";
import { reorganise } from "../reorg.ts";
import type { World } from "../world.ts";

/** How deep a log lies when the house calls it final; the default of FINALITY. */
const FINAL_DEPTH = 12;

/** The same transaction, in another block of another branch. */
export async function paymentMoves(world: World): Promise<void> {
  const { say, chain } = world;
  say.chapter("The chain reorganises: a payment moves to another block");
  const order = await placeOrder(world, "chen", { notebook: 1 }, "escrow_eth");
  const raw = await signedPayment(world, order);
  const send = async () => mined(chain, await chain.sendRawTransaction({ serializedTransaction: raw }));
  let before: Hex = "0x";
  let after: Hex = "0x";
  const depth = await reorganise(
    chain,
    async () => {
      before = (await send()).blockHash;
      await mineBlocks(chain, 2);
      await awaitPayment(order, "paid", ({ state }) => state === "authorized");
    },
    async () => {
      after = (await send()).blockHash;
    },
  );
  if (before === after) throw new Error("the payment did not move");
  say.done(`${depth} blocks given up; paid in block ${short(before)} became paid in block ${short(after)}`);
  await becomeFinal(world, order);
  await becomePaid(world, order);
  say.done("the server followed: still paid, once, and now final");
  await sendOut(world, order);
  await receive(world, order);
}

/** The payer's money goes elsewhere on the branch that stays. */
export async function paymentIsDropped(world: World): Promise<void> {
  const { say, chain } = world;
  say.chapter("The chain reorganises: a payment is gone");
  const order = await placeOrder(world, "chen", { notebook: 2 }, "escrow_eth");
  const raw = await signedPayment(world, order);
  const { account } = order.shopper;
  const depth = await reorganise(
    chain,
    async () => {
      await mined(chain, await chain.sendRawTransaction({ serializedTransaction: raw }));
      await mineBlocks(chain, 2);
      await awaitPayment(order, "paid", ({ state }) => state === "authorized");
    },
    async () => {
      // the same nonce, so that the payment can never come back
      await mined(chain, await sendCall(chain, account, { to: account.address, data: "0x", value: "0" }));
    },
  );
  await awaitPayment(order, "unpaid again", ({ state, held }) => state === "pending" && held === "0");
  await until("Chen to be told that the payment is gone", async () =>
    (await newsFor(order.shopper)).some(({ kind, payload }) => kind === "payment.reverted" && isOf(order, payload)),
  );
  say.done(`${depth} blocks given up, the payment with them; the order is on hold and Chen was told`);
  await payByTransactions(chain, order);
  await becomePaid(world, order);
  await sendOut(world, order);
  await receive(world, order);
  say.done("Chen paid again by the same terms; the order went on");
}

/** The payment as a signed transaction that can be sent again as it is. */
async function signedPayment({ chain }: World, { shopper, authorization }: Bought): Promise<Hex> {
  const [call] = authorization.calls;
  if (!call) throw new Error("this order is not paid by a transaction");
  const { account } = shopper;
  const to = call.to as Hex;
  const request = await chain.prepareTransactionRequest({
    ...{ account, chain: chain.chain, to, data: call.data as Hex, value: BigInt(call.value) },
  });
  return chain.signTransaction({ ...request, account });
}

/** Mines until nothing can take an order's payment back, as the server sees it. */
async function becomeFinal({ chain }: World, order: Bought): Promise<void> {
  await mineBlocks(chain, FINAL_DEPTH);
  await awaitPayment(order, "final", ({ confidence }) => confidence === "final");
}

const isOf = (order: Bought, payload: unknown): boolean =>
  typeof payload === "object" && payload !== null && "order_id" in payload && payload.order_id === order.orderId;

const short = (hash: Hex): string => `${hash.slice(0, 10)}…`;
