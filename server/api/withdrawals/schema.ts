import { getAddress, isAddress, type Address as WalletAddress } from "viem";
import { z } from "zod";
import { Address, TokenAmount } from "../../core/http/schemas.ts";
import { CallView, PositiveAmount, TokenView } from "../payments/schema.ts";

/** A token's address; the zero address is ETH. */
const TokenAddress = z
  .string()
  .refine((text) => isAddress(text), "must be an address with a right checksum")
  .transform((text): WalletAddress => getAddress(text))
  .meta({ id: "TokenAddress", override: { type: "string", pattern: "^0x[0-9a-fA-F]{40}$" } });

export const RequestWithdrawal = z
  .strictObject({
    token: TokenAddress,
    amount: PositiveAmount,
    to: Address.optional().meta({ description: "Your own wallet unless said" }),
  })
  .meta({ id: "RequestWithdrawal" });

export const WithdrawalView = z
  .strictObject({ account: Address, to: Address, token: TokenView, amount: TokenAmount, call: CallView })
  .meta({ id: "Withdrawal" });
