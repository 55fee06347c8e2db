import { type ChainClient, mineBlocks } from "../client/chain.ts";

/**
 * Lets something happen on a branch of the chain that is then given up for another one, a block longer.
 * Nobody else may send transactions meanwhile: theirs would be given up, too.
 * @param onBranch fills the branch
 * @param instead  fills the branch that stays, after its first, empty block
 * @returns how many blocks were given up
 */
export async function reorganise(
  chain: ChainClient,
  onBranch: () => Promise<void>,
  instead: () => Promise<void>,
): Promise<number> {
  const fork = await chain.getBlockNumber();
  const id = await chain.snapshot();
  await onBranch();
  const tip = await chain.getBlockNumber();
  await chain.revert({ id });
  await mineBlocks(chain, 1);
  await instead();
  const height = await chain.getBlockNumber();
  await mineBlocks(chain, Number(tip - height) + 1);
  return Number(tip - fork);
}
