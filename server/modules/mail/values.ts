import { z } from "zod";
import type { Letter } from "./letter.ts";

export const MAIL_LANGUAGES = ["en", "zh"] as const;
export type MailLanguage = (typeof MAIL_LANGUAGES)[number];

/** News of an order that people get by mail. */
export const MAILED_NEWS = [
  "order.placed",
  "payment.confirmed",
  "payment.reverted",
  "payment.returning",
  "payment.refunding",
  "order.shipped",
  "order.partially_shipped",
  "order.completed",
  "order.cancelled",
  "order.expired",
] as const;

const OrderMail = z.strictObject({
  news: z.enum(MAILED_NEWS),
  order_sn: z.string(),
  currency: z.string(),
  /** Minor units. */
  freight: z.int(),
  /** Minor units. */
  total: z.int(),
  /** `total` in minor units. */
  lines: z.array(z.strictObject({ name: z.string(), count: z.int(), total: z.int() })),
});

/** Money came that should not have come like this. Amounts are texts with their unit. */
const ExceptionMail = z.strictObject({
  kind: z.enum(["underpaid", "overpaid", "altered", "duplicate", "late", "unknown"]),
  /** null where it is of no order of theirs. */
  order_sn: z.string().nullable(),
  paid: z.string(),
  expected: z.string().nullable(),
  due: z.string(),
  end: z.enum(["returning", "left_to_payer"]),
  /** From when its payer can have it without us. */
  reclaim_from: z.iso.datetime(),
});

/** What each letter needs to know. */
export const letterValues = {
  verify_email: z.strictObject({}),
  email_known: z.strictObject({ username: z.string() }),
  reset_password: z.strictObject({ username: z.string() }),
  no_password: z.strictObject({}),
  password_changed: z.strictObject({}),
  email_changed: z.strictObject({ email: z.string() }),
  wallet_linked: z.strictObject({ wallet: z.string() }),
  wallet_unlinked: z.strictObject({ wallet: z.string() }),
  order_news: OrderMail,
  payment_exception: ExceptionMail,
} as const;

export type LetterName = keyof typeof letterValues;
export type LetterValues<Name extends LetterName> = z.output<(typeof letterValues)[Name]>;

/** What a letter may point to. */
export interface LetterLinks {
  /** What makes a mailed token a link, or nothing where the letter has none. */
  readonly token: string;
  page(path: string): string;
}

/** All letters in one language. */
export type Letters = {
  readonly [Name in LetterName]: (values: LetterValues<Name>, links: LetterLinks) => Letter;
};
