/** The chain id of every local chain, as Hardhat's and anvil's default. */
export const LOCAL_CHAIN_ID = 31_337;
