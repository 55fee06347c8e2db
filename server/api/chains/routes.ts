import type { ChainConfig } from "../../config.ts";
import type { House } from "../../core/house.ts";
import { type Door, door } from "../../core/http/door.ts";
import { allChains } from "../../modules/chains/index.ts";
import { PAYMENT_METHODS } from "../../modules/payments/index.ts";
import { suits } from "../../modules/settlement/index.ts";
import { Chains } from "./schema.ts";

const presentChain = ({ id, escrow, tokens }: ChainConfig, usual: boolean) => ({
  ...{ chain_id: id, usual, escrow },
  tokens: tokens.map((token) => ({
    ...{ address: token.address, symbol: token.symbol, decimals: token.decimals, currency: token.currency },
    payment_methods: PAYMENT_METHODS.filter((method) => suits(token, method)),
  })),
});

export const chainRoutes = (house: House): Door =>
  door(house, "chains").get(
    "/chains",
    {
      summary: "The chains this house is on, and what can be paid in on each",
      auth: "none",
      limit: "reads",
      answers: [200, Chains],
    },
    async () => ({ data: allChains(house.config).map((chain, at) => presentChain(chain, at === 0)) }),
  );
