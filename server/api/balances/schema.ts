import { z } from "zod";
import { Address, TokenAmount } from "../../core/http/schemas.ts";

export const BalanceView = z
  .strictObject({
    account: Address,
    chain_id: z.int(),
    token: z.string().meta({ description: "The zero address is ETH" }),
    symbol: z.string(),
    decimals: z.int(),
    credit: TokenAmount.meta({ description: "What the escrow owes the account" }),
    payable: TokenAmount.meta({ description: "The final part of it, which can be withdrawn" }),
    withdrawn: TokenAmount,
  })
  .meta({ id: "Balance" });

export const Balances = z.strictObject({ data: z.array(BalanceView) }).meta({ id: "Balances" });
