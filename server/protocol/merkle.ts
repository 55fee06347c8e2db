import { concatHex, type Hex, keccak256 } from "viem";

/** A tree over lines; nodes in an array, root first, the children of node i at 2i + 1 and 2i + 2. */
export type MerkleTree = { readonly nodes: readonly Hex[] };

/**
 * The tree that StandardMerkleTree of @openzeppelin/merkle-tree builds over encoded lines, whatever their order.
 * Throws `RangeError` when there is none.
 * @param lines ABI-encoded values, before any hashing
 * @see https://github.com/OpenZeppelin/merkle-tree#standard-merkle-trees
 */
export function merkleTree(lines: readonly Hex[]): MerkleTree {
  if (lines.length === 0) throw new RangeError("a tree has at least one line");
  const nodes = [...new Array<Hex>(lines.length - 1), ...lines.map(leafOf).sort().reverse()];
  for (let node = lines.length - 2; node >= 0; node -= 1)
    nodes[node] = pairOf(at(nodes, 2 * node + 1), at(nodes, 2 * node + 2));
  return { nodes };
}

export const rootOf = ({ nodes }: MerkleTree): Hex => at(nodes, 0);

/** The siblings on the way from a line up to the root, undefined for a line that is not there. */
export function proofOf({ nodes }: MerkleTree, line: Hex): Hex[] | undefined {
  let node = nodes.lastIndexOf(leafOf(line));
  if (node < (nodes.length - 1) / 2) return undefined;
  const proof: Hex[] = [];
  for (; node > 0; node = (node - 1) >> 1) proof.push(at(nodes, node % 2 === 0 ? node - 1 : node + 1));
  return proof;
}

/** Whether `line` is one of 1 to 2^32 - 1 lines under `root`: what `StatementRegistry.verify` answers. */
export function isLineOf(root: Hex, lineCount: number, line: Hex, proof: readonly Hex[]): boolean {
  // A tree is as flat as it can be, so what lies at another depth is no line of it.
  const floorOfLog2 = 31 - Math.clz32(lineCount);
  const ceilOfLog2 = 32 - Math.clz32(lineCount - 1);
  if (proof.length !== floorOfLog2 && proof.length !== ceilOfLog2) return false;
  return proof.reduce<Hex>(pairOf, leafOf(line)) === root.toLowerCase();
}

/** Hashed twice, so that no pair of nodes passes for a line. */
const leafOf = (line: Hex): Hex => keccak256(keccak256(line));

const pairOf = (a: Hex, b: Hex): Hex => {
  const [first, second] = [a.toLowerCase() as Hex, b.toLowerCase() as Hex];
  return keccak256(concatHex(first < second ? [first, second] : [second, first]));
};

function at(nodes: readonly Hex[], index: number): Hex {
  const node = nodes[index];
  if (node === undefined) throw new RangeError(`there is no node ${index}`);
  return node;
}
