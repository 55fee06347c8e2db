import type { Actor } from "../../core/db/context.ts";
import type { Id } from "../../core/ids.ts";

/** Whether an actor may act for a merchant: its owner may. */
export const mayManage = (actor: Actor, merchant: { readonly ownerId: Id }): boolean =>
  actor.kind === "user" && actor.id === merchant.ownerId;
