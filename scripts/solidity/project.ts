import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Node } from "./ast.ts";

const require = createRequire(import.meta.url);
/** Loaded when first needed, for it is 9 MB of WebAssembly. It brings types, but none that it can be called by. */
const solc = (): { compile(input: string, callbacks: { import(path: string): { contents: string } }): string } =>
  require("solc");

/** Solidity files by their path from the root of the project. */
export type Sources = ReadonlyMap<string, string>;

export type Contract = {
  abi: unknown[];
  evm: { bytecode: { object: string }; deployedBytecode: { object: string } };
};

type Message = {
  severity: string;
  formattedMessage: string;
  sourceLocation?: { file: string; start: number; end: number };
};

export type Output = {
  errors?: Message[];
  contracts?: Record<string, Record<string, Contract>>;
  sources?: Record<string, { ast: Node }>;
};

/** The contracts that are deployed: what is measured and broken, as against faces, mocks and tests. */
export const CORE = globSync("contracts/**/*.sol", {
  exclude: ["contracts/interfaces/**", "contracts/mocks/**"],
}).sort();

export function readAll(...patterns: string[]): Map<string, string> {
  const paths = globSync(patterns).sort();
  return new Map(paths.map((path) => [path, readFileSync(path, "utf8")]));
}

/** Nothing is optimized: compiles soonest, and no constant is folded. */
export const PLAIN = { viaIR: true, evmVersion: "prague", optimizer: { enabled: false } };

/** What the compiler makes of the sources; packages are read from node_modules. Throws what it says where it fails. */
export function compile(sources: Sources, settings: object, wanted: object): Output {
  const output = tryToCompile(sources, settings, wanted);
  const errors = failures(output);
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
  return output;
}

export function tryToCompile(sources: Sources, settings: object, wanted: object): Output {
  const input = {
    language: "Solidity",
    sources: Object.fromEntries([...sources].map(([path, content]) => [path, { content }])),
    settings: { ...settings, outputSelection: wanted },
  };
  const fromPackages = (path: string) => ({ contents: readFileSync(`node_modules/${path}`, "utf8") });
  return JSON.parse(solc().compile(JSON.stringify(input), { import: fromPackages }));
}

export function failures(output: Output): Message[] {
  return (output.errors ?? []).filter(({ severity }) => severity === "error");
}

/** The syntax trees of `paths`, with the types of their expressions. */
export function trees(sources: Sources, paths: readonly string[]): Map<string, Node> {
  const { sources: parsed = {} } = compile(sources, PLAIN, { "*": { "": ["ast"] } });
  return new Map(paths.map((path) => [path, parsed[path]?.ast as Node]));
}

export const CODE = { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } };

/** One name for the content of all these sources. */
export function digest(sources: Sources, ...more: string[]): string {
  const hash = createHash("sha256");
  for (const [path, content] of sources) hash.update(`${path}\0${content}\0`);
  for (const each of more) hash.update(`${each}\0`);
  return hash.digest("hex").slice(0, 16);
}
