import type { Address, Hex } from "viem";
import {
  DOMAIN_FIELDS,
  ESCROW_NAME,
  ESCROW_VERSION,
  type EscrowDomain,
  LEG_FIELDS,
  TERMS_FIELDS,
  type Terms,
  termsHash,
} from "./terms.ts";

/** The EIP-712 domain of a token: its `name()` and `version()`, its chain and address. */
export type TokenDomain = {
  readonly name: string;
  readonly version: string;
  readonly chainId: number;
  readonly address: Address;
};

/** What a payer signs to release: `captured` in base units as seen, any unused `nonce`, last second `deadline`. */
export type ReleaseConsent = {
  readonly id: Hex;
  readonly captured: bigint;
  readonly nonce: bigint;
  readonly deadline: number;
};

/** What `eth_signTypedData_v4` takes; survives JSON, for amounts are decimal strings. viem and ethers take it too. */
export type TypedDataJson = {
  readonly domain: {
    readonly name: string;
    readonly version: string;
    readonly chainId: number;
    readonly verifyingContract: Address;
  };
  readonly types: Record<string, { name: string; type: string }[]>;
  readonly primaryType: string;
  readonly message: Record<string, unknown>;
};

const RECEIVE_FIELDS = [
  { name: "from", type: "address" },
  { name: "to", type: "address" },
  { name: "value", type: "uint256" },
  { name: "validAfter", type: "uint256" },
  { name: "validBefore", type: "uint256" },
  { name: "nonce", type: "bytes32" },
] as const;

const RELEASE_FIELDS = [
  { name: "id", type: "bytes32" },
  { name: "captured", type: "uint256" },
  { name: "nonce", type: "uint256" },
  { name: "deadline", type: "uint256" },
] as const;

const escrowDomain = (domain: EscrowDomain) => ({
  name: ESCROW_NAME,
  version: ESCROW_VERSION,
  chainId: domain.chainId,
  verifyingContract: domain.escrow,
});

/** The order's terms; their digest is the order's id. */
export function termsTypedData(domain: EscrowDomain, terms: Terms): TypedDataJson {
  return {
    domain: escrowDomain(domain),
    types: { EIP712Domain: [...DOMAIN_FIELDS], Terms: [...TERMS_FIELDS], Leg: [...LEG_FIELDS] },
    primaryType: "Terms",
    message: {
      ...terms,
      amount: terms.amount.toString(),
      legs: terms.legs.map(({ account, share, kind }) => ({ account, share: share.toString(), kind })),
      salt: terms.salt.toString(),
    },
  };
}

/**
 * The token authorization that pays the order with one signature: the token's nonce is the order's id.
 * Throws when a field of the terms does not fit its type.
 * @see https://eips.ethereum.org/EIPS/eip-3009
 */
export function receiveAuthorizationTypedData(token: TokenDomain, domain: EscrowDomain, terms: Terms): TypedDataJson {
  return {
    domain: { name: token.name, version: token.version, chainId: token.chainId, verifyingContract: token.address },
    types: { EIP712Domain: [...DOMAIN_FIELDS], ReceiveWithAuthorization: [...RECEIVE_FIELDS] },
    primaryType: "ReceiveWithAuthorization",
    message: {
      from: terms.payer,
      to: domain.escrow,
      value: terms.amount.toString(),
      validAfter: "0",
      validBefore: terms.authorizeBy.toString(),
      nonce: termsHash(domain, terms),
    },
  };
}

/** The payer's signed release of what is captured, for `releaseWithSignature`. */
export function releaseTypedData(domain: EscrowDomain, consent: ReleaseConsent): TypedDataJson {
  return {
    domain: escrowDomain(domain),
    types: { EIP712Domain: [...DOMAIN_FIELDS], Release: [...RELEASE_FIELDS] },
    primaryType: "Release",
    message: {
      id: consent.id,
      captured: consent.captured.toString(),
      nonce: consent.nonce.toString(),
      deadline: consent.deadline.toString(),
    },
  };
}
