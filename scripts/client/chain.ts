import {
  type Address,
  createTestClient,
  erc20Abi,
  type Hex,
  http,
  type LocalAccount,
  publicActions,
  type TransactionReceipt,
  walletActions,
} from "viem";
import { hardhat } from "viem/chains";
import { until } from "./until.ts";

/** How often a receipt is asked for, in milliseconds. */
const RECEIPT_EVERY_MS = 10;

/** A call as the API hands it out: `value` in wei. */
export interface CallJson {
  to: string;
  data: string;
  value: string;
}

/** Everything a wallet, and the weather, does to a local chain. */
export const chainClient = (url: string) =>
  createTestClient({ mode: "hardhat", chain: hardhat, transport: http(url), cacheTime: 0 })
    .extend(publicActions)
    .extend(walletActions);

export type ChainClient = ReturnType<typeof chainClient>;

/** Signs and sends a call. @returns the transaction's hash, before it is mined */
export const sendCall = (chain: ChainClient, account: LocalAccount, call: CallJson): Promise<Hex> =>
  chain.sendTransaction({
    account,
    chain: hardhat,
    to: call.to as Address,
    data: call.data as Hex,
    value: BigInt(call.value),
  });

/** Waits until a transaction is mined. @throws when it reverted */
export async function mined(chain: ChainClient, hash: Hex): Promise<TransactionReceipt> {
  const receipt = await until(`the receipt of ${hash}`, () => receiptOf(chain, hash), { everyMs: RECEIPT_EVERY_MS });
  if (receipt.status !== "success") throw new Error(`transaction ${hash} reverted`);
  return receipt;
}

/** The receipt of a transaction; undefined while it is not mined. */
export const receiptOf = (chain: ChainClient, hash: Hex): Promise<TransactionReceipt | undefined> =>
  chain.getTransactionReceipt({ hash }).catch(() => undefined);

/** Sends a call and waits until it is mined. */
export const doCall = async (chain: ChainClient, account: LocalAccount, call: CallJson): Promise<TransactionReceipt> =>
  mined(chain, await sendCall(chain, account, call));

/** Base units of a token an address owns; the zero address is ETH. */
export const balanceOf = (chain: ChainClient, token: Address, owner: Address): Promise<bigint> =>
  BigInt(token) === 0n
    ? chain.getBalance({ address: owner })
    : chain.readContract({ address: token, abi: erc20Abi, functionName: "balanceOf", args: [owner] });

/** Mines empty blocks one by one: those of one `hardhat_mine` of many have no parent that could be asked for. */
export async function mineBlocks(chain: ChainClient, blocks: number): Promise<void> {
  for (let mined = 0; mined < blocks; mined += 1) await chain.mine({ blocks: 1 });
}
