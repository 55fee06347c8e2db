import { type Address, type Hex, zeroAddress } from "viem";
import type { Id } from "../../core/ids.ts";
import { approveCall, authorizeBasketCall, authorizeCall, type Call } from "../../protocol/calls.ts";
import { isSignedBy } from "../../protocol/signatures.ts";
import {
  cancelTermsTypedData,
  type ReleaseConsent,
  receiveAuthorizationTypedData,
  receiveBasketTypedData,
  reclaimTypedData,
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

/** How the payer pays these orders at once: by signing `typedData`, or by sending `calls` in their order. */
export type Authorization =
  | { readonly kind: "signature"; readonly orderIds: readonly Id[]; readonly typedData: TypedDataJson }
  | { readonly kind: "transactions"; readonly orderIds: readonly Id[]; readonly calls: readonly Call[] };

/** So many orders the escrow takes at once. */
const MOST_IN_BASKET = 20;

/** What the payer has to do for orders of one payment: one thing for all of them, or for each twenty. */
export const authorizationsFor = (
  payment: Pick<Payment, "method">,
  orders: readonly EscrowOrder[],
  token: SignableToken,
): Authorization[] => basketsOf(orders).map((basket) => authorizationFor(payment, basket, token));

/** Orders as they are paid together, in the order in which they were placed. */
export function basketsOf(orders: readonly EscrowOrder[]): EscrowOrder[][] {
  const sorted = [...orders].sort((a, b) => (a.orderId < b.orderId ? -1 : 1));
  const baskets: EscrowOrder[][] = [];
  for (let at = 0; at < sorted.length; at += MOST_IN_BASKET) baskets.push(sorted.slice(at, at + MOST_IN_BASKET));
  return baskets;
}

function authorizationFor(
  { method }: Pick<Payment, "method">,
  basket: readonly EscrowOrder[],
  token: SignableToken,
): Authorization {
  const orderIds = basket.map(({ orderId }) => orderId);
  if (method === "escrow_erc3009") return { kind: "signature", orderIds, typedData: paymentTypedData(basket, token) };
  const [first, ...others] = basket;
  if (first === undefined) return { kind: "transactions", orderIds, calls: [] };
  const domain = domainOf(first);
  const authorize =
    others.length === 0 ? authorizeCall(domain, termsOf(first)) : authorizeBasketCall(domain, basket.map(termsOf));
  const sum = basket.reduce((total, { amount }) => total + amount, 0n);
  const approve = approveCall(first.token, first.escrow, sum);
  return { kind: "transactions", orderIds, calls: first.token === zeroAddress ? [authorize] : [approve, authorize] };
}

/** One order is paid under its own id, several under the hash of theirs. */
function paymentTypedData(basket: readonly EscrowOrder[], token: SignableToken): TypedDataJson {
  const [first, ...others] = basket;
  if (first === undefined) throw new Error("nothing to be paid");
  const [of, domain] = [tokenDomain(first, token), domainOf(first)];
  if (others.length === 0) return receiveAuthorizationTypedData(of, domain, termsOf(first));
  return receiveBasketTypedData(of, domain, basket.map(termsOf));
}

function tokenDomain({ chainId }: EscrowOrder, { address, name, version }: SignableToken): TokenDomain {
  if (name === undefined || version === undefined) throw new Error(`${address} takes no signed payments`);
  return { name, version, chainId, address };
}

/** What the payer of an order signs to release what is captured. */
export const releaseRequest = (order: EscrowOrder, consent: Omit<ReleaseConsent, "id">): TypedDataJson =>
  releaseTypedData(domainOf(order), { id: order.termsHash, ...consent });

/** What the payer of an order signs to burn its terms. @param deadline last chain second of the signature */
export const cancelTermsRequest = (order: EscrowOrder, deadline: number): TypedDataJson =>
  cancelTermsTypedData(domainOf(order), { id: order.termsHash, deadline });

/** What the payer of an order signs to have what is held. @param deadline last chain second of the signature */
export const reclaimRequest = (order: EscrowOrder, deadline: number): TypedDataJson =>
  reclaimTypedData(domainOf(order), { id: order.termsHash, deadline });

/** The first of these baskets that this signature of its payer pays; undefined when it pays none. */
export async function basketSigned(
  baskets: readonly (readonly EscrowOrder[])[],
  token: SignableToken,
  signature: Hex,
): Promise<readonly EscrowOrder[] | undefined> {
  for (const basket of baskets) {
    const [first] = basket;
    if (first && (await isSignedBy(first.payer, paymentTypedData(basket, token), signature))) return basket;
  }
  return undefined;
}

/** Of so many orders that fell out, every set is tried against a signature; of more, only all of them. */
const MOST_FALLEN = 8;

/**
 * The sets of orders that a payer may have been shown before some of them fell out: those that still wait together
 * with some of the others.
 * @param waiting orders that can still be paid together
 */
export function olderBaskets(orders: readonly EscrowOrder[], waiting: readonly EscrowOrder[]): EscrowOrder[][] {
  const fallen = orders.filter(({ orderId }) => !waiting.some((order) => order.orderId === orderId));
  const sets = fallen.length > MOST_FALLEN ? [fallen] : subsetsOf(fallen);
  return sets.flatMap((set) => basketsOf([...waiting, ...set]));
}

/** Every set of these but the empty one. */
const subsetsOf = <Item>(items: readonly Item[]): Item[][] =>
  Array.from({ length: 2 ** items.length - 1 }, (_, bits) => items.filter((_, at) => ((bits + 1) >> at) & 1));
