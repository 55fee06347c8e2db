import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { getAddress, isAddress, parseUnits } from "ethers";
import type { BookToken } from "./book.ts";
import type { Panel } from "./contracts.ts";
import type { Method } from "./plan.ts";

export const HELP = `Puts the contracts onto an EVM chain and writes the address book the server reads.

  npm run deploy -- --rpc URL --chain-id N --dry-run    look first: addresses, gas, cost; sends nothing
  npm run deploy -- --rpc URL --chain-id N              do it; broken off, the same command goes on

Where
  --rpc URL            JSON-RPC of the chain (default http://127.0.0.1:8545)
  --chain-id N         the chain you mean; needed everywhere but on the local chain, 31337
  --out FILE           the address book (default deployments/<chain id>.json)
  --force              write over a book of another chain or of other addresses

What
  --tokens FILE        JSON array of tokens shoppers may pay with:
                       [{address, symbol, decimals, name?, version?, currency, rate_num, rate_den}]
                       (unless given: those of the book that is there; on the local chain ETH at 2,500 USD)
  --test-usd           also TestUSD, which anyone may mint (the local chain always gets it)
  --arbiters A,B,C     also an ArbiterPanel of these members, who vote on disputes of orders that name it as arbiter
  --quorum N           how many of them must vote (default: more than half)
  --ruling-s N         seconds it keeps, before the ruling time ends, to rule as they voted (default 21600)
  --create             by plain CREATE, for a chain that cannot have the deployment proxy; the addresses then depend on
                       who deploys and when
  --start-block N      the escrow's first block, where it is there already and the node cannot tell

How
  --dry-run            send nothing; needs no key
  --max-fee-gwei N     most to pay for a unit of gas; above it, wait (default 100)
  --confirmations N    blocks that must stand on each contract (default 1 on the local chain, 3 elsewhere)
  --timeout-s N        how long to wait for one thing, such as a transaction (default 600)
  --json               the result as JSON on standard output
  --help

The key that pays is never an argument. It comes from DEPLOYER_KEY in the environment, or from Hardhat's encrypted
keystore (\`npx hardhat keystore set DEPLOYER_KEY\`); on the local chain the first development account pays unless
DEPLOYER_KEY is set. It has no power over the contracts afterwards: nobody has. docs/deploy.md leads from key to server.
`;

export type Options = {
  rpcUrl: string;
  chainId: number | undefined;
  out: string | undefined;
  force: boolean;
  tokens: BookToken[] | undefined;
  testUsd: boolean;
  panel: Panel | undefined;
  method: Method;
  startBlock: number | undefined;
  dryRun: boolean;
  /** Wei. */
  mostPerGas: bigint;
  confirmations: number | undefined;
  timeoutMs: number;
  json: boolean;
};

/**
 * Reads the command line.
 * @returns nothing when help is wanted
 * @throws with a sentence that names the option
 */
export function optionsOf(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rpc: { type: "string", default: "http://127.0.0.1:8545" },
      "chain-id": { type: "string" },
      out: { type: "string" },
      force: { type: "boolean", default: false },
      tokens: { type: "string" },
      "test-usd": { type: "boolean", default: false },
      arbiters: { type: "string" },
      quorum: { type: "string" },
      "ruling-s": { type: "string" },
      create: { type: "boolean", default: false },
      "start-block": { type: "string" },
      "dry-run": { type: "boolean", default: false },
      "max-fee-gwei": { type: "string", default: "100" },
      confirmations: { type: "string" },
      "timeout-s": { type: "string", default: "600" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  return {
    rpcUrl: values.rpc,
    chainId: number("chain-id", values["chain-id"], 1),
    out: values.out,
    force: values.force,
    tokens: values.tokens === undefined ? undefined : tokensIn(values.tokens),
    testUsd: values["test-usd"],
    panel: panelOf(values.arbiters, number("quorum", values.quorum, 1), number("ruling-s", values["ruling-s"], 1)),
    method: values.create ? "create" : "create2",
    startBlock: number("start-block", values["start-block"], 0),
    dryRun: values["dry-run"],
    mostPerGas: gweiOf(values["max-fee-gwei"]),
    confirmations: number("confirmations", values.confirmations, 1),
    timeoutMs: 1000 * (number("timeout-s", values["timeout-s"], 1) ?? 600),
    json: values.json,
  };
}

function number(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least)
    throw new Error(`--${name} must be a whole number from ${least} on, not "${text}"`);
  return value;
}

function panelOf(
  members: string | undefined,
  quorum: number | undefined,
  executionS: number | undefined,
): Panel | undefined {
  if (members === undefined) {
    if (quorum !== undefined || executionS !== undefined) throw new Error("--quorum and --ruling-s need --arbiters");
    return undefined;
  }
  const accounts = members.split(",").map((member) => member.trim());
  const wrong = accounts.find((account) => !isAddress(account));
  if (wrong !== undefined) throw new Error(`--arbiters: "${wrong}" is no address with a right checksum`);
  return {
    members: accounts.map((account) => getAddress(account)),
    quorum: quorum ?? Math.floor(accounts.length / 2) + 1,
    executionS: executionS ?? 6 * 3_600,
  };
}

function gweiOf(text: string): bigint {
  if (!/^\d+(\.\d{1,9})?$/.test(text) || Number(text) === 0)
    throw new Error(`--max-fee-gwei must be a number above 0 with at most nine decimals, not "${text}"`);
  return parseUnits(text, "gwei");
}

function tokensIn(file: string): BookToken[] {
  const tokens: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (!Array.isArray(tokens)) throw new Error(`--tokens: ${file} must hold a JSON array`);
  return tokens as BookToken[];
}
