import { type Currency, PPM } from "../../core/money.ts";

/** The kinds of places where goods are sold. */
export const CHANNEL_TYPES = ["web", "store", "mini_program", "social", "marketplace", "cross_border"] as const;
export type ChannelType = (typeof CHANNEL_TYPES)[number];

/** The largest commission, in parts per million. */
export const MOST_COMMISSION_PPM = 500_000;

/** Whether channel and platform together leave something to the merchant. All in parts per million. */
export const leavesAShare = (commissionPpm: number, platformFeePpm: number): boolean =>
  commissionPpm + platformFeePpm < PPM;

/** Whether one of these tokens can pay prices in this currency. */
export const isPayable = (currency: Currency, tokens: readonly { readonly currency: Currency }[]): boolean =>
  tokens.some((token) => token.currency === currency);
