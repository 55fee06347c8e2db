import { LOCAL_CHAIN_ID } from "../localChain/chainId.ts";
import { type AddressBook, readAddressBook, writeAddressBook } from "./book.ts";
import { carryOut } from "./carryOut.ts";
import { checkTokens } from "./checkTokens.ts";
import { type Costs, costsOf } from "./costs.ts";
import { gwei } from "./fees.ts";
import { findKey, type Keystore } from "./key.ts";
import { HELP, type Options, optionsOf } from "./options.ts";
import { seconds } from "./patience.ts";
import { endProgress, knownOf, writeProgress } from "./progress.ts";
import { refuseForeignBook, refuseNoKey, refuseOtherChain, refusePoverty, refuseTooLarge } from "./refusals.ts";
import { costsTable, digits, ether, sizesTable } from "./report.ts";
import { type Ask, hostOf, rpc } from "./rpc.ts";
import { type Mined, type Sender, sender } from "./sender.ts";
import { writeSources } from "./sources.ts";
import { birthOf, checkStartBlock } from "./startBlock.ts";
import { chainOf, placesOf, type Survey, survey } from "./survey.ts";
import { LOCAL_ETH, tokensOf } from "./tokens.ts";

/** Where lines for people go, where the result goes that `--json` or `--help` want, and where a key may be. */
export type Surroundings = {
  tell: (line: string) => void;
  print: (text: string) => void;
  env: NodeJS.ProcessEnv;
  keystore: Keystore;
};

/**
 * `npm run deploy`, as its help says.
 * @returns the exit code
 */
export async function command(args: readonly string[], around: Surroundings): Promise<number> {
  try {
    const options = optionsOf(args);
    if (options) await deploy(options, around);
    else around.print(HELP);
    return 0;
  } catch (error) {
    around.tell(`\n${error instanceof Error ? error.message : error}`);
    return 1;
  }
}

/** A chain that was looked at, and everything that the rest needs. */
type Prepared = Surroundings & {
  options: Options;
  ask: Ask;
  found: Survey;
  file: string;
  old: AddressBook | undefined;
  payer: Sender | undefined;
};

async function deploy(options: Options, around: Surroundings): Promise<void> {
  const { tell, print } = around;
  const prepared = await prepare(options, around);
  const { found, file, ask, payer, old } = prepared;
  tell(`\n${sizesTable(found.plan)}\n`);
  refuseTooLarge(found.plan);
  if (!options.force) refuseForeignBook(file, old, found);
  if (options.tokens) await checkTokens(ask, options.tokens);
  const costs = await costsOf(ask, found.plan, found.proxyThere, options.mostPerGas, payer?.address);
  const balance = payer && BigInt(await ask<string>("eth_getBalance", [payer.address, "latest"]));
  tell(`${costsTable(found.plan, costs)}\n`);
  tell(`Gas costs ${gwei(costs.price)} now; at most ${gwei(options.mostPerGas)} will be paid.`);
  if (payer && balance !== undefined) tell(`${payer.address} pays, and has ${ether(balance)}.`);
  else tell("There is no key yet, so nobody's balance was looked at.");
  if (options.dryRun) {
    tell(`The address book would be ${file}. This was a dry run: nothing was sent.`);
    if (options.json) print(json({ dryRun: true, out: file, ...placesOf(found), ...forJson(costs) }));
    return;
  }
  if (!payer || balance === undefined) return refuseNoKey();
  if (costs.steps.length > 0) refusePoverty(payer.address, balance, costs);
  await carryOutAndWrite(prepared, payer);
}

