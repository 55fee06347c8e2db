import { deepEqual } from "node:assert/strict";
import { type Address, erc20Abi, getAddress } from "viem";
import type { HDAccount } from "viem/accounts";
import { reconcile } from "../../../server/chain/reconciler/index.ts";
import { system } from "../../../server/core/db/context.ts";
import type { Database } from "../../../server/core/db/database.ts";
import { cancel } from "../../../server/flows/cancel.ts";
import { userOfWallet } from "../../../server/modules/accounts/index.ts";
import { authorizeCall, type Call, reclaimCall } from "../../../server/protocol/calls.ts";
import { type Terms, termsHash } from "../../../server/protocol/terms.ts";
import { startTestChain } from "../../support/chain.ts";
import { eventually } from "../../support/eventually.ts";
import { startRpcProxy } from "./rpcProxy.ts";
import { type Issued, makeWorld, shopper, stranger } from "./world.ts";

const TEST = system("test");

/** A row of `payment_exception`, as the database gives it. */
export interface Exception {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly due: string;
  readonly returned: string;
  readonly order_id: string | null;
}

export type PaymentEnds = Awaited<ReturnType<typeof openPaymentEnds>>;

/**
 * A house on a chain of its own, behind a node that can lie, with what tests of payments that are not as agreed need. It
 * wants two confirmations, and takes TestUSD alone. Stop it in `after`.
 */
export async function openPaymentEnds(database: Database) {
  const chain = await startTestChain();
  const node = await startRpcProxy(chain.url);
  const known = chain.book.tokens.filter(({ symbol }) => symbol === "TUSD");
  const tokens = known.map(({ rate_num, rate_den, address, ...token }) => ({
    ...{ ...token, address: getAddress(address), rateNum: BigInt(rate_num), rateDen: BigInt(rate_den) },
  }));
  const world = await makeWorld(database, chain, { rpcUrls: [node.url], tokens, confirmations: 2 });
  await chain.mint(stranger.address, 10n ** 12n);
  let running = world.start();

  const domain = () => ({ chainId: chain.chainId, escrow: chain.escrow });
  /** In one block, in this order. */
  const together = async (...sent: readonly [HDAccount, Call][]) => {
    await chain.automine(false);
    for (const [from, { to, data, value }] of sent) await chain.submit(from, { to, data, value, gas: 1_000_000n });
    await chain.mine();
    await chain.automine(true);
    await chain.mine();
  };
  const authorize = (terms: Terms) => together([shopper, authorizeCall(domain(), terms)]);
  const exceptionOf = async (terms: Terms): Promise<Exception | undefined> => {
    const id = termsHash(domain(), terms);
    return (await world.rows<Exception>("SELECT * FROM payment_exception WHERE terms_hash = :id", { id }))[0];
  };
  const become = (terms: Terms, state: string): Promise<Exception> =>
    eventually(async () => {
      const found = await exceptionOf(terms);
      return found?.state === state ? found : undefined;
    });
  const orderBecomes = (order: Issued, state: string) => eventually(async () => (await world.state(order)) === state);
  const trail = async ({ id }: Exception): Promise<string[]> => {
    const query = "SELECT event FROM payment_exception_event WHERE exception_id = :id ORDER BY id";
    return (await world.rows<{ event: string }>(query, { id })).map(({ event }) => event);
  };
  const dollars = (address: Address) =>
    chain.client.readContract({ address: chain.token, abi: erc20Abi, functionName: "balanceOf", args: [address] });
  const told = async ({ id }: Exception): Promise<Record<string, string>[]> => {
    const query = "SELECT payload FROM notification WHERE kind = 'payment.exception' AND payload LIKE :id ORDER BY id";
    const found = await world.rows<{ payload: string }>(query, { id: `%${id}%` });
    return found.map(({ payload }) => JSON.parse(payload));
  };
  const asked = async (terms: Terms) =>
    (
      await world.rows("SELECT purpose FROM chain_errand WHERE purpose LIKE :id", {
        id: `%${termsHash(domain(), terms)}%`,
      })
    ).length;
  const agreed = async () => {
    await world.caughtUp();
    deepEqual((await reconcile(world.house)).differences, []);
  };
  const cancelled = async ({ orderId, terms }: Issued) => {
    const buyer = await database.write(TEST, (ctx) => userOfWallet(ctx, terms.payer, []));
    await cancel(world.house, { kind: "user", id: buyer.id, roles: ["shopper"] }, { orderId });
  };
  /** The block in which money of an order went back. */
  const voidedAt = ({ id }: Issued): Promise<number> =>
    eventually(async () => {
      const query = "SELECT height FROM chain_log WHERE terms_hash = :id AND event = 'voided' AND state = 'applied'";
      const [log] = await world.rows<{ height: number | string }>(query, { id });
      return log && Number(log.height);
    });
  /** While nobody reads the chain. */
  const unread = async (work: () => Promise<unknown>) => {
    await running.stop();
    await work();
    running = world.start();
  };
  /** Terms whose payer can have the money back soon. */
  const soon = async (terms: Terms): Promise<Terms> => {
    const now = await chain.nowS();
    return { ...terms, authorizeBy: now + 100, captureBy: now + 200 };
  };
  const reclaimed = async (terms: Terms) => {
    await chain.increaseTime(terms.captureBy - (await chain.nowS()));
    await together([shopper, reclaimCall(domain(), terms)]);
    return become(terms, "returned");
  };

  return {
    ...{
      chain,
      node,
      world,
      domain,
      together,
      authorize,
      exceptionOf,
      become,
      orderBecomes,
      trail,
      dollars,
      told,
      asked,
      agreed,
      cancelled,
      voidedAt,
      unread,
      soon,
      reclaimed,
    },
    stop: async () => {
      await running.stop();
      await node.stop();
      await chain.stop();
    },
  };
}
