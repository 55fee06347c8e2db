import { randomBytes } from "node:crypto";
import { type Address, getAddress, type Hex, hexToBigInt, toHex, zeroAddress, zeroHash } from "viem";
import type { HDAccount } from "viem/accounts";
import { placeOrder } from "../../../scripts/support/placeOrder.ts";
import { type Chain, startChain } from "../../../server/chain/index.ts";
import type { Config } from "../../../server/config.ts";
import { system } from "../../../server/core/db/context.ts";
import type { Database } from "../../../server/core/db/database.ts";
import { sql } from "../../../server/core/db/sql.ts";
import type { House } from "../../../server/core/house.ts";
import { type Id, newId } from "../../../server/core/ids.ts";
import { startWorkers, type Workers } from "../../../server/core/tasks.ts";
import { userOfWallet } from "../../../server/modules/accounts/index.ts";
import { chainTimeS } from "../../../server/modules/chains/index.ts";
import { createMerchant } from "../../../server/modules/merchants/index.ts";
import * as orderBook from "../../../server/modules/orders/index.ts";
import * as payments from "../../../server/modules/payments/index.ts";
import { approveCall, authorizeCall } from "../../../server/protocol/calls.ts";
import { LEG_KIND, type Terms, termsHash } from "../../../server/protocol/terms.ts";
import { receiveAuthorizationTypedData } from "../../../server/protocol/typedData.ts";
import type { TestChain } from "../../support/chain.ts";
import { eventually } from "../../support/eventually.ts";
import { testHouse } from "../../support/house.ts";
import { wallet } from "../../support/wallets.ts";

/** Who is who in these tests. */
export const shopper = wallet(1);
export const merchant = wallet(2);
export const platform = wallet(3);
export const stranger = wallet(4);
export const operator = wallet(5);

const ACTOR = system("test");

/** An order of ours, with the terms that its payer consents to. */
export interface Issued {
  readonly orderId: Id;
  readonly id: Hex;
  readonly terms: Terms;
}

/** A house on a test's chain and database. */
export interface World {
  readonly house: House;
  readonly chain: TestChain;
  /** Places an order for one good and opens its payment, as checkout does. */
  issue(changes?: Partial<Terms>): Promise<Issued>;
  /** The shopper pays by allowance. */
  pay(order: Issued): Promise<void>;
  /** The shopper signs and has the operator relay it. */
  sign(order: Issued): Promise<void>;
  /** Asks the operator to move an order's money, in base units. */
  ask(order: Issued, kind: payments.PaymentRequest["kind"], amount: bigint): Promise<void>;
  /** Like `sign`, for all of them at the same moment. */
  signAll(orders: readonly Issued[]): Promise<void>;
  /** Like `ask`, for all of them at the same moment. */
  askAll(orders: readonly Issued[], kind: payments.PaymentRequest["kind"], amount: bigint): Promise<void>;
  /** Starts listener, operator and workers. */
  start(options?: Parameters<typeof startChain>[1]): Running;
  /** The escrow order's row. */
  row(order: Issued): Promise<payments.EscrowOrder>;
  /** The order's own state. */
  state(order: Issued): Promise<string>;
  /** Rows of any query, as the database gives them. */
  rows<Row = Record<string, unknown>>(query: string, values?: Record<string, string | number>): Promise<Row[]>;
  /** Waits until the house has read up to the chain's newest block. */
  caughtUp(): Promise<void>;
}

export interface Running {
  readonly chain: Chain;
  stop(): Promise<void>;
  /** Starts once more after `stop`, with another house if it is to be one. */
  again(house?: House): void;
}

