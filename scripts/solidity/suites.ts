import {
  type Artifact,
  type ArtifactId,
  CollectStackTraces,
  EdrContext,
  L1_CHAIN_TYPE,
  l1GenesisState,
  l1HardforkFromString,
  l1SolidityTestRunnerFactory,
  type SuiteResult,
} from "@nomicfoundation/edr";
import type { Contract, Output } from "./project.ts";

/** How much chance is given to fuzz and invariant tests, and how much gas to one test, which ends endless loops. */
export type Effort = { fuzzRuns: number; invariantRuns: number; invariantDepth: number; gasLimit: bigint };

export type Failure = { suite: string; test: string; reason: string };

const HARDFORK = "Prague";

let context: Promise<EdrContext> | undefined;

/** A process may have one. */
function engine(): Promise<EdrContext> {
  context ??= (async () => {
    const made = new EdrContext();
    await made.registerSolidityTestRunnerFactory(L1_CHAIN_TYPE, l1SolidityTestRunnerFactory());
    return made;
  })();
  return context;
}

/**
 * Runs Solidity tests on compiled contracts that are in memory, on the engine below Hardhat's own runner: nothing is
 * written, nothing compiled, and the process may do it thousands of times.
 */
export class Suites {
  /**
   * @param artifacts all contracts that the tests may ask for, tests included
   * @param suites    those to run
   * @param onHits    called with the coverage markers that were hit
   * @returns the time each suite took, and the tests that failed
   */
  async run(
    artifacts: readonly Artifact[],
    suites: readonly ArtifactId[],
    effort: Effort,
    { pattern, except, onHits }: { pattern?: string; except?: string; onHits?: (hits: Uint8Array[]) => void } = {},
  ): Promise<{ failures: Failure[]; took: Map<string, number>; passed: number }> {
    if (suites.length === 0) return { failures: [], took: new Map(), passed: 0 };
    const results: SuiteResult[] = [];
    // the run may be over before the last suites have been told of
    const all = Promise.withResolvers<void>();
    await (await engine()).runSolidityTests(
      L1_CHAIN_TYPE,
      [...artifacts],
      [...suites],
      {
        projectRoot: process.cwd(),
        hardfork: HARDFORK,
        localPredeploys: l1GenesisState(l1HardforkFromString(HARDFORK)),
        disableBlockGasLimit: true,
        disableTransactionGasCap: true,
        gasLimit: effort.gasLimit,
        collectStackTraces: CollectStackTraces.OnFailure,
        fuzz: { runs: effort.fuzzRuns, seed: "0x7472696275746172" },
        invariant: { runs: effort.invariantRuns, depth: effort.invariantDepth, shrinkRunLimit: 0 },
        ...(pattern === undefined ? {} : { testPattern: pattern }),
        ...(except === undefined ? {} : { excludeTestPattern: except }),
        ...(onHits
          ? { observability: { codeCoverage: { onCollectedCoverageCallback: async (hits) => onHits(hits) } } }
          : {}),
      },
      {},
      (result) => {
        if (results.push(result) === suites.length) all.resolve();
      },
    );
    await all.promise;
    const tests = results.flatMap(({ id, testResults }) => testResults.map((test) => ({ suite: nameOf(id), test })));
    return {
      failures: tests
        .filter(({ test }) => test.status === "Failure")
        .map(({ suite, test }) => ({ suite, test: test.name, reason: test.reason ?? "" })),
      took: new Map(results.map(({ id, durationNs }) => [nameOf(id), Number(durationNs) / 1e6])),
      passed: tests.filter(({ test }) => test.status === "Success").length,
    };
  }
}

export function nameOf({ source, name }: { source: string; name: string }): string {
  return `${source}:${name}`;
}

/** What the compiler made, in the form the engine takes. */
export function artifactsOf(output: Output): Artifact[] {
  return Object.entries(output.contracts ?? {}).flatMap(([source, contracts]) =>
    Object.entries(contracts).map(([name, { abi, evm }]) => ({
      id: { name, source, solcVersion: "0.8.37" },
      contract: {
        abi: JSON.stringify(abi),
        bytecode: `0x${evm.bytecode.object}`,
        deployedBytecode: `0x${evm.deployedBytecode.object}`,
        linkReferences: {},
        deployedLinkReferences: {},
      },
    })),
  );
}

/** The contracts among the test files that have tests. */
export function suitesOf(output: Output): ArtifactId[] {
  const hasTests = ({ abi, evm }: Contract) =>
    evm.bytecode.object !== "" &&
    (abi as { type: string; name?: string }[]).some(
      ({ type, name }) => type === "function" && /^(test|invariant)/.test(name ?? ""),
    );
  return Object.entries(output.contracts ?? {})
    .filter(([source]) => source.endsWith(".t.sol"))
    .flatMap(([source, contracts]) =>
      Object.entries(contracts)
        .filter(([, contract]) => hasTests(contract))
        .map(([name]) => ({ name, source, solcVersion: "0.8.37" })),
    );
}
