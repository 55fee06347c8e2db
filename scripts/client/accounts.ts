import { type Hex, toHex } from "viem";
import { type HDAccount, mnemonicToAccount } from "viem/accounts";

/** Public words: whoever reads this can spend what these accounts own. For local chains only. */
const WORDS = "test test test test test test test test test test test junk";

/** An account of the well-known local phrase; 0 to 19 own 10,000 ETH on every fresh local chain, others nothing. */
export const localAccount = (addressIndex: number): HDAccount => mnemonicToAccount(WORDS, { addressIndex });

/** The private key of such an account. */
export function keyOf(account: HDAccount): Hex {
  const key = account.getHdKey().privateKey;
  if (!key) throw new Error("the account has no private key");
  return toHex(key);
}
