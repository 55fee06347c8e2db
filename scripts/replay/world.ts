import type { Address } from "viem";
import { Books } from "../audit/books.ts";
import type { Place } from "../audit/chain.ts";
import type { ShownToken } from "../audit/report.ts";
import { type ChainClient, chainClient } from "../client/chain.ts";
import { type Send, sender } from "../client/http.ts";
import type { Session } from "../client/session.ts";
import type { Seller } from "../client/shop.ts";
import type { Child } from "../start/child.ts";
import type { Stack } from "../start/stack.ts";
import type { Narrator } from "../support/narrator.ts";
import { type Horizon, watchHorizon } from "./horizon.ts";
import { walletOf } from "./people.ts";
import { CHANNELS, type Plan } from "./plan.ts";
import type { Kind } from "./shares.ts";

/** What every price is in, and how a parcel travels. */
export const CURRENCY = "BRL";
export const EXPRESS_TYPE = "standard";

export const PLATFORM = walletOf("platform", "1");
export const CARRIER = walletOf("carrier", "1");

const numbers = Array.from({ length: CHANNELS }, (_, at) => `${at + 1}`);
export const CHANNEL_WALLETS = numbers.map((number) => walletOf("channel", number));
export const AGENT_WALLETS = numbers.map((number) => walletOf("agent", number));

/** A channel, or the agent who refers shoppers to it. */
interface Intermediary {
  readonly code: string;
  readonly name: string;
  readonly payee: Address;
}

/** The channels orders come by. */
export const CHANNEL_PLANS: readonly Intermediary[] = CHANNEL_WALLETS.map(({ address }, at) => ({
  ...{ code: `channel-${at + 1}`, name: `Channel ${at + 1}`, payee: address },
}));

/** Their agents, one each. */
export const AGENT_PLANS: readonly Intermediary[] = AGENT_WALLETS.map(({ address }, at) => ({
  ...{ code: `AGENT${at + 1}`, name: `Agent ${at + 1}`, payee: address },
}));

/** A shopper who has signed in. */
export interface Shopper {
  readonly session: Session;
  readonly addressId: string;
}

/** Everybody and everything that orders are made of, by their ids in the files. */
export interface Shop {
  readonly sellers: ReadonlyMap<string, Seller>;
  /** By the key of their plan. */
  readonly goods: ReadonlyMap<string, string>;
  readonly shoppers: ReadonlyMap<string, Shopper>;
}

/** What the replay acts on. */
export interface World {
  readonly stack: Stack;
  readonly chain: ChainClient;
  readonly place: Place;
  readonly token: ShownToken;
  readonly send: Send;
  readonly say: Narrator;
  readonly books: Books;
  readonly plan: Plan;
  readonly horizon: Horizon;
  /** The server that runs now. */
  server: Child;
}

/** Starts the server on a stack, and what watches both. */
export async function createWorld(stack: Stack, plan: Plan, say: Narrator): Promise<World> {
  const server = await stack.startServer();
  const chain = chainClient(stack.chain.url);
  const escrow = stack.book.escrow as Address;
  const { startBlock, tokens } = stack.book;
  const [token] = tokens;
  if (!token) throw new Error("nothing can be paid with on this chain");
  const { symbol, decimals } = token;
  const address = token.address as Address;
  return {
    ...{ stack, chain, say, plan, server, books: new Books(), send: sender(stack.origin) },
    place: { chain, escrow, startBlock, tokens: [address] },
    token: { address, symbol, decimals },
    horizon: watchHorizon(chain, escrow, startBlock, stack.origin),
  };
}

/** Which kind of party an account is to the sales, where it is one. */
export function kindsOf({ plan }: Pick<World, "plan">): ReadonlyMap<Address, Kind> {
  const sellers = new Set(plan.played.flatMap(({ parts }) => parts.map(({ sellerId }) => sellerId)));
  return new Map<Address, Kind>([
    [PLATFORM.address, "platform"],
    [CARRIER.address, "carrier"],
    ...CHANNEL_PLANS.map(({ payee }): [Address, Kind] => [payee, "channel"]),
    ...AGENT_PLANS.map(({ payee }): [Address, Kind] => [payee, "agent"]),
    ...[...sellers].map((id): [Address, Kind] => [walletOf("seller", id).address, "merchant"]),
  ]);
}
