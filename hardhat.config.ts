import { globSync } from "node:fs";
import { createRequire } from "node:module";
import hardhatEthers from "@nomicfoundation/hardhat-ethers";
import hardhatKeystore from "@nomicfoundation/hardhat-keystore";
import hardhatMocha from "@nomicfoundation/hardhat-mocha";
import { defineConfig } from "hardhat/config";

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

export default defineConfig({
  plugins: [hardhatEthers, hardhatKeystore, hardhatMocha],
  solidity: {
    compilers: [deployed],
    overrides: Object.fromEntries(globSync("test/contracts/**/*.sol").map((file) => [file, tests])),
  },
  networks: { default: localChain, node: localChain },
  paths: { tests: { solidity: "test/contracts", mocha: "test/contracts" } },
});
