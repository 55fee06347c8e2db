import type { Address, Hex } from "viem";
import { earned } from "./split.ts";
import { type Leg, packLeg, unpackLeg } from "./terms.ts";

/** A sale that was paid outside of the escrow, to be shared by an agreement. */
export type Sale = {
  /** Who took the buyer's money and so owes the other parties; its own legs do not move. */
  readonly account: Address;
  readonly operator: Address;
  /** In which the parties are credited; the zero address is ETH. */
  readonly token: Address;
  /** Base units of `token` that the buyer's payment is worth; below 2^104. */
  readonly gross: bigint;
  readonly agreement: Hex;
  /** Names the sale among all of the account's; good once. */
  readonly ref: Hex;
  /** As in terms: the merchant first, then fixed amounts, then parts per million. */
  readonly legs: readonly Leg[];
};

/** A sale as calldata and the `Distributed` event carry it (`Sale` in IRevenueDesk.sol). */
export type WireSale = Omit<Sale, "legs"> & { readonly legs: readonly bigint[] };

/** Packs a sale for the wire. Throws `RangeError` naming the field of a leg that does not fit its bits. */
export const packSale = (sale: Sale): WireSale => ({ ...sale, legs: sale.legs.map(packLeg) });

/** The inverse of `packSale`. */
export const unpackSale = (wire: WireSale): Sale => ({ ...wire, legs: wire.legs.map(unpackLeg) });

/**
 * What a sale moves: the parts of its gross that are not those of the account that owes them, in the order of the legs.
 * Their sum is what that account is debited.
 * @param sale with legs that can share its gross (`legsFault`)
 */
export function partsOwed({ account, gross, legs }: Sale): { account: Address; amount: bigint }[] {
  const parts = earned(gross, legs);
  return legs
    .map((leg, at) => ({ account: leg.account, amount: parts[at] ?? 0n }))
    .filter((part) => part.account.toLowerCase() !== account.toLowerCase());
}

/** How much of an account's credit another may distribute. Amounts in base units of the mandate's token. */
export type Mandate = {
  /** 0 ends the mandate. */
  readonly perCall: bigint;
  readonly perPeriod: bigint;
  /** Seconds; periods follow one another from the second in which the mandate was set. */
  readonly period: number;
  /** Chain second from which it is good no more. */
  readonly until: number;
};
