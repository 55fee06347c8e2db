import { formatEther } from "ethers";
import { feesNow, gwei } from "./fees.ts";
import { PROXY, PROXY_CODE, PROXY_FEE, PROXY_GAS_PRICE, PROXY_MAKER, PROXY_TRANSACTION } from "./proxy.ts";
import { type Ask, NodeRefused } from "./rpc.ts";
import type { Sender } from "./sender.ts";

const WHAT = "The deployment proxy";

/** Whether the proxy is on the chain. @throws when something else is at its address */
export async function hasProxy(ask: Ask): Promise<boolean> {
  const code = await ask<string>("eth_getCode", [PROXY, "latest"]);
  if (code !== "0x" && code !== PROXY_CODE)
    throw new Error(`This chain has other code at ${PROXY} than the deployment proxy. Deploy with --create.`);
  return code !== "0x";
}

/**
 * Brings the proxy onto a chain that lacks it, by the transaction that makes it everywhere. Its sender is given the fee
 * only once the node has shown that it takes a transaction without a chain id: the money would be lost for us else.
 * @throws when the chain cannot have the proxy; the sentence names --create
 */
export async function installProxy(ask: Ask, payer: Sender, tell: (line: string) => void): Promise<void> {
  const { price } = await feesNow(ask, PROXY_GAS_PRICE);
  if (price > PROXY_GAS_PRICE)
    throw new Error(
      `Gas costs ${gwei(price)}, but the transaction of the deployment proxy, signed once for all chains, pays ` +
        `${gwei(PROXY_GAS_PRICE)}. Run this again when gas is cheaper, or deploy with --create.`,
    );
  const missing = PROXY_FEE - BigInt(await ask<string>("eth_getBalance", [PROXY_MAKER, "latest"]));
  if (missing > 0n) {
    await probe(ask);
    tell(`  the chain has no deployment proxy; paying ${formatEther(missing)} ETH for it`);
    await payer.send({ what: "The proxy's fee", to: PROXY_MAKER, value: missing });
  }
  const { block } = await payer.pass(WHAT, PROXY_TRANSACTION).catch((error: unknown) => {
    throw refusal(error) ?? error;
  });
  if (!(await hasProxy(ask)))
    throw new Error(`${WHAT} is not there although its transaction was mined. Deploy with --create.`);
  tell(`  ${"deployment proxy".padEnd(18)} ${PROXY}  block ${block}`);
}

/** Sends the proxy's transaction while nobody can pay for it: the node's reason says whether it would take it else. */
async function probe(ask: Ask): Promise<void> {
  await ask("eth_sendRawTransaction", [PROXY_TRANSACTION]).catch((error: unknown) => {
    const refused = refusal(error);
    if (refused) throw refused;
    if (!(error instanceof NodeRefused)) throw error;
  });
}

function refusal(error: unknown): Error | undefined {
  if (!(error instanceof NodeRefused) || !/protected|eip-?155|chain ?id/i.test(error.message)) return undefined;
  return new Error(
    "The chain has no deployment proxy, and this node refuses the transaction that makes it, for it has no chain id " +
      `("${error.message}"). Ask another node by --rpc, or deploy with --create: the addresses then differ from chain to chain.`,
    { cause: error },
  );
}
