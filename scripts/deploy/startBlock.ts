import { type Ask, NodeRefused } from "./rpc.ts";

/**
 * The block that brought the code at `address`: back from the tip in growing steps, then by halves, so that a young
 * contract is found on a node that keeps only the newest states.
 * @throws when the node does not know the states that are needed; the sentence names --start-block
 */
export async function birthOf(ask: Ask, address: string, tell: (line: string) => void): Promise<number> {
  const tip = Number(await ask<string>("eth_blockNumber"));
  let without = -1;
  let having = tip;
  let asked = 0;
  const isThere = async (block: number) => {
    asked += 1;
    if (asked % 10 === 0) tell(`  … looking for the escrow's first block, between ${without} and ${having}`);
    return await hasCode(ask, address, block);
  };
  for (let step = 1; having > 0; step *= 2) {
    const block = Math.max(having - step, 0);
    if (!(await isThere(block))) {
      without = block;
      break;
    }
    having = block;
  }
  while (having - without > 1) {
    const middle = Math.floor((having + without) / 2);
    if (await isThere(middle)) having = middle;
    else without = middle;
  }
  return having;
}

/**
 * Takes a first block that somebody named: later than the true one, and events would never be read.
 * @throws when the node can tell that the escrow is older
 */
export async function checkStartBlock(ask: Ask, address: string, block: number): Promise<void> {
  if (block === 0) return;
  const before = await hasCode(ask, address, block - 1).catch(() => false);
  if (before)
    throw new Error(
      `The escrow ${address} is older than block ${block}; --start-block must not be after its first block.`,
    );
}

async function hasCode(ask: Ask, address: string, block: number): Promise<boolean> {
  try {
    return (await ask<string>("eth_getCode", [address, `0x${block.toString(16)}`])) !== "0x";
  } catch (error) {
    if (!(error instanceof NodeRefused)) throw error;
    throw new Error(
      `The node does not know the state at block ${block} (${error.message}). Say the block of the escrow's creation, as ` +
        "a block explorer shows it, by --start-block N, or ask a node that keeps old states.",
    );
  }
}
