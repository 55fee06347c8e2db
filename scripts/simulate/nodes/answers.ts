import {
  type Hex,
  keccak256,
  numberToHex,
  parseTransaction,
  recoverTransactionAddress,
  type TransactionSerialized,
} from "viem";
import { type Block, type Branch, forkHeight, type LogJson, logsOf, tipOf, type Waiting } from "../chain/blocks.ts";
import type { SimulatedChain } from "../chain/chain.ts";

/** One JSON-RPC call as it came. */
export interface RpcCall {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** What a node answers to one call. */
export type RpcAnswer = { readonly result: unknown } | { readonly error: RpcErrorJson };

export interface RpcErrorJson {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** How far a node is, and on which branch. */
export interface View {
  readonly branch: Branch;
  readonly height: number;
}

/** What becomes of a transaction that a node is given. */
export type Delivery = "pooled" | "refused" | "swallowed";

const result = (value: unknown): RpcAnswer => ({ result: value });
const failed = (code: number, message: string): RpcAnswer => ({ error: { code, message } });

/** What a true node at `view` answers. `deliver` decides what becomes of a transaction that nothing speaks against. */
export async function trueAnswer(
  chain: SimulatedChain,
  view: View,
  { method, params }: RpcCall,
  deliver: (waiting: Waiting) => Delivery,
): Promise<RpcAnswer> {
  const [first, second] = params;
  switch (method) {
    case "eth_blockNumber":
      return result(numberToHex(view.height));
    case "eth_getBlockByNumber":
      return result(blockNamed(view, first)?.json ?? null);
    case "eth_getBlockByHash":
      return result(blocksOf(view).find(({ hash }) => hash === first)?.json ?? null);
    case "eth_getBlockReceipts":
      return result((blocksOf(view).find(({ hash }) => hash === first) ?? blockNamed(view, first))?.receipts ?? null);
    case "eth_getLogs":
      return logsAnswer(view, first as LogFilter);
    case "eth_getTransactionReceipt":
      return result(receiptOf(view, first as Hex) ?? null);
    case "eth_getTransactionByHash":
      return result(transactionOf(chain, view, first as Hex));
    case "eth_getTransactionCount":
      return countAnswer(chain, view, first as Hex, second);
    case "eth_sendRawTransaction":
      return sendAnswer(chain, first as Hex, deliver);
    default:
      return stateAnswer(chain, view, method, params);
  }
}

const blocksOf = ({ branch, height }: View): Branch => branch.slice(0, height + 1);

function blockNamed({ branch, height }: View, name: unknown): Block | undefined {
  const at = heightNamed(height, name);
  return at > height ? undefined : branch[at];
}

const heightNamed = (height: number, name: unknown): number => {
  if (name === "earliest") return 0;
  return typeof name === "string" && name.startsWith("0x") ? Number(name) : height;
};

/** Which logs are asked for. */
export interface LogFilter {
  readonly address?: string;
  readonly blockHash?: Hex;
  readonly fromBlock?: string;
  readonly toBlock?: string;
  readonly topics?: readonly (Hex | readonly Hex[] | null)[];
}

/** Heights that a filter spans at a node. */
export function spanOf({ height }: Pick<View, "height">, filter: LogFilter): { from: number; to: number } {
  return {
    from: heightNamed(height, filter.fromBlock ?? "latest"),
    to: heightNamed(height, filter.toBlock ?? "latest"),
  };
}

function logsAnswer(view: View, filter: LogFilter): RpcAnswer {
  const { from, to } = spanOf(view, filter);
  const blocks = filter.blockHash
    ? blocksOf(view).filter(({ hash }) => hash === filter.blockHash)
    : blocksOf(view).slice(from, to + 1);
  return result(blocks.flatMap(logsOf).filter((log) => fits(log, filter)));
}

function fits({ address, topics }: LogJson, filter: LogFilter): boolean {
  if (filter.address && address.toLowerCase() !== filter.address.toLowerCase()) return false;
  return (filter.topics ?? []).every((wanted, at) => {
    const topic = topics[at];
    return wanted === null || (topic !== undefined && [wanted].flat().includes(topic));
  });
}

const receiptOf = (view: View, hash: Hex) =>
  blocksOf(view)
    .flatMap(({ receipts }) => receipts)
    .find(({ transactionHash }) => transactionHash === hash);

function transactionOf({ pool }: SimulatedChain, view: View, hash: Hex): unknown {
  const block = blocksOf(view).find(({ json }) => json.transactions.includes(hash));
  if (block) return { hash, blockHash: block.hash, blockNumber: numberToHex(block.height) };
  return pool.some(({ signed }) => signed?.hash === hash) ? { hash, blockHash: null, blockNumber: null } : null;
}

/** The chain itself knows only the branch that stands; a node on another is asked of what both have. */
const knownHeight = (chain: SimulatedChain, { branch, height }: View): number => {
  const canonical = chain.branch();
  return branch === canonical ? height : Math.min(height, forkHeight(branch, canonical), tipOf(canonical).height);
};

async function countAnswer(chain: SimulatedChain, view: View, account: Hex, name: unknown): Promise<RpcAnswer> {
  const known = knownHeight(chain, view);
  const count = await chain.nonceOf(account, Math.min(known, heightNamed(known, name)));
  if (name !== "pending") return result(numberToHex(count));
  let next = count;
  const waiting = new Set(
    chain.pool.filter(({ from }) => from.toLowerCase() === account.toLowerCase()).map(({ signed }) => signed?.nonce),
  );
  while (waiting.has(next)) next += 1;
  return result(numberToHex(next));
}

/** Calls, estimates, balances and fees, at the node's own height. */
async function stateAnswer(
  chain: SimulatedChain,
  view: View,
  method: string,
  params: readonly unknown[],
): Promise<RpcAnswer> {
  const known = knownHeight(chain, view);
  const at = (name: unknown) => numberToHex(Math.min(known, heightNamed(known, name)));
  const given: unknown[] = [...params];
  if (method === "eth_call" || method === "eth_estimateGas" || method === "eth_getBalance" || method === "eth_getCode")
    given[1] = at(params[1]);
  if (method === "eth_feeHistory") given[1] = at(params[1]);
  try {
    return result(await chain.ask(method, given));
  } catch (error) {
    const { code, message, data } = error as { code?: unknown; message: string; data?: unknown };
    return { error: { code: typeof code === "number" ? code : -32_000, message, ...(data ? { data } : {}) } };
  }
}

async function sendAnswer(
  chain: SimulatedChain,
  raw: Hex,
  deliver: (waiting: Waiting) => Delivery,
): Promise<RpcAnswer> {
  const hash = keccak256(raw);
  if (chain.pool.some(({ signed }) => signed?.hash === hash)) return failed(-32_000, "already known");
  const { nonce = 0, to, data = "0x", value = 0n, maxFeePerGas, gasPrice } = parseTransaction(raw);
  const from = await recoverTransactionAddress({ serializedTransaction: raw as TransactionSerialized });
  const feePerGas = maxFeePerGas ?? gasPrice ?? 0n;
  if (nonce < (await chain.nonceOf(from, tipOf(chain.branch()).height))) return failed(-32_000, "nonce too low");
  const rival = chain.pool.find((each) => each.from === from && each.signed?.nonce === nonce);
  if (rival?.signed && feePerGas * 10n < rival.signed.feePerGas * 11n)
    return failed(-32_000, "replacement transaction underpriced");
  const waiting: Waiting = {
    ...{ from, to: to ?? from, data, value, what: "sent by the house" },
    signed: { raw, hash, nonce, feePerGas },
  };
  const delivery = deliver(waiting);
  if (delivery === "refused") return failed(-32_000, "transaction pool is full");
  if (delivery === "pooled" && !chain.pool.some(({ signed }) => signed?.hash === hash)) {
    if (rival) chain.pool.splice(chain.pool.indexOf(rival), 1);
    chain.pool.push(waiting);
  }
  return result(hash);
}
