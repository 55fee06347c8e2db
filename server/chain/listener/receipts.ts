import { type Address, type Hex, isAddressEqual } from "viem";
import type { Ask, Call } from "../rpc/endpoint.ts";
import { RpcError } from "../rpc/errors.ts";
import { hex, type LogSpan, type RawLog, toLogs } from "../rpc/read.ts";

/** As much of a receipt as tells its logs. */
interface ReceiptLogs {
  readonly logs?: { readonly address: unknown }[];
}

/** A block's logs of one contract, by its receipts: for a node that holds even one block's logs for too much. */
export async function logsByReceipts(ask: Ask, blockHash: Hex, span: LogSpan): Promise<RawLog[]> {
  return toLogs(await ofContract(ask, blockHash, span.address), span);
}

/** Whether a block has logs of one contract, by its receipts. */
export const hasLogs = async (ask: Ask, blockHash: Hex, address: Address): Promise<boolean> =>
  (await ofContract(ask, blockHash, address)).length > 0;

async function ofContract(ask: Ask, blockHash: Hex, contract: Address): Promise<unknown[]> {
  const receipts = await receiptsOf(ask, blockHash);
  const logs = receipts.flatMap((receipt) => receipt.logs ?? []);
  return logs.filter(({ address }) => isAddressEqual(hex(address), contract));
}

/** All receipts of a block; one by one from a node that does not know `eth_getBlockReceipts`, or finds it too much. */
async function receiptsOf(ask: Ask, hash: Hex): Promise<ReceiptLogs[]> {
  try {
    const [receipts] = await ask([{ method: "eth_getBlockReceipts", params: [hash] }]);
    if (Array.isArray(receipts)) return receipts;
  } catch (error) {
    if (!(error instanceof RpcError) || (error.fault !== "refused" && error.fault !== "too_large")) throw error;
  }
  const [block] = await ask([{ method: "eth_getBlockByHash", params: [hash, false] }]);
  // Behind one URL may be another node than the one that gave the block.
  if (block === null) throw new RpcError("behind", `the node lacks its block ${hash}`);
  const { transactions = [] } = block as { transactions?: Hex[] };
  const calls = transactions.map((transaction) => ({ method: "eth_getTransactionReceipt", params: [transaction] }));
  const receipts = await inParts(ask, calls);
  if (receipts.some((receipt) => receipt === null))
    throw new RpcError("behind", `the node lacks receipts of its block ${hash}`);
  return receipts as ReceiptLogs[];
}

/** Asks all at once, and in halves where that is too much. */
async function inParts(ask: Ask, calls: readonly Call[]): Promise<unknown[]> {
  if (calls.length === 0) return [];
  try {
    return await ask(calls);
  } catch (error) {
    if (!(error instanceof RpcError) || error.fault !== "too_large" || calls.length === 1) throw error;
    const half = Math.ceil(calls.length / 2);
    return [...(await inParts(ask, calls.slice(0, half))), ...(await inParts(ask, calls.slice(half)))];
  }
}
