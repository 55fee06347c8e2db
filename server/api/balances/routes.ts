import type { House } from "../../core/house.ts";
import { type Door, door } from "../../core/http/door.ts";
import { ownBalances, type TokenBalance } from "../../flows/balances.ts";
import { Balances } from "./schema.ts";

const presentBalance = ({ account, chainId, config, credit, payable, withdrawn }: TokenBalance) => ({
  ...{ account, chain_id: chainId, token: config.address, symbol: config.symbol, decimals: config.decimals },
  ...{ credit: credit.toString(), payable: payable.toString(), withdrawn: withdrawn.toString() },
});

export const balanceRoutes = (house: House): Door =>
  door(house, "balances").get(
    "/balances",
    {
      summary: "What the escrow owes your wallet and the payees of your merchants",
      auth: "user",
      limit: "reads",
      answers: [200, Balances],
    },
    async (c) => {
      const found = await house.db.read(c.actor, (ctx) => ownBalances(house, ctx, c.actor.id));
      return { data: found.map(presentBalance) };
    },
  );
