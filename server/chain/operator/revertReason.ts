import { decodeErrorResult, type Hex } from "viem";
import { escrowAbi, testUsdAbi } from "../../protocol/abi.ts";

/** The escrow's errors, those of OpenZeppelin's tokens, and Solidity's own. */
const ERRORS = [...escrowAbi, ...testUsdAbi];

/**
 * Names a revert: `CaptureClosed(1764000000, 1763990000)`, the message of a `require`, or the data where nobody knows it.
 * @param data undefined where the node gave none
 */
export function revertReason(data: Hex | undefined): string {
  if (data === undefined || data === "0x") return "reverted without a reason";
  try {
    const { errorName, args = [] } = decodeErrorResult({ abi: ERRORS, data });
    return `${errorName}(${args.join(", ")})`;
  } catch {
    return `reverted with ${data}`;
  }
}
