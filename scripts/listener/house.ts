import type { Config } from "../../server/config.ts";
import { system } from "../../server/core/db/context.ts";
import type { Database } from "../../server/core/db/database.ts";
import { operatorInTerms } from "../../server/modules/payments/index.ts";
import { configOf, type HousePlace, withDatabase } from "../support/serverConfig.ts";

/** What a verb works on: the house's tables, and one of its chains as `config.chain`. */
export interface ChainHouse {
  readonly db: Database;
  readonly config: Config;
}

/** What chooses a chain besides the house. */
export interface ChainPlace extends HousePlace {
  readonly chain?: string | undefined;
}

/** The chains that are meant: all of the house, or the one that was named. @throws when there is none of that id */
export function chainsOf(place: ChainPlace): { config: Config; chains: readonly Config["chain"][] } {
  const config = configOf(place);
  const { chain: wanted } = place;
  if (wanted === undefined) return { config, chains: config.chains };
  const chain = config.chains.find(({ id }) => String(id) === wanted);
  if (!chain) throw new Error(`the house is not on chain ${wanted}: it is on ${idsOf(config)}`);
  return { config, chains: [chain] };
}

/** Opens the house for a verb that changes one chain. @throws when it is on several and none was named */
export function withChain<T>(place: ChainPlace, work: (house: ChainHouse) => Promise<T>): Promise<T> {
  const { config, chains } = chainsOf(place);
  const [chain, ...others] = chains;
  if (!chain || others.length > 0) throw new Error(`say which chain with --chain: ${idsOf(config)}`);
  return withDatabase(config, async (db) => work({ db, config: { ...config, chain: await ourOwn(db, chain) } }));
}

const idsOf = ({ chains }: Config): string => chains.map(({ id }) => id).join(", ");

/** Whose key is ours decides what becomes of payments that are not as agreed; without OPERATOR_KEY our own terms say it. */
async function ourOwn(db: Database, chain: Config["chain"]): Promise<Config["chain"]> {
  if (process.env.OPERATOR_KEY !== undefined) return chain;
  const operator = await db.read(system("listener.by_hand"), (ctx) => operatorInTerms(ctx, chain.id));
  return operator ? { ...chain, operator } : chain;
}

/** A block number. @throws when the text is none */
export function height(name: string, text: string | undefined): number {
  if (text === undefined) throw new Error(`--${name} is missing: a block number`);
  if (!/^\d{1,15}$/.test(text)) throw new Error(`--${name} ${text} is no block number`);
  return Number(text);
}
