import { type Address, encodeAbiParameters, type Hex, isAddressEqual } from "viem";
import { type Field, hashOfText, typeText, words } from "./eip712.ts";
import { type MerkleTree, merkleTree, proofOf, rootOf } from "./merkle.ts";
import { DOMAIN_FIELDS } from "./terms.ts";
import type { TypedDataJson } from "./typedData.ts";

/** Whose statement it is, of which period, and of the credits in which escrow. */
export type StatementHead = {
  readonly issuer: Address;
  /** First chain second of the period. */
  readonly from: number;
  /** First chain second after it. */
  readonly until: number;
  readonly chainId: number;
  readonly escrow: Address;
};

/** What raised a credit: sales paid through the escrow, returns that did not reach the wallet, shares of sales paid elsewhere, deposits. */
export const CREDITED = ["released", "returned", "distributed", "deposited"] as const;
/** What lowered it: payouts, refunds after release, others' shares of sales paid elsewhere, orders paid from it. */
export const DEBITED = ["withdrawn", "refunded", "shared", "spent"] as const;

/**
 * The credit of one account in one token through the period, all in base units.
 * `opening` plus what `CREDITED` names minus what `DEBITED` names is `closing`; each can be summed from the escrow's events.
 */
export type StatementLine = {
  readonly account: Address;
  /** The zero address is ETH. */
  readonly token: Address;
  readonly opening: bigint;
  readonly closing: bigint;
  /** How many events moved the credit. */
  readonly movements: number;
  /** SHA-256 of the file that lists them one by one, as the account was given it; zero for none. */
  readonly details: Hex;
} & { readonly [kind in (typeof CREDITED)[number] | (typeof DEBITED)[number]]: bigint };

/** Everything an issuer says about a period. */
export type Statement = { readonly head: StatementHead; readonly lines: readonly StatementLine[] };

/** A line as it is encoded, in this order, behind the hash of its type: so no line of another kind or statement equals it. */
const LINE_FIELDS: readonly Field[] = [
  { name: "issuer", type: "address" },
  { name: "from", type: "uint40" },
  { name: "until", type: "uint40" },
  { name: "chainId", type: "uint256" },
  { name: "escrow", type: "address" },
  { name: "account", type: "address" },
  { name: "token", type: "address" },
  ...["opening", ...CREDITED, ...DEBITED, "closing"].map((name) => ({ name, type: "uint256" })),
  { name: "movements", type: "uint32" },
  { name: "details", type: "bytes32" },
];
const LINE_TYPEHASH = hashOfText(typeText("StatementLine", LINE_FIELDS));
/** The types of an encoded line's words, as StandardMerkleTree takes them. */
export const LINE_WORDS: readonly string[] = words(LINE_FIELDS).map(({ type }) => type);

/** The values of an encoded line's words. */
export function lineValues(head: StatementHead, line: StatementLine): unknown[] {
  const fields: Record<string, unknown> = { ...head, ...line };
  return [LINE_TYPEHASH, ...LINE_FIELDS.map(({ name }) => fields[name])];
}

/** A line as `StatementRegistry.verify` takes it. Throws when a value does not fit its type. */
export const encodeLine = (head: StatementHead, line: StatementLine): Hex =>
  encodeAbiParameters(
    LINE_WORDS.map((type) => ({ type })),
    lineValues(head, line),
  );

/**
 * The tree over the lines of a statement, whatever their order.
 * Throws `RangeError` naming what an accountant would not take: see `statementFault`.
 */
export function statementTree(statement: Statement): MerkleTree {
  const fault = statementFault(statement);
  if (fault) throw new RangeError(fault);
  return merkleTree(statement.lines.map((line) => encodeLine(statement.head, line)));
}

/** Why a statement cannot be right, in a sentence; undefined when nothing speaks against it. */
export function statementFault({ head, lines }: Statement): string | undefined {
  if (head.from >= head.until) return `the period from ${head.from} until ${head.until} has no second`;
  if (lines.length === 0) return "the statement has no line";
  const seen = new Set<string>();
  for (const line of lines) {
    const name = `${line.account} in ${line.token}`;
    const key = name.toLowerCase();
    if (seen.has(key)) return `there are two lines of ${name}`;
    seen.add(key);
    if (line.closing !== closingOf(line)) {
      return `the line of ${name} closes at ${line.closing}, its movements at ${closingOf(line)}`;
    }
  }
  return undefined;
}

/** What a line's opening and movements come to. */
export function closingOf(line: StatementLine): bigint {
  const sum = (kinds: readonly (typeof CREDITED | typeof DEBITED)[number][]) =>
    kinds.reduce((total, kind) => total + line[kind], 0n);
  return line.opening + sum(CREDITED) - sum(DEBITED);
}

/** One line of a statement and its path to the root: what an account keeps, and anyone can check. */
export type ProvenLine = {
  readonly head: StatementHead;
  readonly line: StatementLine;
  readonly root: Hex;
  readonly lineCount: number;
  readonly proof: readonly Hex[];
};

/** The line of an account in a token, with its proof; undefined when the statement has none. Throws as `statementTree`. */
export function proveLine(statement: Statement, account: Address, token: Address): ProvenLine | undefined {
  const { head, lines } = statement;
  const line = lines.find((each) => isAddressEqual(each.account, account) && isAddressEqual(each.token, token));
  if (!line) return undefined;
  const tree = statementTree(statement);
  return {
    head,
    line,
    root: rootOf(tree),
    lineCount: lines.length,
    proof: proofOf(tree, encodeLine(head, line)) ?? [],
  };
}

/** The EIP-712 domain's name and version, as in StatementRegistry.sol. */
const REGISTRY_NAME = "Tributary Statement Registry";
const REGISTRY_VERSION = "1";

/** What is published of a statement, as `Statement` in IStatementRegistry.sol. */
export type Publication = {
  readonly root: Hex;
  /** SHA-256 of the file that holds all lines; zero for none. */
  readonly fileHash: Hex;
  readonly from: number;
  readonly until: number;
  readonly lineCount: number;
  /** Where that file is, at most 512 bytes of UTF-8; empty for nowhere public. */
  readonly uri: string;
};

const PUBLISH_FIELDS: readonly Field[] = [
  { name: "issuer", type: "address" },
  { name: "from", type: "uint40" },
  { name: "until", type: "uint40" },
  { name: "revision", type: "uint256" },
  { name: "root", type: "bytes32" },
  { name: "lineCount", type: "uint32" },
  { name: "fileHash", type: "bytes32" },
  { name: "uri", type: "string" },
  { name: "deadline", type: "uint256" },
];

/** The issuer's signed publication as its period's `revision`, for `publishWithSignature`; `deadline` is its last chain second. */
export const publishTypedData = (
  { chainId, registry }: { readonly chainId: number; readonly registry: Address },
  issuer: Address,
  publication: Publication,
  { revision, deadline }: { readonly revision: number; readonly deadline: number },
): TypedDataJson => ({
  domain: { name: REGISTRY_NAME, version: REGISTRY_VERSION, chainId, verifyingContract: registry },
  types: { EIP712Domain: [...DOMAIN_FIELDS], Publish: [...PUBLISH_FIELDS] },
  primaryType: "Publish",
  message: { issuer, ...publication, revision: revision.toString(), deadline: deadline.toString() },
});
