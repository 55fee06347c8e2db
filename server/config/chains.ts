import type { Hex } from "viem";
import { mnemonicToAccount, privateKeyToAddress } from "viem/accounts";
import { z } from "zod";
import type { AddressBook } from "./addressBook.ts";
import { BadConfiguration, count, type Environment, list, variables } from "./values.ts";

/** The chain id of every local chain that our tools start. */
const LOCAL_CHAIN = 31_337;

const privateKey = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/i, "is no 32-byte key in hex")
  .transform((text) => text as Hex);

/** What is said of each chain: of the first by these names, of another by the name with `_` and its chain id behind. */
export const chainVariables = {
  RPC_URLS: list.pipe(z.array(z.url()).min(1)),
  OPERATOR_KEY: privateKey,
  POLL_MS: count(10, 60_000).default(200),
  RPC_TIMEOUT_MS: count(50, 60_000).default(10_000),
  RPC_QUORUM: count(1, 2).default(2),
  LEASE_MS: count(500, 60_000).default(5_000),
  SWEEP_S: count(1, 86_400).default(60),
  CONFIRMATIONS: count(1, 1_000).default(1),
  /** `depth:12`, or `tag` for a chain whose node knows what is finalized. */
  FINALITY: z
    .string()
    .regex(/^(tag|depth:\d+)$/)
    .default("depth:12"),
  BLOCK_RANGE: count(1, 100_000).default(2_000),
  MAX_FEE_GWEI: count(1, 100_000).default(500),
  REPLACE_AFTER_MS: count(100, 86_400_000).default(60_000),
  RETURN_UNKNOWN: z
    .enum(["true", "false"])
    .default("true")
    .transform((text) => text === "true"),
};
const schema = z.object(chainVariables);
const NAMES = Object.keys(chainVariables) as (keyof typeof chainVariables)[];

export type ChainConfig = ReturnType<typeof chainConfig>;
export type TokenConfig = ChainConfig["tokens"][number];

/**
 * The chains of these books, in their order. What is not said of another chain than the first is as for the first; but
 * for its nodes, which have to be said.
 * @throws BadConfiguration naming every variable that is missing or wrong
 */
export function readChains(env: Environment, books: readonly AddressBook[]): [ChainConfig, ...ChainConfig[]] {
  const [first, ...others] = books;
  if (first === undefined) throw new BadConfiguration(["ADDRESS_BOOK: names no file"]);
  refuseStrayNames(env, first.chainId, new Set(others.map(({ chainId }) => chainId)));
  return [chainConfig(first, env, ""), ...others.map((book) => chainConfig(book, env, `_${book.chainId}`))];
}

/** @param suffix what stands behind the names of this chain's variables */
function chainConfig(book: AddressBook, env: Environment, suffix: string) {
  const nameOf = (name: string) =>
    env[`${name}${suffix}`] === undefined && name !== "RPC_URLS" ? name : name + suffix;
  const own = Object.fromEntries(NAMES.map((name) => [name, env[nameOf(name)]]));
  const values = variables(schema, own, nameOf);
  refuseKnownKeys(nameOf("OPERATOR_KEY"), values.OPERATOR_KEY, book.chainId);
  return {
    id: book.chainId,
    rpcUrls: values.RPC_URLS,
    genesisHash: book.genesisHash,
    escrow: book.escrow,
    startBlock: book.startBlock,
    tokens: book.tokens.map(({ rate_num, rate_den, ...rest }) => ({ ...rest, rateNum: rate_num, rateDen: rate_den })),
    operatorKey: values.OPERATOR_KEY,
    operator: privateKeyToAddress(values.OPERATOR_KEY),
    pollMs: values.POLL_MS,
    /** For one answer of a node, from the first byte sent to the last received; also the longest a node is left alone. */
    rpcTimeoutMs: values.RPC_TIMEOUT_MS,
    /** Nodes that have to say the same before anything becomes final, where there are as many. */
    quorum: values.RPC_QUORUM,
    /** How long a process that says nothing keeps the right to write what the chain says. */
    leaseMs: values.LEASE_MS,
    /** How often a page of orders and credits is compared with the escrow. */
    sweepMs: values.SWEEP_S * 1_000,
    /** Blocks a log needs on top, itself counted, before people may rely on it. */
    confirmations: values.CONFIRMATIONS,
    finality: finality(values.FINALITY),
    /** Blocks asked for at once, before a node says it is too much. */
    blockRange: values.BLOCK_RANGE,
    maxFeePerGas: BigInt(values.MAX_FEE_GWEI) * 10n ** 9n,
    /** How long a transaction of ours has to find its block before it may be replaced. */
    replaceAfterMs: values.REPLACE_AFTER_MS,
    /** Whether payments that name our operator, but are of no order of ours, are given back by it. */
    returnUnknown: values.RETURN_UNKNOWN,
  };
}

/** Whether this is a chain on which public keys do no harm. */
export const isLocal = (chainId: number): boolean => chainId === LOCAL_CHAIN;

function finality(text: string): { source: "tag" } | { source: "depth"; depth: number } {
  return text === "tag" ? { source: "tag" } : { source: "depth", depth: Number(text.slice("depth:".length)) };
}

/** A setting of a chain that has no book would be followed by nobody, and nobody would notice. */
function refuseStrayNames(env: Environment, first: number, others: ReadonlySet<number>): void {
  const suffixed = new RegExp(`^(${NAMES.join("|")})_(\\d+)$`);
  const problems = Object.keys(env).flatMap((name) => {
    const [, plain, id] = suffixed.exec(name) ?? [];
    if (id === undefined || env[name] === undefined || others.has(Number(id))) return [];
    if (Number(id) === first) return [`${name}: chain ${id} is the first of ADDRESS_BOOK; say ${plain} instead`];
    return [`${name}: ADDRESS_BOOK names no book of chain ${id}`];
  });
  if (problems.length > 0) throw new BadConfiguration(problems.sort());
}

/** The accounts of this phrase are public; on any chain but the local one their money is anybody's. */
const DEVELOPMENT_PHRASE = "test test test test test test test test test test test junk";

function refuseKnownKeys(name: string, key: Hex, chainId: number): void {
  if (isLocal(chainId)) return;
  const operator = privateKeyToAddress(key);
  const known = Array.from(
    { length: 20 },
    (_, addressIndex) => mnemonicToAccount(DEVELOPMENT_PHRASE, { addressIndex }).address,
  );
  if (known.includes(operator))
    throw new BadConfiguration([`${name}: is a public development key, and chain ${chainId} is no local chain`]);
}
