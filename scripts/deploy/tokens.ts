import type { BookToken } from "./book.ts";
import type { Survey } from "./survey.ts";

/** The name and version are those of OpenZeppelin's ERC20Permit("Test USD"); a cent is 10,000 base units. */
const TEST_USD = {
  symbol: "TUSD",
  decimals: 6,
  name: "Test USD",
  version: "1",
  currency: "USD",
  rate_num: "10000",
  rate_den: "1",
};

/** How books name the chain's own money. */
export const NATIVE = "0x0000000000000000000000000000000000000000";

/** ETH at 2,500 USD. */
export const LOCAL_ETH: BookToken = {
  address: NATIVE,
  symbol: "ETH",
  decimals: 18,
  currency: "USD",
  rate_num: "4000000000000",
  rate_den: "1",
};

/**
 * The tokens of a deployment's book: TestUSD where it was deployed, then the others.
 * @param currency what TestUSD pays one for one, where it is not USD
 */
export function tokensOf({ plan }: Survey, others: readonly BookToken[], currency?: string): BookToken[] {
  const address = plan.find(({ name }) => name === "TestUSD")?.address;
  if (!address) return [...others];
  const testUsd = others.find((token) => token.address === address) ?? { address, ...TEST_USD };
  const rest = others.filter((token) => token.address !== address);
  return [{ ...testUsd, ...(currency ? { currency } : {}) }, ...rest];
}
