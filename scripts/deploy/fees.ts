import { formatUnits } from "ethers";
import type { Ask } from "./rpc.ts";

/** What a transaction offers for a unit of gas: EIP-1559 where blocks have a base fee, else one price. */
export type Fees = { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint } | { gasPrice: bigint };

/** What a unit of gas costs now, in wei, and what to offer for it; nothing where it costs more than may be paid. */
export type FeesNow = { price: bigint; offer?: Fees };

const USUAL_TIP = 1_000_000_000n;
const TIP_BLOCKS = "0x14";

/**
 * Offers twice the base fee and a usual tip, but never more than `most`.
 * @param most wei for a unit of gas
 */
export async function feesNow(ask: Ask, most: bigint): Promise<FeesNow> {
  const block = await ask<{ baseFeePerGas?: string } | null>("eth_getBlockByNumber", ["latest", false]);
  if (block?.baseFeePerGas === undefined) {
    const price = BigInt(await ask<string>("eth_gasPrice"));
    return { price, ...(price > most ? {} : { offer: { gasPrice: price } }) };
  }
  const base = BigInt(block.baseFeePerGas);
  const tip = await usualTip(ask);
  if (base >= most) return { price: base + tip };
  const maxPriorityFeePerGas = least(tip, most - base);
  const maxFeePerGas = least(2n * base + maxPriorityFeePerGas, most);
  return { price: base + maxPriorityFeePerGas, offer: { maxFeePerGas, maxPriorityFeePerGas } };
}

/**
 * What the node proposes, or what the middle of the last blocks got where that is less: on a quiet chain one dear
 * transaction makes the proposal, such as the deployment proxy's own, which pays 100 gwei.
 */
async function usualTip(ask: Ask): Promise<bigint> {
  const history = ask<{ reward?: string[][] }>("eth_feeHistory", [TIP_BLOCKS, "latest", [50]]).catch(() => undefined);
  const proposed = BigInt(await ask<string>("eth_maxPriorityFeePerGas").catch(() => USUAL_TIP));
  const paid = ((await history)?.reward ?? []).map(([middle = "0x0"]) => BigInt(middle)).filter((tip) => tip > 0n);
  const middle = paid.sort((a, b) => (a < b ? -1 : 1))[Math.floor((paid.length - 1) / 2)];
  return middle === undefined ? proposed : least(proposed, middle);
}

/** The most that a unit of gas may come to cost. */
export const mostOf = (fees: Fees): bigint => ("gasPrice" in fees ? fees.gasPrice : fees.maxFeePerGas);

/** Wei as gwei, with the digits that matter. */
export const gwei = (wei: bigint): string =>
  `${Number(formatUnits(wei, "gwei")).toLocaleString("en", { maximumSignificantDigits: 4 })} gwei`;

const least = (a: bigint, b: bigint) => (a < b ? a : b);
