import { type Context, ponder } from "ponder:registry";
import { account, order } from "ponder:schema";

/** What a person would write: of each event two upserts, the order and the account it moves money of. */
async function follow(context: Context, id: `0x${string}`, state: string, amount: bigint): Promise<void> {
  await context.db
    .insert(order)
    .values({ id, state, amount, events: 1 })
    .onConflictDoUpdate((row) => ({ state, amount, events: row.events + 1 }));
  const owner: `0x${string}` = `0x${id.slice(-3)}`;
  await context.db
    .insert(account)
    .values({ id: owner, moved: amount, events: 1 })
    .onConflictDoUpdate((row) => ({ moved: row.moved + amount, events: row.events + 1 }));
}

ponder.on("Escrow:Authorized", ({ event: { args }, context }) =>
  follow(context, args.id, "authorized", args.terms.amountAndSalt & ((1n << 104n) - 1n)),
);
ponder.on("Escrow:Captured", ({ event: { args }, context }) => follow(context, args.id, "captured", args.amount));
ponder.on("Escrow:Released", ({ event: { args }, context }) => follow(context, args.id, "released", args.amount));
ponder.on("Escrow:Voided", ({ event: { args }, context }) => follow(context, args.id, "voided", args.amount));
ponder.on("Escrow:Refunded", ({ event: { args }, context }) => follow(context, args.id, "refunded", args.amount));