/** Refuses a chain that was not meant before it asks for a key. */
async function prepare(options: Options, around: Surroundings): Promise<Prepared> {
  const { tell } = around;
  const { rpcUrl, method, testUsd, panel, mostPerGas, timeoutMs } = options;
  const ask = rpc(rpcUrl);
  // a URL that is wrong is said at once
  const chain = await chainOf(rpc(rpcUrl, 1));
  const { chainId, genesisHash } = chain;
  tell(`Chain ${chainId} at ${hostOf(rpcUrl)}, block ${digits(Number(await ask<string>("eth_blockNumber")))}`);
  refuseOtherChain(chainId, options.chainId, options.dryRun);
  const file = options.out ?? `deployments/${chainId}.json`;
  const old = await readAddressBook(file).catch((error: unknown) => {
    if (options.force) return undefined;
    throw error;
  });
  const privateKey = await findKey(chainId, around);
  if (!privateKey && !options.dryRun) refuseNoKey();
  const payer = privateKey ? sender({ ask, chainId, privateKey, mostPerGas, timeoutMs, tell }) : undefined;
  // what an earlier run sent and nobody mined yet would look as if it were missing; a dry run waits for nothing
  const nonce = !payer || (options.dryRun && method === "create2") ? 0 : await payer.settled();
  const found = await survey({
    ...{ ask, chain, method },
    wanted: { testUsd: testUsd || chainId === LOCAL_CHAIN_ID, ...(panel ? { panel } : {}) },
    ...(method === "create" ? { known: await knownOf(file, old, genesisHash) } : {}),
    ...(payer ? { payer: { address: payer.address, nonce } } : {}),
  });
  return { ...around, options, ask, found, file, old, payer };
}

async function carryOutAndWrite(prepared: Prepared, payer: Sender): Promise<void> {
  const { options, ask, found, file, old, tell, print } = prepared;
  const { chainId, genesisHash, plan } = found;
  const local = chainId === LOCAL_CHAIN_ID;
  const began = Date.now();
  const addresses = Object.fromEntries(plan.filter(({ there }) => there).map(({ name, address }) => [name, address]));
  tell("\nDeploying");
  const mined = await carryOut(found, {
    ...{ ask, payer, timeoutMs: options.timeoutMs, tell },
    confirmations: options.confirmations ?? (local ? 1 : 3),
    placing: async (name, address) => {
      addresses[name] = address;
      if (options.method === "create") await writeProgress(file, { genesisHash, addresses });
    },
  });
  const startBlock = await startBlockOf(prepared, mined);
  const kept = old?.genesisHash === genesisHash ? old : undefined;
  const others = options.tokens ?? kept?.tokens ?? (local ? [LOCAL_ETH] : []);
  const panel = kept?.arbiterPanel ? { arbiterPanel: kept.arbiterPanel } : {};
  const book = { ...panel, ...placesOf(found), startBlock, tokens: tokensOf(found, others) };
  await writeAddressBook(file, book);
  await endProgress(file);
  const sources = local ? undefined : await writeSources(file, plan);
  tell(summaryOf(mined, Date.now() - began));
  tell(`Address book ${file}; the escrow's first block is ${startBlock}.`);
  if (sources) tell(`For block explorers: the compiler's input and the constructors' arguments are in ${sources}.`);
  if (book.tokens.length === 0) tell("It names no token yet: shoppers pay with those of --tokens FILE.");
  tell(`A server follows it with ADDRESS_BOOK=${file}; docs/deploy.md says what else it needs.`);
  if (options.json) print(json({ out: file, ...book }));
}

/** What was mined now tells it, else who knows it, else the chain. */
async function startBlockOf(
  { ask, found, old, options, tell }: Prepared,
  mined: ReadonlyMap<string, Mined>,
): Promise<number> {
  const { escrow, genesisHash } = placesOf(found);
  const now = mined.get("SettlementEscrow");
  if (now) return now.block;
  if (options.startBlock !== undefined) {
    await checkStartBlock(ask, escrow, options.startBlock);
    return options.startBlock;
  }
  if (old?.escrow === escrow && old.genesisHash === genesisHash) return old.startBlock;
  return await birthOf(ask, escrow, tell);
}

function summaryOf(mined: ReadonlyMap<string, Mined>, ms: number): string {
  if (mined.size === 0) return "\nEverything was there already; nothing was sent.";
  const all = [...mined.values()];
  const gas = all.reduce((sum, one) => sum + one.gas, 0n);
  const fee = all.reduce((sum, one) => sum + one.fee, 0n);
  return `\nDone in ${seconds(ms)}: ${mined.size} contracts, ${digits(gas)} gas, ${ether(fee)}.`;
}

function forJson({ steps, price, proxyFee, total }: Costs) {
  return {
    gas: Object.fromEntries(steps.map(({ name, gas }) => [name, Number(gas)])),
    ...{ price_wei: String(price), proxy_fee_wei: String(proxyFee), total_wei: String(total) },
  };
}

const json = (result: unknown) => `${JSON.stringify(result, null, 2)}\n`;
