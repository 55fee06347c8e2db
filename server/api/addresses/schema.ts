import { z } from "zod";
import { listOf } from "../../core/http/paging.ts";
import { Moment, text, Uuid } from "../../core/http/schemas.ts";

const regionNames = new Intl.DisplayNames("en", { type: "region", fallback: "none" });

const Country = z
  .string()
  .refine((code) => /^[A-Z]{2}$/.test(code) && regionNames.of(code) !== undefined, "must be a country of ISO 3166-1")
  .meta({ override: { type: "string", pattern: "^[A-Z]{2}$" } });

const details = {
  recipient: text({ max: 100 }),
  phone: z.string().regex(/^\+?[0-9][0-9 ().-]{2,28}$/, "must be a telephone number"),
  country: Country,
  region: text({ min: 0, max: 100 }),
  city: text({ max: 100 }),
  street: text({ max: 200, lines: true }),
  postal_code: text({ min: 0, max: 20 }),
};

export const PutAddress = z.strictObject(details).meta({ id: "PutAddress" });
export const AddressView = z
  .strictObject({ id: Uuid, ...details, created_at: Moment, updated_at: Moment })
  .meta({ id: "DeliveryAddress" });
export const AddressList = listOf(AddressView);
export const ById = z.strictObject({ id: Uuid });
