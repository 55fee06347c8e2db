import { sizeOf } from "./artifacts.ts";
import { type Fees, feesNow, mostOf } from "./fees.ts";
import type { Planned } from "./plan.ts";
import { PROXY, PROXY_FEE, PROXY_MAKER } from "./proxy.ts";
import { type Ask, NodeRefused } from "./rpc.ts";

/** Gas that a step will take; `counted` where the node could not say and we did. */
export type Cost = { name: string; gas: bigint; counted: boolean };

export type Costs = {
  /** What a unit of gas costs now, in wei. */
  price: bigint;
  steps: readonly Cost[];
  /** For the proxy where the chain lacks it, in wei. */
  proxyFee: bigint;
  /** In wei, at the price of now. */
  total: bigint;
  /** The most that it can come to, at the fee that will be offered. */
  most: bigint;
};

const NOBODY = "0x0000000000000000000000000000000000000001";

/** Asks what is missing would cost. Sends nothing. */
export async function costsOf(
  ask: Ask,
  plan: readonly Planned[],
  proxyThere: boolean,
  mostPerGas: bigint,
  payer?: string,
): Promise<Costs> {
  const { price, offer } = await feesNow(ask, mostPerGas);
  const steps: Cost[] = [];
  for (const planned of plan) if (!planned.there) steps.push(await costOf(ask, planned, proxyThere, payer ?? NOBODY));
  const byProxy = plan.some(({ call, there }) => !there && call.to === PROXY);
  const proxyFee = byProxy && !proxyThere ? await unpaid(ask) : 0n;
  const gas = steps.reduce((sum, step) => sum + step.gas, 0n);
  const highest: Fees = offer ?? { gasPrice: price };
  return { price, steps, proxyFee, total: gas * price + proxyFee, most: gas * mostOf(highest) + proxyFee };
}

async function costOf(ask: Ask, planned: Planned, proxyThere: boolean, from: string): Promise<Cost> {
  const { name, call, initCode } = planned;
  const byItself = call.to === undefined || !proxyThere;
  const question = byItself ? { from, data: initCode } : { from, ...call };
  try {
    const gas = BigInt(await ask<string>("eth_estimateGas", [question]));
    return { name, gas: byItself && call.to ? gas + BYPROXY : gas, counted: false };
  } catch (error) {
    if (!(error instanceof NodeRefused)) throw error;
    return { name, gas: count(planned), counted: true };
  }
}

/** What the proxy adds to a creation: its call, the salt, the hash and the copy of the init code. */
const BYPROXY = 20_000n;

/** The same by the rules: what a transaction, its bytes, a creation and the stored code cost. */
function count({ initCode, artifact }: Planned): bigint {
  const bytes = Buffer.from(initCode.slice(2), "hex");
  const zeroes = bytes.reduce((sum, byte) => sum + (byte === 0 ? 1 : 0), 0);
  const data = 4 * zeroes + 16 * (bytes.length - zeroes);
  return (
    BigInt(21_000 + 32_000 + data + 2 * Math.ceil(bytes.length / 32) + 200 * sizeOf(artifact.deployedBytecode)) +
    BYPROXY
  );
}

async function unpaid(ask: Ask): Promise<bigint> {
  const missing = PROXY_FEE - BigInt(await ask<string>("eth_getBalance", [PROXY_MAKER, "latest"]));
  return missing > 0n ? missing : 0n;
}
