import { presentMoment } from "../../core/http/schemas.ts";
import type { Merchant } from "../../modules/merchants/index.ts";

/** What its owner sees. */
export const presentMerchant = ({ id, name, payee, createdAt }: Merchant) => ({
  id,
  name,
  payee,
  created_at: presentMoment(createdAt),
});

/** What everybody sees. */
export const presentPublicMerchant = ({ id, name }: Merchant) => ({ id, name });
