import {
  type Address,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type EncodeFunctionDataParameters,
  encodeFunctionData,
  type Hex,
} from "viem";
import { escrowAbi } from "../abi.ts";
import type { EscrowDomain } from "../terms.ts";

/** A transaction to be signed by whoever makes it; `value` in wei. */
export type Call = { readonly to: Address; readonly data: Hex; readonly value: bigint };

type Changes = "nonpayable" | "payable";

/** A call of the escrow's function by its name. @param value wei that the call carries */
export const escrowCall = <Name extends ContractFunctionName<typeof escrowAbi, Changes>>(
  domain: EscrowDomain,
  functionName: Name,
  args: ContractFunctionArgs<typeof escrowAbi, Changes, Name>,
  value = 0n,
): Call => ({
  to: domain.escrow,
  data: encodeFunctionData({ abi: escrowAbi, functionName, args } as EncodeFunctionDataParameters),
  value,
});
