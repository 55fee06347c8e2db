import { globSync } from "node:fs";
import { createRequire } from "node:module";
import hardhatEthers from "@nomicfoundation/hardhat-ethers";
import hardhatKeystore from "@nomicfoundation/hardhat-keystore";
import hardhatMocha from "@nomicfoundation/hardhat-mocha";
import { defineConfig } from "hardhat/config";
import type { HardhatPlugin } from "hardhat/types/plugins";

const require = createRequire(import.meta.url);

const compiler = { version: "0.8.37", path: require.resolve("solc/soljson.js") };

/** As deployed: every unit of gas counts. */
const deployed = {
  ...compiler,
  settings: {
    viaIR: true,
    // a hash of the whole compilation in the code would give a contract another address whenever its neighbours change
    metadata: { bytecodeHash: "none" },
    evmVersion: "prague",
    optimizer: { enabled: true, runs: 100_000 },
  },
};

/** Tests take the contracts from their artifacts, so their own code may be slow, and compile in a fraction of the time. */
const tests = {
  ...compiler,
  settings: { evmVersion: "prague", optimizer: { enabled: false } },
};

/** What every local chain here shares; blocks may share a second, or a burst of transactions would outrun the clock. */
const localChain = {
  type: "edr-simulated",
  chainType: "l1",
  chainId: 31_337,
  hardfork: "prague",
  allowBlocksWithSameTimestamp: true,
} as const;

/**
 * Hardhat compiles together what has one and the same configuration, and makes one of its own of every override: one
 * compilation per test, each of which reads all that the test imports again. Two shared ones keep two cores busy.
 */
const inTwoCompilations: HardhatPlugin = {
  id: "tests-in-two-compilations",
  hookHandlers: {
    config: async () => ({
      default: async () => ({
        async resolveUserConfig(user, resolve, next) {
          const config = await next(user, resolve);
          for (const { overrides } of Object.values(config.solidity.profiles)) {
            const [first, second = first] = Object.values(overrides);
            if (!first || !second) continue;
            for (const [at, file] of Object.keys(overrides).entries()) overrides[file] = at % 2 ? second : first;
          }
          return config;
        },
      }),
    }),
  },
};

export default defineConfig({
  plugins: [inTwoCompilations, hardhatEthers, hardhatKeystore, hardhatMocha],
  solidity: {
    compilers: [deployed],
    // else every network that is made would load all of the tests' compilations for its stack traces
    splitTestsCompilation: true,
    overrides: Object.fromEntries(globSync("test/contracts/**/*.sol").map((file) => [file, tests])),
  },
  networks: { default: localChain, node: localChain },
  paths: { tests: { solidity: "test/contracts", mocha: "test/contracts" } },
});
