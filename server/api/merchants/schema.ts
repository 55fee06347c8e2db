import { z } from "zod";
import { listOf } from "../../core/http/paging.ts";
import { Address, Moment, text, Uuid } from "../../core/http/schemas.ts";

export const CreateMerchant = z
  .strictObject({ name: text({ max: 100 }), payee: Address })
  .meta({ id: "CreateMerchant", description: "The payee has the credit of every sale" });
export const MerchantView = z
  .strictObject({ id: Uuid, name: z.string(), payee: Address, created_at: Moment })
  .meta({ id: "Merchant" });
export const MerchantList = listOf(MerchantView);
export const PublicMerchant = z.strictObject({ id: Uuid, name: z.string() }).meta({ id: "PublicMerchant" });
export const ById = z.strictObject({ id: Uuid });
