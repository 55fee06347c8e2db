import { stateMachine } from "../../core/stateMachine.ts";

export const PARTNER_KINDS = ["channel", "agent", "carrier"] as const;
/** What a partner does; approval gives their owner the role of the same name. */
export type PartnerKind = (typeof PARTNER_KINDS)[number];

export const PARTNER_STATES = ["pending", "approved", "rejected"] as const;
export type PartnerState = (typeof PARTNER_STATES)[number];

/** Staff may think again; a partner once decided about never waits again. */
export const partnerReview = stateMachine<PartnerState>("partner", {
  pending: ["approved", "rejected"],
  approved: ["rejected"],
  rejected: ["approved"],
});

/** Most of a sale that an agent may be promised, in parts per million. */
export const MOST_COMMISSION_PPM = 500_000;

/** The one form of a code: people type it in whatever case and width. */
export const partnerCode = (text: string): string => text.normalize("NFKC").trim().toUpperCase();
