import type { House } from "../../core/house.ts";
import { type Door, door } from "../../core/http/door.ts";
import { presentList } from "../../core/http/paging.ts";
import { Page } from "../../core/http/schemas.ts";
import { allChains } from "../../modules/chains/index.ts";
import { createMerchant, merchantById, merchantProblems, merchantsOf } from "../../modules/merchants/index.ts";
import { presentMerchant, presentPublicMerchant } from "./present.ts";
import { ById, CreateMerchant, MerchantList, MerchantView, PublicMerchant } from "./schema.ts";

export const merchantRoutes = (house: House): Door =>
  door(house, "merchants")
    .get(
      "/merchants",
      {
        summary: "The merchants you own, oldest first",
        auth: "user",
        limit: "reads",
        query: Page,
        answers: [200, MerchantList],
      },
      async (c) => {
        const slice = await house.db.read(c.actor, (ctx) => merchantsOf(ctx, c.actor.id, c.input.query));
        return presentList(slice, c.input.query, presentMerchant);
      },
    )
    .postOnce(
      "/merchants",
      {
        summary: "Become a merchant",
        auth: "user",
        limit: "writes",
        idempotent: true,
        body: CreateMerchant,
        answers: [201, MerchantView],
        problems: [merchantProblems.payee_refused],
        present: presentMerchant,
      },
      (c) =>
        house.db.write(c.actor, (ctx) =>
          createMerchant(ctx, allChains(house.config), { ownerId: c.actor.id, ...c.input.body }),
        ),
    )
    .get(
      "/merchants/:id",
      {
        summary: "What everybody may know of a merchant",
        auth: "none",
        limit: "reads",
        params: ById,
        answers: [200, PublicMerchant],
        problems: [merchantProblems.merchant_not_found],
      },
      async (c) => presentPublicMerchant(await house.db.read(c.actor, (ctx) => merchantById(ctx, c.input.params.id))),
    );
