import { z } from "zod";
import { Address, MinorAmount, TokenAmount } from "../../core/http/schemas.ts";
import { PART_KINDS } from "../../modules/settlement/index.ts";

const Part = z
  .strictObject({
    kind: z.enum(PART_KINDS),
    account: Address,
    ppm: z.int().nullable().meta({ description: "Its share of what the fixed amounts leave; null for a fixed amount" }),
    fixed: TokenAmount.nullable(),
    amount: TokenAmount.meta({ description: "What it has once the whole order is released" }),
  })
  .meta({ id: "OrderPart" });

export const BreakdownView = z
  .strictObject({
    currency: z.string(),
    goods: MinorAmount,
    freight: MinorAmount,
    paid: MinorAmount,
    merchant_cost: MinorAmount.nullable().meta({
      description: "What the goods cost the merchant; never shown to the buyer",
    }),
    subsidies: z.array(z.strictObject({ borne_by: z.enum(PART_KINDS), amount: MinorAmount })),
    token: z.string(),
    amount: TokenAmount,
    parts: z.array(Part).meta({ description: "They sum to amount, exactly" }),
    refunded: TokenAmount.meta({
      description: "Of amount, what went back to the payer so far; the parts share the rest",
    }),
  })
  .meta({
    id: "OrderBreakdown",
    description:
      "Where an order's money goes, frozen at checkout; the first amounts in minor units, the others in base units",
  });
