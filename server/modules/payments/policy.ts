import type { Actor } from "../../core/db/context.ts";

/** Whether an actor sees everybody's payments that are not as agreed: staff do. */
export const maySeeAllExceptions = (actor: Actor): boolean => actor.kind === "user" && actor.roles.includes("staff");
