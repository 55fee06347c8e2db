import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Artifact, ArtifactId } from "@nomicfoundation/edr";
import { CODE, CORE, compile, digest, type Output, PLAIN, readAll, type Sources, trees } from "../solidity/project.ts";
import { artifactsOf, suitesOf } from "../solidity/suites.ts";
import { type Mutant, named } from "./mutant.ts";
import { changesOf } from "./operators.ts";
import { allInOne, awaken } from "./schema.ts";

/** Everything that a mutant is run with. */
export type World = {
  mutants: Mutant[];
  /** Those that do not compile, which count for nothing. */
  refused: Map<Mutant, string>;
  /** The program of one mutant; 0 is the original. */
  programOf(id: number): Artifact[];
  suites: ArtifactId[];
  /** Names of what results depend on: of the contracts, and of contracts and tests. */
  contracts: string;
  all: string;
};

const CACHE = "cache/mutants";

export function mutantsOf(sources: Sources): { parsed: ReturnType<typeof trees>; mutants: Mutant[] } {
  const parsed = trees(sources, CORE);
  return { parsed, mutants: named(changesOf(sources, parsed), sources) };
}

/** Compiles contracts and tests once; what was compiled before is read from the cache. */
export function makeWorld(say: (sentence: string) => void): World {
  const contracts = readAll("contracts/**/*.sol");
  const tests = readAll("test/contracts/**/*.sol");
  const { parsed, mutants } = mutantsOf(contracts);
  say(`${mutants.length} mutants of ${CORE.length} files; asking the compiler which of them it takes`);
  const { woven, taken, refused } = allInOne(contracts, parsed, mutants);
  const make = (what: string, sources: Sources, wanted: object): Output =>
    kept(`${what}-${digest(sources)}`, () => {
      say(`compiling the ${what} with ${taken.length} mutants inside (minutes; kept in ${CACHE})`);
      return compile(sources, PLAIN, wanted);
    });
  const ofTests = Object.fromEntries([...tests.keys()].map((path) => [path, CODE["*"]]));
  const compiled = [make("contracts", woven, CODE), make("tests", new Map([...woven, ...tests]), ofTests)];
  const artifacts = compiled.flatMap(artifactsOf);
  return {
    mutants: taken,
    refused,
    programOf: (id) => artifacts.map((artifact) => withMutant(artifact, id)),
    suites: compiled.flatMap(suitesOf),
    contracts: digest(contracts),
    all: digest(new Map([...contracts, ...tests])),
  };
}

function withMutant({ id, contract }: Artifact, mutant: number): Artifact {
  const { bytecode = "", deployedBytecode = "" } = contract;
  return {
    id,
    contract: { ...contract, bytecode: awaken(bytecode, mutant), deployedBytecode: awaken(deployedBytecode, mutant) },
  };
}

function kept(name: string, make: () => Output): Output {
  const file = `${CACHE}/${name}.json`;
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  const made = make();
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(file, JSON.stringify({ contracts: made.contracts }));
  return made;
}

/** Where results are kept, so that a run which was interrupted goes on. */
export function resultsFile(): string {
  mkdirSync(CACHE, { recursive: true });
  return `${CACHE}/results.jsonl`;
}
