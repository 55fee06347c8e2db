import { type Address, type Hex, zeroAddress } from "viem";
import { approveCall, authorizeCall, type Call } from "../../protocol/calls.ts";
import { isSignedBy } from "../../protocol/signatures.ts";
import {
  type ReleaseConsent,
  receiveAuthorizationTypedData,
  releaseTypedData,
  type TokenDomain,
  type TypedDataJson,
} from "../../protocol/typedData.ts";
import type { EscrowOrder, Payment } from "./entities.ts";
import { domainOf, termsOf } from "./service.ts";

export { canonicalSignature, isSignedBy } from "../../protocol/signatures.ts";

/** The EIP-712 name and version of a token, where it has them. */
export interface SignableToken {
  readonly address: Address;
  readonly name?: string | undefined;
  readonly version?: string | undefined;
}

/** How the payer pays one order: by signing `typedData`, or by sending `calls` in their order. */
export type Authorization =
  | { readonly kind: "signature"; readonly orderId: string; readonly typedData: TypedDataJson }
  | { readonly kind: "transactions"; readonly orderId: string; readonly calls: readonly Call[] };

/** What the payer has to do for one order of a payment. */
export function authorizationFor(
  { method }: Pick<Payment, "method">,
  order: EscrowOrder,
  token: SignableToken,
): Authorization {
  const { orderId } = order;
  if (method === "escrow_erc3009") return { kind: "signature", orderId, typedData: paymentTypedData(order, token) };
  const authorize = authorizeCall(domainOf(order), termsOf(order));
  const approve = approveCall(order.token, order.escrow, order.amount);
  return { kind: "transactions", orderId, calls: order.token === zeroAddress ? [authorize] : [approve, authorize] };
}

function paymentTypedData(order: EscrowOrder, token: SignableToken): TypedDataJson {
  return receiveAuthorizationTypedData(tokenDomain(order, token), domainOf(order), termsOf(order));
}

function tokenDomain({ chainId }: EscrowOrder, { address, name, version }: SignableToken): TokenDomain {
  if (name === undefined || version === undefined) throw new Error(`${address} takes no signed payments`);
  return { name, version, chainId, address };
}

/** What the payer of an order signs to release what is captured. */
export const releaseRequest = (order: EscrowOrder, consent: Omit<ReleaseConsent, "id">): TypedDataJson =>
  releaseTypedData(domainOf(order), { id: order.termsHash, ...consent });

/** The order whose payment this signature of its payer is, among `orders`; undefined when it is of none. */
export async function orderSigned(
  orders: readonly EscrowOrder[],
  token: SignableToken,
  signature: Hex,
): Promise<EscrowOrder | undefined> {
  for (const order of orders)
    if (await isSignedBy(order.payer, paymentTypedData(order, token), signature)) return order;
  return undefined;
}
