import type { Call } from "../rpc/endpoint.ts";
import { RpcError } from "../rpc/errors.ts";
import { hex } from "../rpc/read.ts";
import { type Market, tipOf, USUAL_TIP } from "./fees.ts";

/** Blocks whose tips are looked at. */
const BLOCKS = "0xa";

/** What a node has to be asked for its market. */
export const MARKET_CALLS: readonly Call[] = [
  { method: "eth_getBlockByNumber", params: ["latest", false] },
  { method: "eth_feeHistory", params: [BLOCKS, "latest", [50]] },
  { method: "eth_gasPrice", params: [] },
];

/** What gas costs at a node, and how much of it a block may have. */
export interface GasNow {
  readonly market: Market;
  /** Most gas of a block. */
  readonly blockGasLimit: bigint;
}

/**
 * Reads a node's answers to `MARKET_CALLS`. One that does not know `eth_feeHistory` is asked for a usual tip; a chain
 * without base fee has one price.
 */
export function toGasNow([block, history, gasPrice]: readonly unknown[]): GasNow {
  if (block instanceof RpcError) throw block;
  if (typeof block !== "object" || block === null) throw new RpcError("behind", "the node has no newest block");
  const { baseFeePerGas, gasLimit } = block as { baseFeePerGas?: unknown; gasLimit?: unknown };
  const blockGasLimit = BigInt(hex(gasLimit));
  if (baseFeePerGas === undefined) {
    if (gasPrice instanceof RpcError) throw gasPrice;
    return { market: { baseFee: undefined, tip: BigInt(hex(gasPrice)) }, blockGasLimit };
  }
  const { next, rewards } = toHistory(history);
  const tip = rewards === undefined ? USUAL_TIP : tipOf(rewards);
  return { market: { baseFee: next ?? BigInt(hex(baseFeePerGas)), tip }, blockGasLimit };
}

/** The base fee of the next block, and what the middle of each of the last blocks was paid on top. */
function toHistory(answer: unknown): { next?: bigint; rewards?: bigint[] } {
  if (answer instanceof RpcError || typeof answer !== "object" || answer === null) return {};
  const { baseFeePerGas, reward } = answer as { baseFeePerGas?: unknown[]; reward?: unknown[][] };
  const next = Array.isArray(baseFeePerGas) ? baseFeePerGas.at(-1) : undefined;
  return {
    ...(next === undefined ? {} : { next: BigInt(hex(next)) }),
    ...(Array.isArray(reward) ? { rewards: reward.map(([middle]) => BigInt(hex(middle ?? "0x0"))) } : {}),
  };
}
