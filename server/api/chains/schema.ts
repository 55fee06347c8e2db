import { z } from "zod";
import { Address } from "../../core/http/schemas.ts";
import { PAYMENT_METHODS } from "../../modules/payments/index.ts";

const PayableToken = z
  .strictObject({
    address: z.string().meta({ description: "The zero address is ETH" }),
    symbol: z.string(),
    decimals: z.int(),
    currency: z.string().meta({ description: "Of the channels whose prices it pays" }),
    payment_methods: z.array(z.enum(PAYMENT_METHODS)),
  })
  .meta({ id: "PayableToken" });

export const Chains = z
  .strictObject({
    data: z.array(
      z
        .strictObject({
          chain_id: z.int(),
          usual: z.boolean().meta({ description: "The one that is meant where no chain_id is said" }),
          escrow: Address,
          tokens: z.array(PayableToken),
        })
        .meta({ id: "Chain" }),
    ),
  })
  .meta({ id: "Chains" });
