import type { Actor } from "../../core/db/context.ts";
import type { Id } from "../../core/ids.ts";

interface Parties {
  /** Who bought it. */
  readonly userId: Id;
  /** Who owns the merchant that sold it. */
  readonly sellerId: Id;
}

/** Whether the actor bought the order. */
export const isBuyer = (actor: Actor, { userId }: Parties): boolean => actor.kind === "user" && actor.id === userId;

/** Whether the actor may act for the seller: the merchant's owner, and staff. */
export const isSeller = (actor: Actor, { sellerId }: Parties): boolean =>
  actor.kind === "user" && (actor.id === sellerId || actor.roles.includes("staff"));
