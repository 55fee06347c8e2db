import { In, MoreThan } from "typeorm";
import type { Address } from "viem";
import { z } from "zod";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { countRows, cutPage, decodeCursor, offsetOf, type PageRequest, type Slice } from "../../core/http/paging.ts";
import { Uuid } from "../../core/http/schemas.ts";
import { type Id, newId } from "../../core/ids.ts";
import { grantRole } from "../accounts/index.ts";
import { Merchant } from "./entities.ts";
import { mayManage } from "./policy.ts";
import { merchantProblems } from "./problems.ts";
import { type ChainAddresses, payeeFault } from "./rules.ts";

const AfterId = z.tuple([Uuid]);

export interface NewMerchant {
  readonly ownerId: Id;
  readonly name: string;
  readonly payee: Address;
}

/**
 * Makes a merchant; its owner gets the role `merchant`.
 * @throws payee_refused
 */
export async function createMerchant(
  ctx: Context,
  chains: readonly ChainAddresses[],
  details: NewMerchant,
): Promise<Merchant> {
  assertPayee(chains, details.payee);
  const merchant = ctx.db.create(Merchant, { id: newId(), ...details, createdAt: ctx.clock.now() });
  await ctx.db.insert(Merchant, merchant);
  await grantRole(ctx, details.ownerId, "merchant");
  return merchant;
}

/** @throws payee_refused when on one of these chains money sent to `payee` would be stuck, or the escrow would refuse it */
export function assertPayee(chains: readonly ChainAddresses[], payee: Address): void {
  for (const chain of chains) {
    const fault = payeeFault(payee, chain);
    if (fault !== undefined) throw merchantProblems.payee_refused(fault, { payee });
  }
}

/** The merchants a user owns, oldest first. */
export async function merchantsOf(ctx: ReadContext, ownerId: Id, request: PageRequest): Promise<Slice<Merchant>> {
  const after = request.cursor === undefined ? undefined : decodeCursor(request.cursor, AfterId)[0];
  const found = await ctx.db.find(Merchant, {
    where: { ownerId, ...(after === undefined ? {} : { id: MoreThan(after) }) },
    order: { id: "ASC" },
    take: request.per_page + 1,
    skip: after === undefined ? offsetOf(request) : 0,
  });
  return {
    ...cutPage(found, request.per_page, ({ id }) => [id]),
    ...(await countRows(ctx, "merchant WHERE owner_id = :ownerId", { ownerId })),
  };
}

/** @throws merchant_not_found */
export async function merchantById(ctx: ReadContext, id: Id): Promise<Merchant> {
  const merchant = await ctx.db.findOneBy(Merchant, { id });
  if (merchant === null) throw merchantProblems.merchant_not_found();
  return merchant;
}

/** The merchants of these ids, by id; unknown ids are not in it. */
export async function merchantsByIds(ctx: ReadContext, ids: readonly Id[]): Promise<ReadonlyMap<Id, Merchant>> {
  const merchants = await ctx.db.findBy(Merchant, { id: In([...ids]) });
  return new Map(merchants.map((merchant) => [merchant.id, merchant]));
}

/**
 * A merchant the actor may act for. Another tenant's is answered like an unknown one.
 * @throws merchant_not_found
 */
export async function ownMerchant(ctx: ReadContext, id: Id): Promise<Merchant> {
  const merchant = await merchantById(ctx, id);
  if (!mayManage(ctx.actor, merchant)) throw merchantProblems.merchant_not_found();
  return merchant;
}