/** Makes a world; `settings` replace parts of the chain's configuration. */
export async function makeWorld(
  db: Database,
  chain: TestChain,
  settings: Partial<Config["chain"]> = {},
): Promise<World> {
  const house = houseOn(db, chain, settings);
  const seller = await db.write(ACTOR, async (ctx) => {
    const owner = await userOfWallet(ctx, merchant.address, []);
    return createMerchant(ctx, [house.config.chain], { ownerId: owner.id, name: "Mugs", payee: merchant.address });
  });
  await chain.mint(shopper.address, 10n ** 12n);
  await chain.send(shopper, approveCall(chain.token, chain.escrow, 10n ** 12n));

  const domain = { chainId: chain.chainId, escrow: chain.escrow };
  const world: World = {
    house,
    chain,
    issue: async (changes = {}) => {
      const terms = { ...(await usualTerms(chain, house)), ...changes };
      const orderId = newId();
      await db.write(ACTOR, async (ctx) => {
        const buyer = await userOfWallet(ctx, terms.payer, []);
        await placeOrder(ctx, house.config.chain, { orderId, terms, buyerId: buyer.id, merchantId: seller.id });
      });
      return { orderId, terms, id: termsHash(domain, terms) };
    },
    pay: async ({ terms }) => {
      await chain.send(shopper, authorizeCall(domain, terms));
    },
    sign: (order) => world.signAll([order]),
    signAll: async (orders) => {
      const signatures = await Promise.all(
        orders.map(({ terms }) =>
          shopper.signTypedData(receiveAuthorizationTypedData(tokenDomain(chain), domain, terms) as never),
        ),
      );
      await db.write(ACTOR, async (ctx) => {
        for (const [at, { orderId }] of orders.entries())
          await payments.authorize(ctx, orderId, signatures[at] ?? "0x");
      });
    },
    ask: (order, kind, amount) => world.askAll([order], kind, amount),
    askAll: async (orders, kind, amount) => {
      await db.write(ACTOR, async (ctx) => {
        const nowS = await chainTimeS(ctx, chain.chainId);
        for (const { orderId } of orders)
          await payments.ask(ctx, await payments.escrowOrderOf(ctx, orderId), { kind, amount }, nowS);
      });
    },
    start: (options) => start(house, options),
    row: ({ orderId }) => db.read(ACTOR, (ctx) => payments.escrowOrderOf(ctx, orderId)),
    state: async ({ orderId }) => (await db.read(ACTOR, (ctx) => orderBook.byId(ctx, orderId)))?.state ?? "none",
    rows: async (query, values = {}) => (await db.read(ACTOR, (ctx) => sql(ctx.db, query, values))).rows as never,
    caughtUp: async () => {
      await eventually(async () => {
        const { hash } = await chain.client.getBlock();
        const read = await world.rows("SELECT hash FROM chain_cursor WHERE chain_id = :id", { id: chain.chainId });
        return read[0]?.hash === hash;
      });
    },
  };
  return world;
}

/** A house with the chain's addresses, polling fast, and silent. */
function houseOn(db: Database, chain: TestChain, settings: Partial<Config["chain"]> = {}): House {
  const house = testHouse(db);
  const tokens = chain.book.tokens.map(({ rate_num, rate_den, address, ...token }) => ({
    ...{ ...token, name: token.name, version: token.version, address: getAddress(address) },
    ...{ rateNum: BigInt(rate_num), rateDen: BigInt(rate_den) },
  }));
  const place: Config["chain"] = {
    ...house.config.chain,
    ...{ id: chain.chainId, rpcUrls: [chain.url], genesisHash: chain.book.genesisHash as Hex },
    ...{ escrow: chain.escrow, startBlock: chain.book.startBlock, tokens, pollMs: 20 },
    ...{ operatorKey: privateKeyOf(operator), operator: operator.address },
    ...settings,
  };
  return { ...house, config: { ...house.config, chain: place } };
}

/** A development account's key. */
export function privateKeyOf(account: HDAccount): Hex {
  const { privateKey } = account.getHdKey();
  if (!privateKey) throw new Error("a development account without a key");
  return toHex(privateKey);
}

export const tokenDomain = (chain: TestChain) => ({
  ...{ name: "Test USD", version: "1", chainId: chain.chainId, address: chain.token },
});

async function usualTerms(chain: TestChain, house: House): Promise<Terms> {
  const now = await chain.nowS();
  const leg = (account: Address, share: bigint, kind: number) => ({ account, share, kind });
  return {
    ...{ payer: shopper.address, operator: house.config.chain.operator, token: chain.token, amount: 25_000_000n },
    ...{ authorizeBy: now + 1_800, captureBy: now + 14 * 86_400, releaseDelay: 7 * 86_400 },
    ...{ arbiter: zeroAddress, rulingTime: 0, defaultToPayerPpm: 0, flags: 0, agreement: zeroHash },
    legs: [leg(merchant.address, 970_000n, LEG_KIND.merchant), leg(platform.address, 30_000n, LEG_KIND.platform)],
    salt: hexToBigInt(toHex(randomBytes(8))),
  };
}

function start(house: House, options?: Parameters<typeof startChain>[1]): Running {
  let [chain, workers] = both(house, options);
  return {
    get chain() {
      return chain;
    },
    stop: async () => {
      await workers.stop();
      await chain.stop();
    },
    again: (on = house) => {
      [chain, workers] = both(on, options);
    },
  };
}

function both(house: House, options?: Parameters<typeof startChain>[1]): [Chain, Workers] {
  const chain = startChain(house, options);
  const workers = startWorkers({
    ...{ db: house.db, log: house.log, now: () => house.clock.now(), handlers: chain.handlers, pollMs: 50 },
    concurrency: chain.concurrency,
  });
  return [chain, workers];
}
