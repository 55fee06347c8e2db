import { LOCAL_CHAIN_ID } from "../localChain/chainId.ts";
import type { AddressBook, BookToken } from "./book.ts";
import { carryOut } from "./carryOut.ts";
import { rpc } from "./rpc.ts";
import { sender } from "./sender.ts";
import { birthOf } from "./startBlock.ts";
import { chainOf, placesOf, survey } from "./survey.ts";
import { LOCAL_ETH, tokensOf } from "./tokens.ts";

export { type AddressBook, type BookToken, writeAddressBook } from "./book.ts";

export type DeployOptions = {
  rpcUrl: string;
  /** Pays for the deployment and has no power afterwards. */
  privateKey: string;
  /** Tokens that are on the chain already. On the local chain ETH at 2,500 USD unless said, elsewhere none. */
  tokens?: BookToken[];
  /**
   * Also deploy TestUSD, which anyone may mint. On the local chain yes unless said, elsewhere no. It pays prices in USD,
   * or in another currency that is said, one for one.
   */
  testUsd?: boolean | { currency: string };
  tell?: (line: string) => void;
};

const A_MINUTE_MS = 60_000;
const MOST_PER_GAS = 500_000_000_000n;

/**
 * Deploys the escrow and what belongs to it from Hardhat's artifacts (`hardhat build` makes them), TestUSD where wanted,
 * at the addresses that they have on every chain. For chains of one's own: `npm run deploy` asks more before it pays.
 * @returns the address book of the chain
 * @throws when the node cannot be reached, the key has no money, or a deployment fails
 * @example const book = await deployContracts({ rpcUrl: "http://127.0.0.1:8545", privateKey })
 */
export async function deployContracts(options: DeployOptions): Promise<AddressBook> {
  const { rpcUrl, privateKey, tell = () => {}, tokens, ...wanted } = options;
  const ask = rpc(rpcUrl);
  const chain = await chainOf(ask);
  const local = chain.chainId === LOCAL_CHAIN_ID;
  const testUsd = wanted.testUsd ?? local;
  const found = await survey({ ask, chain, method: "create2", wanted: { testUsd: testUsd !== false } });
  const patience = { timeoutMs: A_MINUTE_MS, tell };
  const payer = sender({ ask, chainId: chain.chainId, privateKey, mostPerGas: MOST_PER_GAS, ...patience });
  const mined = await carryOut(found, { ask, payer, confirmations: 1, ...patience });
  const places = placesOf(found);
  const startBlock = mined.get("SettlementEscrow")?.block ?? (await birthOf(ask, places.escrow, tell));
  const currency = typeof testUsd === "object" ? testUsd.currency : undefined;
  return { ...places, startBlock, tokens: tokensOf(found, tokens ?? (local ? [LOCAL_ETH] : []), currency) };
}
