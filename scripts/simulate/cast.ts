import type { Address } from "viem";
import type { HDAccount } from "viem/accounts";
import { localAccount } from "../client/accounts.ts";

/** Who is who in a simulation; all of them own ETH from the first block on. */
export const MERCHANT = localAccount(2);
export const PLATFORM = localAccount(3);
export const STRANGER = localAccount(4);
export const OPERATOR = localAccount(5);
export const SHOPPERS = [localAccount(6), localAccount(7), localAccount(8)] as const;
/** A merchant that this house does not know. */
export const STRANGE_MERCHANT = localAccount(9);
export const ARBITER = localAccount(10);
export const DEPLOYER = localAccount(19);

/** Those who pay or put in tokens, and so are given some. */
export const WITH_TOKENS: readonly HDAccount[] = [...SHOPPERS, STRANGER, MERCHANT];
/** Base units of the token that each of them is given. */
export const POCKET_MONEY = 10n ** 15n;

/** Those who may come to have credit in the escrow. */
export const PAYEES: readonly Address[] = [MERCHANT, PLATFORM, STRANGE_MERCHANT, STRANGER, ...SHOPPERS].map(
  ({ address }) => address,
);
