import type { LocalAccount } from "viem";
import { localAccount } from "../client/accounts.ts";

/**
 * Everybody in the story. Payees and shoppers are accounts that own nothing on a fresh chain, so that whatever they
 * have at the end came through the escrow.
 */
export const CAST = {
  platform: localAccount(100),
  carrier: localAccount(101),
  channel: localAccount(102),
  pottery: localAccount(103),
  books: localAccount(104),
  /** Owns TUSD and not a wei of ETH. */
  ana: localAccount(110),
  /** Pays by allowance. */
  bo: localAccount(111),
  /** Pays in ETH. */
  chen: localAccount(112),
  /** Buys a hundred postcards. */
  dora: localAccount(113),
  /** Passes by, and may do what anyone may. */
  stranger: localAccount(3),
} satisfies Record<string, LocalAccount>;

/** TUSD that Ana and Bo are given before the story begins, in base units. */
export const POCKET_MONEY = 1_000_000_000n;

/** The payees with what they are to an order. */
export const PAYEES = [
  { name: "North Pottery", role: "merchant", account: CAST.pottery },
  { name: "Harbour Books", role: "merchant", account: CAST.books },
  { name: "Web shop", role: "channel", account: CAST.channel },
  { name: "Parcel post", role: "carrier", account: CAST.carrier },
  { name: "Tributary", role: "platform", account: CAST.platform },
  { name: "Ana", role: "shopper", account: CAST.ana },
  { name: "Bo", role: "shopper", account: CAST.bo },
  { name: "Chen", role: "shopper", account: CAST.chen },
  { name: "Dora", role: "shopper", account: CAST.dora },
] as const;
