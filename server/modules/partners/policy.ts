import type { Actor } from "../../core/db/context.ts";
import type { Id } from "../../core/ids.ts";

/** Whether an actor reviews partners: staff do. */
export const mayReview = (actor: Actor): boolean => actor.kind === "user" && actor.roles.includes("staff");

/** Whether an actor may see all of a partner: its owner and staff may. */
export const maySee = (actor: Actor, partner: { readonly ownerId: Id }): boolean =>
  mayReview(actor) || (actor.kind === "user" && actor.id === partner.ownerId);
