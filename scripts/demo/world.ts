import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Address, type LocalAccount, parseEther } from "viem";
import { Books } from "../audit/books.ts";
import type { Place } from "../audit/chain.ts";
import type { ShownToken } from "../audit/report.ts";
import { type ChainClient, chainClient, doCall } from "../client/chain.ts";
import { sender } from "../client/http.ts";
import { addAddress, type Bought } from "../client/orders.ts";
import { type Session, signIn } from "../client/session.ts";
import { type GoodPlan, haveChannel, haveGood, haveSeller, type Seller } from "../client/shop.ts";
import { mint } from "../seedShop.ts";
import type { Child } from "../start/child.ts";
import { freePort } from "../start/ports.ts";
import { DEPLOYER, STAFF, type Stack, startStack } from "../start/stack.ts";
import type { Narrator } from "../support/narrator.ts";
import { randomOf } from "../support/random.ts";
import { CAST, PAYEES, POCKET_MONEY } from "./cast.ts";

export interface DemoOptions {
  /** Payments whose latency is measured. */
  readonly samples: number;
  /** Of every moment that is left to chance. */
  readonly seed: number;
  /** Whether the folder with database and log stays. */
  readonly keep: boolean;
  /** `postgres://…`; a SQLite file unless said. */
  readonly database?: string;
  /** Where the chain listens; a free port unless said. */
  readonly chainPort?: number;
  /** Variables of the server's environment that are to be otherwise. */
  readonly env?: Readonly<Record<string, string>>;
}

export type ShopperName = "ana" | "bo" | "chen" | "dora";
export interface Shopper {
  readonly session: Session;
  readonly addressId: string;
}

const GOODS = {
  mug: { seller: "pottery", name: "Blue mug", description: "Stoneware, 300 ml.", price: 1_850, stock: 100 },
  bowl: { seller: "pottery", name: "Breakfast bowl", description: "Stoneware, 600 ml.", price: 2_433, stock: 100 },
  atlas: { seller: "books", name: "Atlas of rivers", description: "240 pages.", price: 4_799, stock: 100 },
  notebook: { seller: "books", name: "Notebook", description: "Dotted, 160 pages.", price: 1_201, stock: 100 },
  postcard: { seller: "books", name: "Postcard", description: "A river, in spring.", price: 97, stock: 10_000 },
} as const satisfies Record<string, GoodPlan & { seller: string }>;
export type GoodName = keyof typeof GOODS;

/** Everything the chapters of the story act on. */
export interface World {
  readonly stack: Stack;
  readonly chain: ChainClient;
  readonly place: Place;
  readonly tokens: readonly ShownToken[];
  readonly say: Narrator;
  readonly books: Books;
  readonly options: DemoOptions;
  /** 0 to 1, of the seed. */
  readonly random: () => number;
  readonly channel: string;
  readonly shoppers: Readonly<Record<ShopperName, Shopper>>;
  readonly sellers: readonly Seller[];
  readonly goods: Readonly<Record<GoodName, string>>;
  /** Every order that was placed. */
  readonly orders: Bought[];
  /** The server that runs now. */
  server: Child;
}

/** Builds a world of its own: chain, contracts, server, shop, people with money. */
export async function createWorld(options: DemoOptions, say: Narrator): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-demo-"));
  const port = await freePort();
  const stack = await startStack({
    folder,
    port,
    chainPort: options.chainPort ?? 0,
    jwtSecret: randomBytes(32).toString("hex"),
    platformPayee: CAST.platform.address,
    carrierPayee: CAST.carrier.address,
    ...(options.database ? { databaseUrl: options.database } : {}),
    ...(options.env ? { env: options.env } : {}),
  });
  const stop = async () => {
    await stack.stop();
    if (options.keep) say.plain(`kept: ${folder}`);
    else await rm(folder, { recursive: true, force: true });
  };
  try {
    return await furnish({ ...stack, stop }, options, say);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function furnish(stack: Stack, options: DemoOptions, say: Narrator): Promise<World> {
  say.done(`a chain, with the escrow at ${stack.book.escrow}`);
  const server = await stack.startServer();
  say.done(`a server at ${stack.origin}, on ${options.database ? "PostgreSQL" : "SQLite"}; seed ${options.seed}`);
  const chain = chainClient(stack.chain.url);
  const tokens = stack.book.tokens.map(({ address, symbol, decimals }) => ({
    address: address as Address,
    symbol,
    decimals,
  }));
  await giveMoney(chain, tokens);
  const shop = await openShop(stack, say);
  const place = {
    chain,
    escrow: stack.book.escrow as Address,
    startBlock: stack.book.startBlock,
    tokens: tokens.map(({ address }) => address),
  };
  const random = randomOf(options.seed);
  return { stack, chain, place, tokens, say, books: new Books(), orders: [], options, random, server, ...shop };
}

/** Everybody but Ana gets ETH for gas, the shoppers what they pay with. */
async function giveMoney(chain: ChainClient, tokens: readonly ShownToken[]): Promise<void> {
  const give = (account: LocalAccount, ether: string) =>
    doCall(chain, DEPLOYER, { to: account.address, data: "0x", value: String(parseEther(ether)) });
  for (const { account } of PAYEES.filter(({ name }) => name !== "Ana")) await give(account, "10");
  const testUsd = tokens.find(({ symbol }) => symbol === "TUSD")?.address;
  if (!testUsd) throw new Error("there is no TUSD on this chain");
  for (const { address } of [CAST.ana, CAST.bo]) await mint(chain, testUsd, DEPLOYER, address, POCKET_MONEY);
}

async function openShop(stack: Stack, say: Narrator) {
  const send = sender(stack.origin);
  const staff = await signIn(send, STAFF);
  const plan = { code: "web", name: "Web shop", currency: "USD", payee: CAST.channel.address, commissionPpm: 50_000 };
  const channel = { id: await haveChannel(staff, plan), code: plan.code };
  const sellers = {
    pottery: await haveSeller(await signIn(send, CAST.pottery), "North Pottery"),
    books: await haveSeller(await signIn(send, CAST.books), "Harbour Books"),
  };
  const goods: Partial<Record<GoodName, string>> = {};
  for (const name of Object.keys(GOODS) as GoodName[]) {
    const { seller, ...good } = GOODS[name];
    goods[name] = await haveGood(sellers[seller], channel, good);
  }
  const shopper = async (account: LocalAccount, name: string): Promise<Shopper> => {
    const session = await signIn(send, account);
    return { session, addressId: await addAddress(session, name) };
  };
  const shoppers = {
    ana: await shopper(CAST.ana, "Ana"),
    bo: await shopper(CAST.bo, "Bo"),
    chen: await shopper(CAST.chen, "Chen"),
    dora: await shopper(CAST.dora, "Dora"),
  };
  say.done("a channel with two merchants and five goods; four shoppers signed in with their wallets");
  return {
    channel: channel.code,
    shoppers,
    sellers: Object.values(sellers),
    goods: goods as Record<GoodName, string>,
  };
}
