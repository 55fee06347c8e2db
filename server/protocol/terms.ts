import { type Address, concatHex, getAddress, type Hex, keccak256, toHex } from "viem";
import { hashOfText, hashWords, typeText, words } from "./eip712.ts";

/** What a leg pays for. With `FIXED` set in `Leg.kind` its share is base units, else parts per million. */
export const LEG_KIND = { merchant: 1, channel: 2, agent: 3, carrier: 4, platform: 5 } as const;
export const FIXED = 0x80;

/** Bits of `Terms.flags`. */
export const TERMS_FLAG = { merchantMayCapture: 1, operatorMayRefund: 2 } as const;

/** One whole, in parts per million. */
export const PPM = 1_000_000n;

/** One payee of an order. `share` is ppm, or base units of the order's token when `kind` carries `FIXED`. */
export type Leg = { readonly account: Address; readonly share: bigint; readonly kind: number };

/** What the payer consents to. Times ending in By are chain seconds, `releaseDelay` and `rulingTime` are seconds. */
export type Terms = {
  readonly payer: Address;
  readonly operator: Address;
  /** The zero address is ETH. */
  readonly token: Address;
  /** Base units of `token`. */
  readonly amount: bigint;
  readonly authorizeBy: number;
  readonly captureBy: number;
  readonly releaseDelay: number;
  readonly arbiter: Address;
  readonly rulingTime: number;
  readonly defaultToPayerPpm: number;
  readonly flags: number;
  readonly agreement: Hex;
  /** The merchant first, then fixed amounts, then parts per million. */
  readonly legs: readonly Leg[];
  /** Makes two orders of equal content two orders; at most 152 bits, which is what the wire carries. */
  readonly salt: bigint;
};

/** Where an order lives: its id binds both. */
export type EscrowDomain = { readonly chainId: number; readonly escrow: Address };

/** Terms as calldata and the `Authorized` event carry them (`Terms` in ISettlementEscrow.sol). */
export type WireTerms = {
  readonly payer: Address;
  readonly operator: Address;
  readonly token: Address;
  readonly amountAndSalt: bigint;
  readonly arbiter: Address;
  readonly schedule: bigint;
  readonly agreement: Hex;
  readonly legs: readonly bigint[];
};

/** The EIP-712 domain's name and version, as in EscrowDomain.sol. */
export const ESCROW_NAME = "Tributary Settlement Escrow";
export const ESCROW_VERSION = "1";

/** Whether `leg.share` is base units, not ppm. */
export const isFixed = (leg: Leg): boolean => (leg.kind & FIXED) !== 0;

/** Packs terms for the wire. Throws `RangeError` naming the field that does not fit its bits. */
export function packTerms(terms: Terms): WireTerms {
  return {
    payer: terms.payer,
    operator: terms.operator,
    token: terms.token,
    amountAndSalt: (bounded("salt", terms.salt, 152n) << 104n) | bounded("amount", terms.amount, 104n),
    arbiter: terms.arbiter,
    schedule: packSchedule(terms),
    agreement: terms.agreement,
    legs: terms.legs.map(packLeg),
  };
}

/** Unpacks terms from the wire. Throws `RangeError` when `schedule` has bits above its 176. */
export function unpackTerms(wire: WireTerms): Terms {
  const schedule = bounded("schedule", wire.schedule, 176n);
  const field = (shift: bigint, bits: bigint) => Number(BigInt.asUintN(Number(bits), schedule >> shift));
  return {
    payer: wire.payer,
    operator: wire.operator,
    token: wire.token,
    amount: BigInt.asUintN(104, wire.amountAndSalt),
    authorizeBy: field(136n, 40n),
    captureBy: field(96n, 40n),
    releaseDelay: field(64n, 32n),
    arbiter: wire.arbiter,
    rulingTime: field(32n, 32n),
    defaultToPayerPpm: field(8n, 24n),
    flags: field(0n, 8n),
    agreement: wire.agreement,
    legs: wire.legs.map(unpackLeg),
    salt: wire.amountAndSalt >> 104n,
  };
}

function packSchedule(terms: Terms): bigint {
  return (
    (whole("authorizeBy", terms.authorizeBy, 40n) << 136n) |
    (whole("captureBy", terms.captureBy, 40n) << 96n) |
    (whole("releaseDelay", terms.releaseDelay, 32n) << 64n) |
    (whole("rulingTime", terms.rulingTime, 32n) << 32n) |
    (whole("defaultToPayerPpm", terms.defaultToPayerPpm, 24n) << 8n) |
    whole("flags", terms.flags, 8n)
  );
}

/** A leg as the wire carries it. Throws `RangeError` naming the field that does not fit its bits. */
export const packLeg = (leg: Leg): bigint =>
  (bounded("account", BigInt(leg.account), 160n) << 96n) |
  (bounded("share", leg.share, 88n) << 8n) |
  whole("kind", leg.kind, 8n);

/** The inverse of `packLeg`, for any word. */
export const unpackLeg = (word: bigint): Leg => ({
  account: getAddress(toHex(word >> 96n, { size: 20 })),
  share: BigInt.asUintN(88, word >> 8n),
  kind: Number(BigInt.asUintN(8, word)),
});

function bounded(field: string, value: bigint, bits: bigint): bigint {
  if (value < 0n || value >> bits !== 0n) throw new RangeError(`${field} ${value} does not fit ${bits} bits`);
  return value;
}

