import { z } from "zod";
import { Address, text } from "../../core/http/schemas.ts";
import { Email, Language, Password, Username } from "../auth/schema.ts";

const TimeZone = z
  .string()
  .max(64)
  .refine((zone) => ZONES.has(zone), "must be an IANA time zone such as Asia/Shanghai")
  .meta({ override: { type: "string", description: "IANA" } });
const ZONES: ReadonlySet<string> = new Set(["UTC", ...Intl.supportedValuesOf("timeZone")]);

export const ChangeProfile = z
  .strictObject({
    name: text({ min: 0, max: 100 }).optional(),
    language: Language.optional(),
    time_zone: TimeZone.optional(),
    email: Email.optional(),
    password: Password.optional().meta({ description: "The one you have, if you have one; needed for a new email" }),
  })
  .meta({ id: "ChangeProfile", description: "A new email counts once it is verified" });

export const ChangePassword = z
  .strictObject({
    current: Password.optional().meta({ description: "Unless you have none" }),
    next: Password,
    username: Username.optional().meta({ description: "To have one, with your first password" }),
  })
  .meta({ id: "ChangePassword" });

export const ByWallet = z.strictObject({ address: Address });
