import type { Context } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import type { Id } from "../../core/ids.ts";
import { grantRole, holdUser, withdrawRole } from "../accounts/index.ts";
import { Partner } from "./entities.ts";
import { partnerProblems } from "./problems.ts";
import { type PartnerState, partnerReview } from "./rules.ts";
import { partnerById } from "./service.ts";

/** What staff decide about a partner. */
export interface Decision {
  readonly state: Exclude<PartnerState, "pending">;
  /** For the applicant to read. */
  readonly note: string;
  /** An agent's, in parts per million; as it was unless said. */
  readonly commissionPpm?: number | undefined;
}

/**
 * Decides about a partner. Approval gives their owner the role of the partner's kind; a rejection takes it, unless they
 * are an approved partner of that kind by another application.
 * @throws partner_not_found, partner_decided, partner_no_agent
 */
export async function review(ctx: Context, id: Id, reviewer: Id, decision: Decision): Promise<Partner> {
  const { state: before, ownerId } = await partnerById(ctx, id);
  // Two decisions about one owner at once could each see the other's partner as it was.
  await holdUser(ctx, ownerId);
  const { state, note, commissionPpm } = decision;
  if (!partnerReview.can(before, state)) throw partnerProblems.partner_decided(`It is ${before}.`, { state: before });
  const { affected } = await sql(
    ctx.db,
    `UPDATE partner SET state = :state, note = :note, reviewed_by = :reviewer, reviewed_at = :now
     WHERE id = :id AND state = :before`,
    { id, before, state, note, reviewer, now: ctx.clock.now() },
  );
  if (affected !== 1) throw partnerProblems.partner_decided("Somebody else has just decided.");
  if (commissionPpm !== undefined) await setCommission(ctx, id, commissionPpm);
  const partner = await ctx.db.findOneByOrFail(Partner, { id });
  await syncRole(ctx, partner);
  return partner;
}

/** Says what an agent earns of a sale they referred, in parts per million. @throws partner_not_found, partner_no_agent */
export async function setCommission(ctx: Context, id: Id, commissionPpm: number): Promise<Partner> {
  const partner = await partnerById(ctx, id);
  if (partner.kind !== "agent") throw partnerProblems.partner_no_agent(`This partner is a ${partner.kind}.`);
  await ctx.db.update(Partner, { id }, { commissionPpm });
  return { ...partner, commissionPpm };
}

async function syncRole(ctx: Context, { ownerId, kind }: Partner): Promise<void> {
  const approved = await ctx.db.existsBy(Partner, { ownerId, kind, state: "approved" });
  await (approved ? grantRole(ctx, ownerId, kind) : withdrawRole(ctx, ownerId, kind));
}
