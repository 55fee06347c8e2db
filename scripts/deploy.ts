import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { JsonRpcProvider } from "ethers";
import { deployContracts, writeAddressBook } from "./deploy/index.ts";
import { LOCAL_CHAIN_ID } from "./localChain/chainId.ts";

const HELP = `Deploys the escrow and writes the address book the server reads.

  npm run deploy -- --rpc URL --out FILE

  --rpc URL        JSON-RPC of the chain (default http://127.0.0.1:8545)
  --out FILE       the address book (default deployments/<chain id>.json)
  --tokens FILE    JSON array of tokens shoppers may pay with:
                   [{address, symbol, decimals, name?, version?, currency, rate_num, rate_den}]
                   (local chain: ETH at 2,500 USD unless given)
  --test-usd       also deploy TestUSD, which anyone may mint (the local chain always gets it)

The key that pays for it is read from DEPLOYER_KEY; on the local chain the first development account pays unless it is
set. The key has no power over the contracts afterwards: nobody has.
`;

/** Hardhat's first development account; public, for the local chain only. */
const DEVELOPMENT_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

const { values } = parseArgs({
  options: {
    rpc: { type: "string", default: "http://127.0.0.1:8545" },
    out: { type: "string" },
    tokens: { type: "string" },
    "test-usd": { type: "boolean" },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else await run();

async function run(): Promise<void> {
  const chainId = await chainIdOf(values.rpc);
  const out = values.out ?? `deployments/${chainId}.json`;
  const book = await deployContracts({
    rpcUrl: values.rpc,
    privateKey: keyFor(chainId),
    tell: console.error,
    ...(values.tokens ? { tokens: JSON.parse(await readFile(values.tokens, "utf8")) } : {}),
    ...(values["test-usd"] ? { testUsd: true } : {}),
  });
  await writeAddressBook(out, book);
  console.log(JSON.stringify({ out, ...book }, null, 2));
}

function keyFor(chainId: number): string {
  const key = process.env.DEPLOYER_KEY;
  if (key) return key;
  if (chainId === LOCAL_CHAIN_ID) return DEVELOPMENT_KEY;
  throw new Error(`DEPLOYER_KEY is not set, and chain ${chainId} is not the local one`);
}

async function chainIdOf(url: string): Promise<number> {
  const provider = new JsonRpcProvider(url);
  try {
    return Number(await provider.send("eth_chainId", []));
  } finally {
    provider.destroy();
  }
}
