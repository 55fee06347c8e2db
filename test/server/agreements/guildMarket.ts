import { system } from "../../../server/core/db/context.ts";
import { sql } from "../../../server/core/db/sql.ts";
import type { TestDatabase } from "../../support/databases.ts";
import { FakeChain } from "../flows/fakeChain.ts";
import { done, type Market, openMarket } from "../flows/market.ts";
import { type AgreementBody, propose } from "./guild.ts";

export const PATH = "/api/v1/agreements";

/** Accounts as a set that can be compared. */
export const lower = (accounts: readonly string[]) => accounts.map((each) => each.toLowerCase()).sort();

/** A market whose first seller proposes agreements; opened before a suite's tests, and closed after them. */
export function guildMarket(db: TestDatabase) {
  let market: Market;
  let chain: FakeChain;
  before(async () => {
    market = await openMarket(db);
    chain = await FakeChain.start(market.house);
  });
  after(() => market.server.stop());

  const seller = () => market.sellers[0].client;
  return {
    market: () => market,
    chain: () => chain,
    seller,
    operator: () => market.house.config.chain.operator,
    proposed: (changes: Record<string, unknown> = {}) => done(propose(seller(), market.merchantIds[0], changes)),
    read: (id: string, client = seller()) => client.get<AgreementBody>(`${PATH}/${id}`),

    /** Payloads of the tasks of one kind that name an agreement. */
    tasks: async (kind: string, id: string): Promise<Record<string, string>[]> => {
      const query = "SELECT payload FROM task WHERE kind = :kind";
      const { rows } = await db
        .database()
        .read(system("test"), (ctx) => sql<{ payload: string }>(ctx.db, query, { kind }));
      return rows.map(({ payload }) => JSON.parse(payload)).filter(({ agreement_id }) => agreement_id === id);
    },
  };
}
