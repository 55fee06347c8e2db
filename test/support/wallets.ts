import type { HDAccount } from "viem/accounts";
import { mnemonicToAccount } from "viem/accounts";

/** Hardhat's well-known development words: the first twenty accounts hold 10,000 ETH on every local chain. */
const WORDS = "test test test test test test test test test test test junk";

/**
 * The same account for the same number, in every run. 0 to 19 are rich; above that they own nothing.
 * @example const [deployer, shopper] = [wallet(0), wallet(1)]
 */
export function wallet(index: number): HDAccount {
  return mnemonicToAccount(WORDS, { addressIndex: index });
}
