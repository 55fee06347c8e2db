import {
  type Address,
  decodeFunctionResult,
  encodeFunctionData,
  erc20Abi,
  type Hex,
  numberToHex,
  zeroAddress,
} from "viem";
import { escrowAbi } from "../protocol/abi.ts";
import { packTerms, type Terms } from "../protocol/terms.ts";
import type { Call } from "./rpc/endpoint.ts";
import { hex } from "./rpc/read.ts";

/** What a contract's view says, asked as a JSON-RPC call and read from its answer. */
export interface View<T> {
  readonly call: Call;
  read(answer: unknown): T;
}

/** The height at which a view is asked, or the newest. */
export type At = number | "latest";

const ethCall = (to: Address, data: Hex, at: At): Call => ({
  method: "eth_call",
  params: [{ to, data }, at === "latest" ? at : numberToHex(at)],
});

/** What the escrow keeps of an order; amounts in base units of its token, times in chain seconds. */
export interface OrderOnChain {
  readonly used: boolean;
  readonly held: bigint;
  readonly captured: bigint;
  readonly releaseAt: number;
  readonly disputed: bigint;
  readonly rulingBy: number;
  readonly round: number;
  /** Before release. */
  readonly returned: bigint;
  /** After release. */
  readonly refunded: bigint;
}

/** The quantities of an order, all zero before it authorized. */
export const orderView = (escrow: Address, terms: Terms, at: At): View<OrderOnChain> => ({
  call: ethCall(escrow, encodeFunctionData({ abi: escrowAbi, functionName: "orderOf", args: [packTerms(terms)] }), at),
  read: (answer) => {
    const order = decodeFunctionResult({ abi: escrowAbi, functionName: "orderOf", data: hex(answer) });
    const { used, held, captured, releaseAt, disputed, rulingBy, round, returned, refunded } = order;
    return { used, held, captured, releaseAt, disputed, rulingBy, round, returned, refunded };
  },
});

/** What `account` may withdraw of `token`, in base units. */
export const creditView = (escrow: Address, account: Address, token: Address, at: At): View<bigint> => ({
  call: ethCall(escrow, encodeFunctionData({ abi: escrowAbi, functionName: "creditOf", args: [account, token] }), at),
  read: (answer) => decodeFunctionResult({ abi: escrowAbi, functionName: "creditOf", data: hex(answer) }),
});

/** How much of `token` (zero: ETH, in wei) `account` has. */
export const balanceView = (token: Address, account: Address, at: At): View<bigint> =>
  token === zeroAddress
    ? {
        call: { method: "eth_getBalance", params: [account, at === "latest" ? at : numberToHex(at)] },
        read: (answer) => BigInt(hex(answer)),
      }
    : {
        call: ethCall(token, encodeFunctionData({ abi: erc20Abi, functionName: "balanceOf", args: [account] }), at),
        read: (answer) => decodeFunctionResult({ abi: erc20Abi, functionName: "balanceOf", data: hex(answer) }),
      };

/** Whether `account` used this nonce of its signatures in the escrow. */
export const nonceView = (escrow: Address, account: Address, nonce: bigint, at: At): View<boolean> => ({
  call: ethCall(
    escrow,
    encodeFunctionData({ abi: escrowAbi, functionName: "isNonceUsed", args: [account, nonce] }),
    at,
  ),
  read: (answer) => decodeFunctionResult({ abi: escrowAbi, functionName: "isNonceUsed", data: hex(answer) }),
});

/** What the escrow keeps of an agreement, as far as the operator asks. */
export interface AgreementOnChain {
  readonly active: boolean;
  readonly revoked: boolean;
}

/** Whether `says` is true of an agreement; one that nobody accepted is neither active nor revoked. */
export const agreementView = (
  escrow: Address,
  hash: Hex,
  says: (agreement: AgreementOnChain) => boolean,
  at: At,
): View<boolean> => ({
  call: ethCall(escrow, encodeFunctionData({ abi: escrowAbi, functionName: "agreementOf", args: [hash] }), at),
  read: (answer) => says(decodeFunctionResult({ abi: escrowAbi, functionName: "agreementOf", data: hex(answer) })),
});
