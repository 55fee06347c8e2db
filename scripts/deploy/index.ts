import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type BaseContract, ContractFactory, JsonRpcProvider, NonceManager, Wallet } from "ethers";
import { LOCAL_CHAIN_ID } from "../localChain/chainId.ts";
import { DESKS } from "../support/deployEscrow.ts";

const ARTIFACTS = resolve(import.meta.dirname, "../../artifacts/contracts");
const ETH = "0x0000000000000000000000000000000000000000";

/**
 * A token shoppers may pay with. `rate_num / rate_den` base units buy one minor unit of `currency`; both are digits.
 * `name` and `version` are the token's EIP-712 domain, where it has one.
 */
export type BookToken = {
  address: string;
  symbol: string;
  decimals: number;
  name?: string;
  version?: string;
  currency: string;
  rate_num: string;
  rate_den: string;
};

/** Where the contracts of one chain are; the server reads it (ADDRESS_BOOK). `startBlock`: the escrow's first block. */
export type AddressBook = {
  chainId: number;
  genesisHash: string;
  escrow: string;
  startBlock: number;
  tokens: BookToken[];
};

export type DeployOptions = {
  rpcUrl: string;
  /** Pays for the deployment and has no power afterwards. */
  privateKey: string;
  /** Tokens that are on the chain already. On the local chain ETH at 2,500 USD unless said, elsewhere none. */
  tokens?: BookToken[];
  /**
   * Also deploy TestUSD, which anyone may mint. On the local chain yes unless said, elsewhere no. It pays prices in USD,
   * or in another currency that is said, one for one.
   */
  testUsd?: boolean | { currency: string };
  tell?: (line: string) => void;
};

/**
 * Deploys the escrow, and TestUSD where wanted, from Hardhat's artifacts (`hardhat compile` makes them).
 * @returns the address book of the chain
 * @throws when the node cannot be reached, the key has no money, or a deployment fails
 * @example const book = await deployContracts({ rpcUrl: "http://127.0.0.1:8545", privateKey })
 */
export async function deployContracts({ rpcUrl, privateKey, tell = () => {}, ...wanted }: DeployOptions) {
  const provider = new JsonRpcProvider(rpcUrl, undefined, {
    staticNetwork: true,
    pollingInterval: 250,
    cacheTimeout: -1,
  });
  try {
    const chainId = Number((await provider.getNetwork()).chainId);
    const local = chainId === LOCAL_CHAIN_ID;
    const deployer = new NonceManager(new Wallet(privateKey, provider));
    let desk: string[] = [];
    for (const name of DESKS) desk = [(await deploy(deployer, `desks/${name}.sol/${name}`, desk)).address];
    const escrow = await deploy(deployer, "SettlementEscrow.sol/SettlementEscrow", desk);
    tell(`SettlementEscrow ${escrow.address}, block ${escrow.block}`);
    const tokens = [...(wanted.tokens ?? (local ? [LOCAL_ETH] : []))];
    const testUsd = wanted.testUsd ?? local;
    if (testUsd) {
      const { address, block } = await deploy(deployer, "mocks/TestUSD.sol/TestUSD");
      tell(`TestUSD ${address}, block ${block}`);
      tokens.unshift({ address, ...TEST_USD, ...(typeof testUsd === "object" ? testUsd : {}) });
    }
    const genesis = await provider.getBlock(0);
    if (!genesis?.hash) throw new Error(`the node at ${rpcUrl} does not know block 0`);
    return { chainId, genesisHash: genesis.hash, escrow: escrow.address, startBlock: escrow.block, tokens };
  } finally {
    provider.destroy();
  }
}

/** The name and version are those of OpenZeppelin's ERC20Permit("Test USD"); a cent is 10,000 base units. */
const TEST_USD = {
  symbol: "TUSD",
  decimals: 6,
  name: "Test USD",
  version: "1",
  currency: "USD",
  rate_num: "10000",
  rate_den: "1",
};

const LOCAL_ETH: BookToken = {
  address: ETH,
  symbol: "ETH",
  decimals: 18,
  currency: "USD",
  rate_num: "4000000000000",
  rate_den: "1",
};

/** Writes the book in one step, so that a server that starts meanwhile never reads half of it. */
export async function writeAddressBook(file: string, book: AddressBook): Promise<void> {
  await mkdir(dirname(resolve(file)), { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(book, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

async function deploy(
  deployer: NonceManager,
  artifact: string,
  args: readonly string[] = [],
): Promise<{ address: string; block: number }> {
  const file = resolve(ARTIFACTS, `${artifact}.json`);
  const { abi, bytecode } = await readFile(file, "utf8").then(JSON.parse, () => {
    throw new Error(`${artifact} is not compiled: run \`npx hardhat compile\` first`);
  });
  const contract: BaseContract = await new ContractFactory(abi, bytecode, deployer).deploy(...args);
  const receipt = await contract.deploymentTransaction()?.wait();
  if (!receipt) throw new Error(`the deployment of ${artifact} has no receipt`);
  return { address: await contract.getAddress(), block: receipt.blockNumber };
}
