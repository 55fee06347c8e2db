import type { EntityManager } from "typeorm";
import type { Clock } from "../clock.ts";
import type { Id } from "../ids.ts";

/** What a user may be; everybody who signed in is a shopper. Channel, agent and carrier come with an approved partner. */
export type Role = "shopper" | "merchant" | "channel" | "agent" | "carrier" | "staff";

/** On whose behalf something happens. */
export type Actor =
  | { readonly kind: "user"; readonly id: Id; readonly roles: readonly Role[] }
  | { readonly kind: "system"; readonly name: string };

/** Nobody in particular: a visitor who has not signed in. */
export const VISITOR: Actor = { kind: "system", name: "visitor" };

/** The house itself, named by the part that acts. */
export const system = (name: string): Actor => ({ kind: "system", name });

/** What can travel in a task or an event. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What a reading verb is given first. */
export interface ReadContext {
  readonly db: EntityManager;
  readonly actor: Actor;
  readonly clock: Clock;
}

export interface EmitOptions {
  /** Makes the task unique: a second emission with the same key is nothing. */
  key?: string;
  /** Epoch milliseconds before which it does not run; now, unless said. */
  runAt?: number;
  /** Workers of this lane run it, so that it waits for no task of another lane; any worker of its kind unless said. */
  lane?: string;
}

/** What a writing verb is given first: one open transaction, and the only ways to speak outward from it. */
export interface Context extends ReadContext {
  /** Writes a task row in this transaction; a worker runs it once the transaction stands. */
  emit(kind: string, payload: Json, options?: EmitOptions): Promise<void>;
  /** Runs `fn` after the commit, and not at all without it. Only for hints such as waking a worker. */
  afterCommit(fn: () => void): void;
}
