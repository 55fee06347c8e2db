import { type Address, encodeFunctionData, type Hex, parseEther } from "viem";
import { testUsdAbi } from "../../server/protocol/abi.ts";
import type { ChainClient } from "../client/chain.ts";
import { until } from "../client/until.ts";
import { DEPLOYER } from "../start/stack.ts";
import { inParallel } from "../support/parallel.ts";

/** Transactions on their way at the same time. */
const WIDTH = 40;
const MINT_GAS = 100_000n;
const GWEI = 1_000_000_000n;

/** Mints TestUSD for many, by transactions of one account that do not wait for each other. @param amounts base units */
export async function mintAll(
  chain: ChainClient,
  token: Address,
  amounts: readonly (readonly [Address, bigint])[],
): Promise<void> {
  const first = await chain.getTransactionCount({ address: DEPLOYER.address });
  let last: Hex | undefined;
  await inParallel(amounts, WIDTH, async ([to, amount], at) => {
    const serializedTransaction = await DEPLOYER.signTransaction({
      ...{ chainId: chain.chain.id, nonce: first + at, to: token, gas: MINT_GAS },
      ...{ maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: GWEI },
      data: encodeFunctionData({ abi: testUsdAbi, functionName: "mint", args: [to, amount] }),
    });
    const hash = await chain.sendRawTransaction({ serializedTransaction });
    if (at === amounts.length - 1) last = hash;
  });
  if (last === undefined) return;
  const hash = last;
  const receipt = await until("the last mint to be mined", () =>
    chain.getTransactionReceipt({ hash }).catch(() => undefined),
  );
  if (receipt.status !== "success") throw new Error("TestUSD could not be minted");
}

/** Gives everybody ETH for gas, as only a local chain can. */
export async function giveGas(chain: ChainClient, people: readonly Address[]): Promise<void> {
  await inParallel(people, WIDTH, (address) => chain.setBalance({ address, value: parseEther("1") }));
}
