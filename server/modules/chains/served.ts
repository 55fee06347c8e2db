import type { ChainConfig, Config } from "../../config.ts";
import { defineProblems } from "../../core/http/problems.ts";

export const chainProblems = defineProblems({
  chain_unknown: { status: 400, title: "This house is not on that chain" },
});

type Chains = Pick<Config, "chain" | "chains">;

/** Every chain of the house, the usual one first. */
export const allChains = ({ chain, chains }: Chains): [ChainConfig, ...ChainConfig[]] => [
  chain,
  ...chains.filter(({ id }) => id !== chain.id),
];

/** The chain somebody asks for; the usual one unless they say. @throws chain_unknown */
export function chainAsked(config: Chains, chainId: number = config.chain.id): ChainConfig {
  const found = allChains(config).find(({ id }) => id === chainId);
  if (found !== undefined) return found;
  const known = allChains(config).map(({ id }) => id);
  throw chainProblems.chain_unknown(`It is on ${known.join(", ")}.`, { chain_id: chainId, chain_ids: known });
}

/** The chain that a row of ours names; throws where it is not in the configuration any more. */
export function chainOf(config: Chains, chainId: number): ChainConfig {
  const found = allChains(config).find(({ id }) => id === chainId);
  if (found === undefined) throw new Error(`chain ${chainId} is not in the configuration any more`);
  return found;
}
