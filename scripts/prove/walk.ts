import { globSync, readFileSync } from "node:fs";
import type { Artifact } from "@nomicfoundation/edr";
import { CODE, compile, PLAIN, readAll } from "../solidity/project.ts";
import { artifactsOf, type Effort, type Failure, Suites, suitesOf } from "../solidity/suites.ts";
import type { Edge, Vertex } from "./explore.ts";
import { ACTORS, type Case, creditsOf, DEEDS, type State } from "./table.ts";

/** Kinds of records; StateTable.t.sol follows them. */
const REFUSED = 0n;
const ONCE = 1n;
const ENTER = 2n;
const LEAVE = 3n;
const END = 4n;

const EFFORT: Effort = { fuzzRuns: 1, invariantRuns: 1, invariantDepth: 1, gasLimit: (1n << 63n) - 1n };

/** A walk along edges, as words of 32 bytes, and how many calls it makes. */
export type Walk = { words: bigint[]; allowed: number; refused: number };

/**
 * A walk along every edge that the table allows, each from the order it starts at. Of what it refuses, one call for each
 * that differs in anything but money that already left the order and in how long a window is still open.
 */
export function walkOf(vertices: readonly Vertex[], terms: Case): Walk {
  const walk: Walk = { words: [header(terms)], allowed: 0, refused: 0 };
  const tried = new Set<string>();
  const visit = (vertex: Vertex) => {
    const onward = new Map(vertex.next.map(({ edge, vertex }) => [edge, vertex]));
    for (const edge of vertex.edges) {
      const next = onward.get(edge);
      if (!edge.after) {
        const key = refusal(vertex.order, edge, terms);
        if (tried.has(key)) continue;
        tried.add(key);
        walk.refused += 1;
        walk.words.push(record(REFUSED, edge, 0n));
        continue;
      }
      walk.allowed += 1;
      walk.words.push(record(next ? ENTER : ONCE, edge, expected(edge.after, terms)));
      if (!next) continue;
      visit(next);
      walk.words.push(LEAVE << 252n);
    }
  };
  const [first] = vertices;
  if (first) visit(first);
  walk.words.push(END << 252n);
  return walk;
}

function refusal(order: State, { deed, at }: Edge, terms: Case): string {
  const near = (end: number) => Math.max(-1, Math.min(at - end, 1)) + (at === end - 1 ? 0.5 : 0);
  const windows = [terms.authorizeBy, terms.captureBy, order.releaseAt, order.rulingBy].map(near);
  const { used, cancelled, H, P, D, R, Z, round } = order;
  const more =
    deed.name === "refundReleased" ? [R, Z] : ["dispute", "concede", "rule"].includes(deed.name) ? [round] : [];
  return JSON.stringify([used, cancelled, H, P, D, more, windows, deed]);
}

function header({
  amount,
  authorizeBy,
  captureBy,
  delay,
  rulingTime,
  defaultToPayerPpm,
  legs,
  ...flags
}: Case): bigint {
  const bits = (flags.merchantMayCapture ? 1 : 0) | (flags.operatorMayRefund ? 2 : 0);
  const agents = Number(legs[1]?.share ?? 0n);
  return packed(32n, [amount, authorizeBy, captureBy, delay, rulingTime, defaultToPayerPpm, bits, agents]);
}

function record(kind: bigint, { deed, at }: Edge, after: bigint): bigint {
  const head = packed(4n, [Number(kind), DEEDS.indexOf(deed.name), ACTORS.indexOf(deed.actor), deed.stale ? 1 : 0]);
  return (head << 240n) | (BigInt(deed.amount) << 208n) | (BigInt(at) << 176n) | after;
}

function expected(order: State, terms: Case): bigint {
  const [merchant = 0, agent = 0] = creditsOf(order, terms);
  const { H, P, D, X, Z, round, returned, paid, spent } = order;
  const marks = (order.used ? 1 : 0) | (order.cancelled ? 2 : 0);
  const quantities = packed(4n, [H, P, D, X, Z, round, marks, returned, merchant, agent, paid, spent]);
  return (quantities << 64n) | packed(32n, [order.releaseAt, order.rulingBy]);
}

function packed(width: bigint, values: readonly number[]): bigint {
  return values.reduce((word, value) => (word << width) | BigInt(value), 0n);
}

/** Follows the walks on the contracts as they are deployed: one test for each. */
export async function follow(walks: readonly Walk[]): Promise<{ passed: number; failures: Failure[] }> {
  const harness = compile(
    readAll(
      "scripts/prove/*.t.sol",
      "contracts/interfaces/*.sol",
      "contracts/mocks/TestUSD.sol",
      "test/contracts/support/{Deployer,Vm}.sol",
    ),
    PLAIN,
    CODE,
  );
  const tables = walks.map(({ words }, at) => table(`Table${at}`, words));
  const contracts = artifactsOf(harness).filter(({ id }) => !id.source.startsWith("contracts/"));
  return await new Suites().run([...deployed(), ...contracts, ...tables], suitesOf(harness), EFFORT);
}

/** A table dressed as the bytecode of a contract, which is how a test can ask for it. */
function table(name: string, words: readonly bigint[]): Artifact {
  const bytecode = `0x${words.map((word) => word.toString(16).padStart(64, "0")).join("")}`;
  const none = { linkReferences: {}, deployedLinkReferences: {} };
  return {
    id: { name, source: "Table.sol", solcVersion: "0.8.37" },
    contract: { abi: "[]", bytecode, deployedBytecode: "0x", ...none },
  };
}

/**
 * Contracts in which the compiler keeps variables in memory, since its stack was full. Then memory in use begins above
 * 0x80, and `TermsHash.digest`, which works at literal places from there on, would write over them.
 */
export function withVariablesInMemory(): string[] {
  const hashesTerms = /^contracts\/(SettlementEscrow|desks\/\w+Desk)\.sol$/;
  const freeFrom0x80 = "0x6080604052";
  return deployed()
    .filter(({ id, contract }) => hashesTerms.test(id.source) && contract.deployedBytecode !== "0x")
    .filter(({ contract }) => !contract.deployedBytecode?.startsWith(freeFrom0x80))
    .map(({ id }) => id.name);
}

/** What was built for deployment. */
function deployed(): Artifact[] {
  return globSync("artifacts/contracts/**/*.json")
    .map((path) => JSON.parse(readFileSync(path, "utf8")))
    .filter(({ bytecode }) => bytecode !== undefined)
    .map(({ contractName, sourceName, abi, bytecode, deployedBytecode, linkReferences, deployedLinkReferences }) => ({
      id: { name: contractName, source: sourceName, solcVersion: "0.8.37" },
      contract: { abi: JSON.stringify(abi), bytecode, deployedBytecode, linkReferences, deployedLinkReferences },
    }));
}
