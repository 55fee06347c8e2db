import { z } from "zod";
import { listOf } from "../../core/http/paging.ts";
import { Address, count, Moment, Page, text, Uuid } from "../../core/http/schemas.ts";
import { MOST_COMMISSION_PPM, PARTNER_KINDS, PARTNER_STATES, partnerCode } from "../../modules/partners/index.ts";

/** What orders and links name a partner by. */
const Code = z
  .string()
  .max(64)
  .transform(partnerCode)
  .refine((code) => /^[A-Z0-9]{4,16}$/.test(code), "must be 4 to 16 letters A to Z and digits")
  .meta({ override: { type: "string", pattern: "^[A-Za-z0-9]{4,16}$" } });
const Commission = count(0, MOST_COMMISSION_PPM).meta({ description: "Parts per million of a sale" });
const Note = text({ min: 0, max: 500, lines: true });

export const Apply = z
  .strictObject({ kind: z.enum(PARTNER_KINDS), name: text({ max: 100 }), payee: Address, code: Code.optional() })
  .meta({ id: "ApplyAsPartner", description: "The payee has the credit of your share; the code is made unless said" });
export const Approve = z.strictObject({ note: Note.default(""), commission_ppm: Commission.optional() }).optional();
export const Reject = z.strictObject({ note: text({ max: 500, lines: true }) });
export const SetCommission = z.strictObject({ commission_ppm: Commission });

export const PartnerView = z
  .strictObject({
    id: Uuid,
    kind: z.enum(PARTNER_KINDS),
    code: z.string(),
    name: z.string(),
    owner_id: Uuid,
    payee: Address,
    commission_ppm: z.int(),
    state: z.enum(PARTNER_STATES),
    note: z.string().meta({ description: "What staff said when they decided" }),
    reviewed_at: Moment.nullable(),
    created_at: Moment,
  })
  .meta({ id: "Partner" });
export const PartnerList = listOf(PartnerView);
export const PartnerPage = Page.extend({ state: z.enum(PARTNER_STATES).optional() });
export const ById = z.strictObject({ id: Uuid });
