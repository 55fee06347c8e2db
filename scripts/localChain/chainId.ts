/** The chain id of a local chain unless another is said, as Hardhat's and anvil's default. */
export const LOCAL_CHAIN_ID = 31_337;
