import { keccak256, Wallet } from "ethers";
import { type Fees, feesNow, gwei } from "./fees.ts";
import { type Patience, seconds, until } from "./patience.ts";
import { type Ask, NodeRefused } from "./rpc.ts";

/** A transaction that was mined and not reverted. `fee` in wei. */
export type Mined = { hash: string; block: number; gas: bigint; fee: bigint };

/** A transaction to send; without `to` it creates a contract. `what` names it in sentences. */
export type Deed = { what: string; to?: string; data?: string; value?: bigint };

export type SenderOptions = Patience & {
  ask: Ask;
  chainId: number;
  privateKey: string;
  /** Most wei for a unit of gas; while it costs more, nothing is sent. */
  mostPerGas: bigint;
};

export type Sender = {
  address: string;
  /** The next nonce, once nothing of this account waits any more, as a run that was killed may have left behind. */
  settled(): Promise<number>;
  /** Sends, and waits until it is mined. */
  send(deed: Deed): Promise<Mined>;
  /** The same for what somebody else has signed already. */
  pass(what: string, raw: string): Promise<Mined>;
};

type Receipt = { status: string; blockNumber: string; gasUsed: string; effectiveGasPrice?: string };

/**
 * Sends for one account, a transaction after the other. Whatever it throws says what to do, and all of it may be done
 * again, for the chain knows what was done.
 */
export function sender(options: SenderOptions): Sender {
  const { ask, chainId, mostPerGas, timeoutMs } = options;
  const wallet = new Wallet(options.privateKey);
  let next = 0;

  const settled = async (): Promise<number> => {
    const count = async (tag: string) => Number(await ask<string>("eth_getTransactionCount", [wallet.address, tag]));
    const look = async () => {
      const [mined, all] = await Promise.all([count("latest"), count("pending")]);
      return all > mined ? undefined : mined;
    };
    const what = `what ${wallet.address} sent before`;
    const nonce = await until(options, look, what, () => {
      return `Transactions of ${wallet.address} are not mined after ${seconds(timeoutMs)}. Speed them up or cancel them with a wallet, or wait; then run this again.`;
    });
    // a node behind the one that mined ours still tells the nonce before
    return Math.max(nonce, next);
  };

  const fees = async (): Promise<Fees> => {
    let price = 0n;
    const look = async () => {
      const now = await feesNow(ask, mostPerGas);
      price = now.price;
      return now.offer;
    };
    return await until(options, look, `gas to cost less than ${gwei(mostPerGas)}`, () => {
      return `Gas costs ${gwei(price)}, more than the ${gwei(mostPerGas)} that may be paid. Run this again later, or with a higher --max-fee-gwei; what was done is kept.`;
    });
  };

  const mined = async (what: string, hash: string): Promise<Mined> => {
    const look = async () => (await ask<Receipt | null>("eth_getTransactionReceipt", [hash])) ?? undefined;
    const receipt = await until(options, look, `${what}, transaction ${hash}`, () => {
      return `${what} is not mined after ${seconds(timeoutMs)} (transaction ${hash}). It may come yet: run this again and it goes on from there.`;
    });
    if (BigInt(receipt.status) !== 1n) throw new Error(`${what} was reverted by the chain (transaction ${hash}).`);
    const gas = BigInt(receipt.gasUsed);
    return { hash, block: Number(receipt.blockNumber), gas, fee: gas * BigInt(receipt.effectiveGasPrice ?? 0) };
  };

  const pass = async (what: string, raw: string): Promise<Mined> => mined(what, await broadcast(ask, raw));

  const send = async ({ what, to, data = "0x", value = 0n }: Deed): Promise<Mined> => {
    const call = { from: wallet.address, data, value: `0x${value.toString(16)}`, ...(to ? { to } : {}) };
    try {
      const [nonce, price] = await Promise.all([settled(), fees()]);
      const estimate = BigInt(await ask<string>("eth_estimateGas", [call]));
      const gasLimit = estimate + estimate / 10n;
      const transaction = { chainId, nonce, gasLimit, data, value, to: to ?? null, ...price };
      const type = "gasPrice" in price ? 0 : 2;
      const sent = await pass(what, await wallet.signTransaction({ ...transaction, type }));
      next = nonce + 1;
      return sent;
    } catch (error) {
      throw error instanceof NodeRefused
        ? new Error(`${what} cannot be sent: ${error.message}`, { cause: error })
        : error;
    }
  };

  return { address: wallet.address, settled, send, pass };
}

/** Asked a second time because its first answer was lost, a node minds a transaction that it has; we do not. */
async function broadcast(ask: Ask, raw: string): Promise<string> {
  try {
    return await ask<string>("eth_sendRawTransaction", [raw]);
  } catch (error) {
    const hash = keccak256(raw);
    if (error instanceof NodeRefused && (await ask("eth_getTransactionByHash", [hash]))) return hash;
    throw error;
  }
}
