import { type Address, concatHex, type Hex, keccak256 } from "viem";
import { hashOfText, hashWords, typeText, words } from "./eip712.ts";
import { digestIn, type EscrowDomain } from "./terms.ts";

/** Somebody who earns beside the merchant, and the ranges in which an order's terms may pay it. */
export type Party = {
  readonly account: Address;
  /** One of `LEG_KIND` but the merchant's, without `FIXED`. */
  readonly kind: number;
  /** Every order has a ppm leg of at least this; 0: it may have none. */
  readonly leastPpm: number;
  readonly mostPpm: number;
  /** Most base units of the agreement's token in a fixed leg; 0: no fixed leg. */
  readonly mostFixed: bigint;
};

/** How a merchant, a channel and their partners share what is sold. Times are chain seconds. */
export type Agreement = {
  /** The channel's id, see `channelWord`. */
  readonly channel: Hex;
  readonly version: number;
  /** The zero address is ETH. */
  readonly token: Address;
  readonly operator: Address;
  readonly arbiter: Address;
  /** First second at which terms may name it. */
  readonly validFrom: number;
  /** First second at which they may no longer. */
  readonly validUntil: number;
  readonly merchant: Address;
  /** 1 to 9, each with another account or another kind. */
  readonly parties: readonly Party[];
  /** What people read, at most 8,192 bytes of UTF-8. */
  readonly text: string;
};

/** A channel's id (a UUID) as agreements carry it: its 16 bytes at the end of the word. */
export const channelWord = (channelId: string): Hex => `0x${channelId.replaceAll("-", "").padStart(64, "0")}`;

/** Everybody whose acceptance an agreement needs, each once: operator, merchant, parties. */
export function signatoriesOf({ operator, merchant, parties }: Agreement): Address[] {
  const all = [operator, merchant, ...parties.map(({ account }) => account)];
  return [...new Map(all.map((account) => [account.toLowerCase(), account])).values()];
}

/** The typed form that wallets show and that is hashed, in this order. */
export const PARTY_FIELDS = [
  { name: "account", type: "address" },
  { name: "kind", type: "uint8" },
  { name: "leastPpm", type: "uint24" },
  { name: "mostPpm", type: "uint24" },
  { name: "mostFixed", type: "uint88" },
] as const;
export const AGREEMENT_FIELDS = [
  { name: "channel", type: "bytes32" },
  { name: "version", type: "uint32" },
  { name: "token", type: "address" },
  { name: "operator", type: "address" },
  { name: "arbiter", type: "address" },
  { name: "validFrom", type: "uint40" },
  { name: "validUntil", type: "uint40" },
  { name: "merchant", type: "address" },
  { name: "parties", type: "Party[]" },
  { name: "text", type: "string" },
] as const;

const PARTY_TYPE = typeText("Party", PARTY_FIELDS);
const PARTY_TYPEHASH = hashOfText(PARTY_TYPE);
const AGREEMENT_TYPEHASH = hashOfText(typeText("Agreement", AGREEMENT_FIELDS) + PARTY_TYPE);
const PARTY_WORDS = words(PARTY_FIELDS);
const AGREEMENT_WORDS = words(AGREEMENT_FIELDS);

/**
 * The id of an agreement: the EIP-712 digest of its typed form in the escrow's domain.
 * Throws when a field does not fit its type.
 * @see https://eips.ethereum.org/EIPS/eip-712
 */
export function agreementHash(domain: EscrowDomain, agreement: Agreement): Hex {
  const { channel, version, token, operator, arbiter, validFrom, validUntil, merchant, parties, text } = agreement;
  const structHash = hashWords(AGREEMENT_WORDS, [
    ...[AGREEMENT_TYPEHASH, channel, version, token, operator, arbiter, validFrom, validUntil, merchant],
    ...[keccak256(concatHex(parties.map(partyHash))), hashOfText(text)],
  ]);
  return digestIn(domain, structHash);
}

const partyHash = ({ account, kind, leastPpm, mostPpm, mostFixed }: Party): Hex =>
  hashWords(PARTY_WORDS, [PARTY_TYPEHASH, account, kind, leastPpm, mostPpm, mostFixed]);

/** An agreement as JSON: snake_case, amounts as decimal strings, times in seconds. */
export type AgreementJson = {
  channel: Hex;
  version: number;
  token: Address;
  operator: Address;
  arbiter: Address;
  valid_from: number;
  valid_until: number;
  merchant: Address;
  parties: { account: Address; kind: number; least_ppm: number; most_ppm: number; most_fixed: string }[];
  text: string;
};

/** An agreement as the database and the API carry it. */
export const agreementToJson = (agreement: Agreement): AgreementJson => ({
  channel: agreement.channel,
  version: agreement.version,
  token: agreement.token,
  operator: agreement.operator,
  arbiter: agreement.arbiter,
  valid_from: agreement.validFrom,
  valid_until: agreement.validUntil,
  merchant: agreement.merchant,
  parties: agreement.parties.map(({ account, kind, leastPpm, mostPpm, mostFixed }) => ({
    account,
    kind,
    least_ppm: leastPpm,
    most_ppm: mostPpm,
    most_fixed: mostFixed.toString(),
  })),
  text: agreement.text,
});

/** The inverse of `agreementToJson`. Throws `SyntaxError` when an amount is not a number. */
export const agreementFromJson = (json: AgreementJson): Agreement => ({
  channel: json.channel,
  version: json.version,
  token: json.token,
  operator: json.operator,
  arbiter: json.arbiter,
  validFrom: json.valid_from,
  validUntil: json.valid_until,
  merchant: json.merchant,
  parties: json.parties.map(({ account, kind, least_ppm, most_ppm, most_fixed }) => ({
    account,
    kind,
    leastPpm: least_ppm,
    mostPpm: most_ppm,
    mostFixed: BigInt(most_fixed),
  })),
  text: json.text,
});
