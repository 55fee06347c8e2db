import { randomInt } from "node:crypto";
import { type FindOptionsWhere, LessThan } from "typeorm";
import type { Address } from "viem";
import { z } from "zod";
import type { ChainConfig } from "../../config.ts";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { countRows, cutPage, decodeCursor, offsetOf, type PageRequest, type Slice } from "../../core/http/paging.ts";
import { Uuid } from "../../core/http/schemas.ts";
import { type Id, newId } from "../../core/ids.ts";
import { holdUser } from "../accounts/index.ts";
import { assertPayee } from "../merchants/index.ts";
import { Partner } from "./entities.ts";
import { mayReview, maySee } from "./policy.ts";
import { partnerProblems } from "./problems.ts";
import { type PartnerKind, type PartnerState, partnerCode } from "./rules.ts";

/** Enough for anybody who means it. */
const MOST_PARTNERS = 20;
/** Without the letters and digits that people take for each other. */
const CODE_SYMBOLS = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_LENGTH = 8;

const BeforeId = z.tuple([Uuid]);

export interface NewPartner {
  readonly kind: PartnerKind;
  readonly name: string;
  readonly payee: Address;
  /** In the form of `partnerCode`; made by the house unless said. */
  readonly code?: string | undefined;
}

/**
 * Applies as a partner for the actor; staff decide.
 * @throws payee_refused, partner_code_taken, partners_full
 */
export async function apply(
  ctx: Context,
  chains: readonly ChainConfig[],
  ownerId: Id,
  { code = madeCode(), ...details }: NewPartner,
): Promise<Partner> {
  assertPayee(chains, details.payee);
  await holdUser(ctx, ownerId);
  if ((await ctx.db.countBy(Partner, { ownerId })) >= MOST_PARTNERS)
    throw partnerProblems.partners_full(`You have applied ${MOST_PARTNERS} times.`);
  const partner = { id: newId(), ...details, code, ownerId, createdAt: ctx.clock.now() };
  const { affected } = await sql(
    ctx.db,
    `INSERT INTO partner (id, kind, code, name, owner_id, payee, commission_ppm, state, note, created_at)
     VALUES (:id, :kind, :code, :name, :ownerId, :payee, 0, 'pending', '', :createdAt) ON CONFLICT (code) DO NOTHING`,
    partner,
  );
  if (affected !== 1) throw partnerProblems.partner_code_taken(`There is a partner "${code}" already.`);
  return ctx.db.findOneByOrFail(Partner, { id: partner.id });
}

/** Thirty symbols to the eighth: two of a million meet once in a million tries. */
const madeCode = (): string =>
  Array.from({ length: CODE_LENGTH }, () => CODE_SYMBOLS[randomInt(CODE_SYMBOLS.length)]).join("");

/** The approved agent of a code, in whatever case it was typed. */
export async function agentByCode(ctx: ReadContext, code: string): Promise<Partner | undefined> {
  const agent = await ctx.db.findOneBy(Partner, { code: partnerCode(code), kind: "agent", state: "approved" });
  return agent ?? undefined;
}

/** A partner the actor may see. @throws partner_not_found */
export async function partnerById(ctx: ReadContext, id: Id): Promise<Partner> {
  const partner = await ctx.db.findOneBy(Partner, { id });
  if (partner === null || !maySee(ctx.actor, partner)) throw partnerProblems.partner_not_found();
  return partner;
}

/** The addresses that the approved partners of a user are paid at. */
export async function partnerPayees(ctx: ReadContext, ownerId: Id): Promise<Address[]> {
  const { rows } = await sql<{ payee: Address }>(
    ctx.db,
    "SELECT DISTINCT payee FROM partner WHERE owner_id = :ownerId AND state = 'approved'",
    { ownerId },
  );
  return rows.map(({ payee }) => payee);
}

/** The partners an actor may see, newest first: their own, and for staff everybody's. */
export async function partnersOf(
  ctx: ReadContext,
  userId: Id,
  request: PageRequest & { state?: PartnerState | undefined },
): Promise<Slice<Partner>> {
  const { state, cursor, per_page } = request;
  const owner = mayReview(ctx.actor) ? undefined : userId;
  const shown: FindOptionsWhere<Partner> = {
    ...(owner === undefined ? {} : { ownerId: owner }),
    ...(state === undefined ? {} : { state }),
  };
  const found = await ctx.db.find(Partner, {
    where: cursor === undefined ? shown : { ...shown, id: LessThan(decodeCursor(cursor, BeforeId)[0]) },
    order: { id: "DESC" },
    skip: cursor === undefined ? offsetOf(request) : 0,
    take: per_page + 1,
  });
  const conditions = [
    ...(owner === undefined ? [] : ["owner_id = :owner"]),
    ...(state === undefined ? [] : ["state = :state"]),
  ];
  const rows = conditions.length === 0 ? "partner" : `partner WHERE ${conditions.join(" AND ")}`;
  return {
    ...cutPage(found, per_page, ({ id }) => [id]),
    ...(await countRows(ctx, rows, { owner: owner ?? "", state: state ?? "" })),
  };
}
