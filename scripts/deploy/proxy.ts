import { concat, getCreate2Address, id, keccak256, Transaction } from "ethers";

/**
 * The deterministic deployment proxy: called with a salt and init code, it creates the contract by CREATE2. Its own
 * address is the same on every chain, for it comes of a transaction that was signed once, by nobody's key, for no chain.
 * @see https://github.com/Arachnid/deterministic-deployment-proxy
 */
export const PROXY = "0x4e59b44847b379578588920cA78FbF26c0B4956C";

export const PROXY_CODE =
  "0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3";

/** The signed transaction that makes it: 100,000 gas at 100 gwei, without a chain id. */
export const PROXY_TRANSACTION =
  "0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba02222222222222222222222222222222222222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222";

const signed = Transaction.from(PROXY_TRANSACTION);

/** Who "sent" it, and must own the fee before. */
export const PROXY_MAKER = signed.from ?? "";
export const PROXY_GAS_PRICE = signed.gasPrice ?? 0n;
export const PROXY_FEE = signed.gasLimit * PROXY_GAS_PRICE;

/** One salt for all; a new name gives every contract a new address. */
const SALT = id("Tributary/1");

/** Where the proxy puts a contract: the same on every chain, whoever pays. */
export const addressBy = (initCode: string): string => getCreate2Address(PROXY, SALT, keccak256(initCode));

/** What the proxy is called with. */
export const callOf = (initCode: string): string => concat([SALT, initCode]);