function whole(field: string, value: number, bits: bigint): bigint {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${field} ${value} is not a whole number`);
  return bounded(field, BigInt(value), bits);
}

/** The typed form that wallets show and that is hashed, in this order. */
export const LEG_FIELDS = [
  { name: "account", type: "address" },
  { name: "share", type: "uint88" },
  { name: "kind", type: "uint8" },
] as const;
export const TERMS_FIELDS = [
  { name: "payer", type: "address" },
  { name: "operator", type: "address" },
  { name: "token", type: "address" },
  { name: "amount", type: "uint104" },
  { name: "authorizeBy", type: "uint40" },
  { name: "captureBy", type: "uint40" },
  { name: "releaseDelay", type: "uint32" },
  { name: "arbiter", type: "address" },
  { name: "rulingTime", type: "uint32" },
  { name: "defaultToPayerPpm", type: "uint24" },
  { name: "flags", type: "uint8" },
  { name: "agreement", type: "bytes32" },
  { name: "legs", type: "Leg[]" },
  { name: "salt", type: "uint256" },
] as const;
export const DOMAIN_FIELDS = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" },
] as const;

export const LEG_TYPE = typeText("Leg", LEG_FIELDS);
export const TERMS_TYPE = typeText("Terms", TERMS_FIELDS) + LEG_TYPE;
const DOMAIN_TYPE = typeText("EIP712Domain", DOMAIN_FIELDS);

const LEG_TYPEHASH = hashOfText(LEG_TYPE);
const TERMS_TYPEHASH = hashOfText(TERMS_TYPE);
const DOMAIN_HEAD = [hashOfText(DOMAIN_TYPE), hashOfText(ESCROW_NAME), hashOfText(ESCROW_VERSION)] as const;

const LEG_WORDS = words(LEG_FIELDS);
const TERMS_WORDS = words(TERMS_FIELDS);
const DOMAIN_WORDS = words(DOMAIN_FIELDS);

/**
 * The id of an order: the EIP-712 digest of its typed terms in the escrow's domain.
 * Throws when a field does not fit its type.
 * @see https://eips.ethereum.org/EIPS/eip-712
 */
export const termsHash = (domain: EscrowDomain, terms: Terms): Hex => digestIn(domain, structHash(terms));

/** The EIP-712 digest of a struct's hash in the escrow's domain. */
export const digestIn = (domain: EscrowDomain, structHash: Hex): Hex =>
  keccak256(concatHex(["0x1901", domainSeparator(domain), structHash]));

/** The hash of the escrow's domain, which stands before every struct's. */
export const domainSeparator = ({ chainId, escrow }: EscrowDomain): Hex =>
  hashWords(DOMAIN_WORDS, [...DOMAIN_HEAD, BigInt(chainId), escrow]);

function structHash(terms: Terms): Hex {
  const legs = terms.legs.map((leg) => hashWords(LEG_WORDS, [LEG_TYPEHASH, leg.account, leg.share, leg.kind]));
  return hashWords(TERMS_WORDS, [
    TERMS_TYPEHASH,
    ...[terms.payer, terms.operator, terms.token, terms.amount, terms.authorizeBy, terms.captureBy],
    ...[terms.releaseDelay, terms.arbiter, terms.rulingTime, terms.defaultToPayerPpm, terms.flags, terms.agreement],
    ...[keccak256(concatHex(legs)), terms.salt],
  ]);
}

/** Terms as JSON: snake_case, amounts and salt as decimal strings, times in seconds. */
export type TermsJson = {
  payer: Address;
  operator: Address;
  token: Address;
  amount: string;
  authorize_by: number;
  capture_by: number;
  release_delay: number;
  arbiter: Address;
  ruling_time: number;
  default_to_payer_ppm: number;
  flags: number;
  agreement: Hex;
  legs: { account: Address; share: string; kind: number }[];
  salt: string;
};

/** Terms as the database and the API carry them. */
export const termsToJson = (terms: Terms): TermsJson => ({
  payer: terms.payer,
  operator: terms.operator,
  token: terms.token,
  amount: terms.amount.toString(),
  authorize_by: terms.authorizeBy,
  capture_by: terms.captureBy,
  release_delay: terms.releaseDelay,
  arbiter: terms.arbiter,
  ruling_time: terms.rulingTime,
  default_to_payer_ppm: terms.defaultToPayerPpm,
  flags: terms.flags,
  agreement: terms.agreement,
  legs: terms.legs.map(({ account, share, kind }) => ({ account, share: share.toString(), kind })),
  salt: terms.salt.toString(),
});

/** The inverse of `termsToJson`. Throws `SyntaxError` when an amount is not a number. */
export const termsFromJson = (json: TermsJson): Terms => ({
  payer: json.payer,
  operator: json.operator,
  token: json.token,
  amount: BigInt(json.amount),
  authorizeBy: json.authorize_by,
  captureBy: json.capture_by,
  releaseDelay: json.release_delay,
  arbiter: json.arbiter,
  rulingTime: json.ruling_time,
  defaultToPayerPpm: json.default_to_payer_ppm,
  flags: json.flags,
  agreement: json.agreement,
  legs: json.legs.map(({ account, share, kind }) => ({ account, share: BigInt(share), kind })),
  salt: BigInt(json.salt),
});
