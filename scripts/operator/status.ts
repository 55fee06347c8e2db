import "reflect-metadata";
import { parseArgs } from "node:util";
import { getAddress, isAddress } from "viem";
import { operatorStatus } from "../../server/chain/operator/status.ts";
import type { OperatorStatus } from "../../server/chain/operator/statusShape.ts";
import { createRpc } from "../../server/chain/rpc/pool.ts";
import type { ChainConfig, Config } from "../../server/config.ts";
import { systemClock } from "../../server/core/clock.ts";
import { system } from "../../server/core/db/context.ts";
import type { Database } from "../../server/core/db/database.ts";
import { newestSender } from "../../server/modules/chains/index.ts";
import { configOf, HOUSE_HELP, HOUSE_OPTIONS, runCommand, withDatabase } from "../support/serverConfig.ts";
import { toJson, toText } from "./present.ts";

const HELP = `Shows the key that sends for the house: its money, its nonces, and what it sends or waits with. Changes nothing.
Exits 0 when all is well, 1 when something needs a person, 2 when it could not look.

  npm run operator:status -- [options]
  npm run operator:status -- --rpc https://node.example --database postgres://localhost/tributary

  --chain ID        of this chain only (default every chain of the address books)
  --operator ADDR   the key's address (default that of OPERATOR_KEY, else who sent the newest transaction)
${HOUSE_HELP}
MAX_FEE_GWEI and REPLACE_AFTER_MS are read from the environment, as the server reads them.
`;

const { values } = parseArgs({
  options: { ...HOUSE_OPTIONS, chain: { type: "string" }, operator: { type: "string" } },
});

await runCommand(HELP, values, async () => {
  const config = configOf(values);
  const chains = config.chains.filter(({ id }) => values.chain === undefined || String(id) === values.chain);
  if (chains.length === 0) throw new Error(`no address book is of chain ${values.chain}`);
  const found = await withDatabase(config, async (db) => {
    const all: OperatorStatus[] = [];
    for (const chain of chains) all.push(await statusOf(db, config, chain));
    return all;
  });
  return { json: toJson(found), text: toText(found), ok: found.every(({ problems }) => problems.length === 0) };
});

async function statusOf(db: Database, config: Config, chain: ChainConfig): Promise<OperatorStatus> {
  const sender = await senderOn(db, chain);
  const rpc = createRpc(chain);
  try {
    return await operatorStatus({ ...{ db, rpc, sender, clock: systemClock }, config: { ...config, chain } });
  } finally {
    rpc.close();
  }
}

async function senderOn(db: Database, { id, operator }: ChainConfig) {
  if (values.operator !== undefined) {
    if (!isAddress(values.operator)) throw new Error(`${values.operator} is no address`);
    return getAddress(values.operator);
  }
  if (process.env.OPERATOR_KEY !== undefined) return operator;
  const newest = await db.read(system("operator"), (ctx) => newestSender(ctx, id));
  if (newest === undefined)
    throw new Error(`nothing was sent on chain ${id} yet; say whose key it is: --operator ADDRESS`);
  return newest;
}
