import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Hex } from "viem";
import { escrowAbi } from "../../../server/protocol/abi.ts";
import { ApiProblem, NoAnswer } from "../../client/http.ts";
import { type Bought, ship, signPayment, submitPayment } from "../../client/orders.ts";
import { becomeCaptured, becomePaid, placeOrder, receive, sellerOf, sendOut } from "../acts.ts";
import type { World } from "../world.ts";

/** Kills at random come within so many milliseconds of the request. */
const SOON_MS = 400;

/** SIGKILL right after the signature was taken: the relay may be anywhere between task and receipt. */
export async function duringRelay(world: World): Promise<void> {
  const { say } = world;
  say.chapter("kill -9 in the middle of a relay");
  const order = await placeOrder(world, "ana", { mug: 1 }, "escrow_erc3009");
  await submitPayment(order, await signPayment(order));
  await world.server.kill();
  say.done("the server took Ana's signature and was killed at once");
  world.server = await world.stack.startServer();
  await becomePaid(world, order);
  await assertPaidOnce(world, order);
  say.done("started again, it went on where it was: paid, exactly once");
  await shipAndKill(world, order);
}

/** SIGKILL at a random moment after the merchant asked for the capture. */
async function shipAndKill(world: World, order: Bought): Promise<void> {
  const { say, books } = world;
  await ship(sellerOf(world, order), order);
  books.captured(order.orderId);
  const delay = Math.floor(world.random() * SOON_MS);
  await pause(delay);
  await world.server.kill();
  world.server = await world.stack.startServer();
  await becomeCaptured(world, order);
  await receive(world, order);
  say.done(`killed again ${delay} ms into the capture: captured once, received, shared`);
}

/** SIGKILL while the request itself is under way: the client does not know whether it was taken, and asks again. */
export async function duringRequest(world: World): Promise<void> {
  const { say } = world;
  say.chapter("kill -9 while Ana's signature is on its way");
  const order = await placeOrder(world, "ana", { notebook: 1 }, "escrow_erc3009");
  const signature = await signPayment(order);
  const key = randomUUID();
  const first = submitPayment(order, signature, key).then(
    () => "an answer",
    (error: unknown) => {
      if (error instanceof NoAnswer) return "none";
      throw error;
    },
  );
  const delay = Math.floor(world.random() * 20);
  await pause(delay);
  await world.server.kill();
  const answer = await first;
  world.server = await world.stack.startServer();
  const again = await submitAgain(order, signature, key);
  await becomePaid(world, order);
  await assertPaidOnce(world, order);
  say.done(`killed ${delay} ms into the request (${answer}); asked again with ${again} key: paid, exactly once`);
  await sendOut(world, order);
  await receive(world, order);
}

/**
 * The same key finds an answer that was kept, or begins anew. What died in between blocks the key for a minute; then
 * another key does, for the signature of an order pays it only once.
 */
async function submitAgain(order: Bought, signature: Hex, key: string): Promise<string> {
  try {
    await submitPayment(order, signature, key);
    return "the same";
  } catch (error) {
    if (!(error instanceof ApiProblem && error.code === "idempotency_key_running")) throw error;
    await submitPayment(order, signature);
    return "another";
  }
}

/** Asks the chain itself. */
async function assertPaidOnce({ chain, place }: World, { id, orderSn }: Bought): Promise<void> {
  const { escrow: address, startBlock } = place;
  const logs = await chain.getContractEvents({
    ...{ address, abi: escrowAbi, eventName: "Authorized", args: { id }, fromBlock: BigInt(startBlock) },
  });
  if (logs.length !== 1) throw new Error(`order ${orderSn} was paid ${logs.length} times`);
}
