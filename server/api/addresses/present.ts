import { presentMoment } from "../../core/http/schemas.ts";
import type { UserAddress } from "../../modules/accounts/index.ts";

export const presentAddress = (address: UserAddress) => ({
  id: address.id,
  recipient: address.recipient,
  phone: address.phone,
  country: address.country,
  region: address.region,
  city: address.city,
  street: address.street,
  postal_code: address.postalCode,
  created_at: presentMoment(address.createdAt),
  updated_at: presentMoment(address.updatedAt),
});
