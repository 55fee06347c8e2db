import { type Address, encodeFunctionData, type Hex, numberToHex, toHex } from "viem";
import { testUsdAbi } from "../../../server/protocol/abi.ts";
import { approveCall } from "../../../server/protocol/calls.ts";
import { keyOf } from "../../client/accounts.ts";
import { type AddressBook, deployContracts } from "../../deploy/index.ts";
import { LOCAL_CHAIN_ID } from "../../localChain/chainId.ts";
import { type Ask, createNode } from "../../localChain/node.ts";
import { DEPLOYER, POCKET_MONEY, WITH_TOKENS } from "../cast.ts";
import type { Block, BlockJson, ReceiptJson, Waiting } from "./blocks.ts";

/** A real chain in this process, with the escrow and the token on it, whose blocks come when they are asked for. */
export interface Evm {
  readonly ask: Ask;
  readonly book: AddressBook;
  readonly token: Address;
  stop(): Promise<void>;
}

/** Enough gas for anything that anybody does here. */
const GAS = 3_000_000n;
/** More wei for gas than it ever costs here. */
const DEAR = 10n ** 12n;

/** Starts the chain, deploys and gives the cast what they need. */
export async function startEvm(): Promise<Evm> {
  const host = "127.0.0.1";
  const genesisS = Math.floor(Date.now() / 1_000) - 60;
  const { ask, server } = await createNode({ host, port: 0 }, { chainId: LOCAL_CHAIN_ID, genesisS, blockEveryMs: 0 });
  const { port } = await server.listen();
  const book = await deployContracts({ rpcUrl: `http://${host}:${port}`, privateKey: keyOf(DEPLOYER) });
  const token = book.tokens.find(({ symbol }) => symbol === "TUSD")?.address as Address;
  const send = (from: Address, to: Address, data: Hex) =>
    ask("eth_sendTransaction", [{ from, to, data, gas: numberToHex(GAS) }]);
  for (const { address } of WITH_TOKENS) {
    const data = encodeFunctionData({ abi: testUsdAbi, functionName: "mint", args: [address, POCKET_MONEY] });
    await send(DEPLOYER.address, token, data);
    await send(address, token, approveCall(token, book.escrow as Address, POCKET_MONEY).data);
  }
  await ask("evm_setAutomine", [false]);
  return { ask, book, token, stop: () => server.close() };
}

/** Reads a block with its receipts. */
export async function readBlock(ask: Ask, height: number): Promise<Omit<Block, "mined">> {
  const json = await ask<BlockJson>("eth_getBlockByNumber", [numberToHex(height), false]);
  const receipts: ReceiptJson[] = [];
  for (const hash of json.transactions) receipts.push(await ask<ReceiptJson>("eth_getTransactionReceipt", [hash]));
  const { hash, parentHash, timestamp } = json;
  return { height, hash, parentHash, timestampS: Number(timestamp), json, receipts };
}

/**
 * Mines a block of these transactions, in their order; one that the chain does not take is left out.
 * @param timestampS of the block, not before its parent's
 */
export async function mineBlock(ask: Ask, chosen: readonly Waiting[], timestampS: number): Promise<void> {
  for (const each of chosen) await submit(ask, each).catch(() => undefined);
  await ask("evm_setNextBlockTimestamp", [numberToHex(timestampS)]);
  await ask("evm_mine");
}

function submit(ask: Ask, { from, to, data, value, signed }: Waiting): Promise<unknown> {
  if (signed) return ask("eth_sendRawTransaction", [signed.raw]);
  const fees = { maxFeePerGas: numberToHex(DEAR), maxPriorityFeePerGas: numberToHex(10n ** 9n) };
  return ask("eth_sendTransaction", [{ from, to, data, value: toHex(value), gas: numberToHex(GAS), ...fees }]);
}
