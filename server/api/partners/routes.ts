import type { House } from "../../core/house.ts";
import { type Door, door } from "../../core/http/door.ts";
import { presentList } from "../../core/http/paging.ts";
import { allChains } from "../../modules/chains/index.ts";
import { merchantProblems } from "../../modules/merchants/index.ts";
import {
  apply,
  partnerById,
  partnerProblems,
  partnersOf,
  review,
  setCommission,
} from "../../modules/partners/index.ts";
import { presentPartner } from "./present.ts";
import { Apply, Approve, ById, PartnerList, PartnerPage, PartnerView, Reject, SetCommission } from "./schema.ts";

const { partner_not_found, partner_decided, partner_no_agent, partner_code_taken, partners_full } = partnerProblems;

export const partnerRoutes = (house: House): Door =>
  door(house, "partners")
    .get(
      "/partners",
      {
        summary: "Your applications as a partner, newest first; for staff everybody's",
        auth: "user",
        limit: "reads",
        query: PartnerPage,
        answers: [200, PartnerList],
      },
      async (c) => {
        const slice = await house.db.read(c.actor, (ctx) => partnersOf(ctx, c.actor.id, c.input.query));
        return presentList(slice, c.input.query, presentPartner);
      },
    )
    .postOnce(
      "/partners",
      {
        summary: "Apply as a channel, agent or carrier",
        auth: "user",
        limit: "writes",
        idempotent: true,
        body: Apply,
        answers: [201, PartnerView],
        problems: [merchantProblems.payee_refused, partner_code_taken, partners_full],
        present: presentPartner,
      },
      (c) => house.db.write(c.actor, (ctx) => apply(ctx, allChains(house.config), c.actor.id, c.input.body)),
    )
    .get(
      "/partners/:id",
      {
        summary: "One of your applications; for staff anybody's",
        auth: "user",
        limit: "reads",
        params: ById,
        answers: [200, PartnerView],
        problems: [partner_not_found],
      },
      async (c) => presentPartner(await house.db.read(c.actor, (ctx) => partnerById(ctx, c.input.params.id))),
    )
    .patch(
      "/partners/:id",
      {
        summary: "Say what an agent earns of a sale they referred",
        auth: ["staff"],
        limit: "writes",
        params: ById,
        body: SetCommission,
        answers: [200, PartnerView],
        problems: [partner_not_found, partner_no_agent],
      },
      async (c) =>
        presentPartner(
          await house.db.write(c.actor, (ctx) => setCommission(ctx, c.input.params.id, c.input.body.commission_ppm)),
        ),
    )
    .postOnce(
      "/partners/:id/approve",
      {
        summary: "Approve a partner; their owner gets the role",
        auth: ["staff"],
        limit: "writes",
        idempotent: true,
        params: ById,
        body: Approve,
        answers: [200, PartnerView],
        problems: [partner_not_found, partner_decided, partner_no_agent],
        present: presentPartner,
      },
      (c) => {
        const { note = "", commission_ppm: commissionPpm } = c.input.body ?? {};
        return house.db.write(c.actor, (ctx) =>
          review(ctx, c.input.params.id, c.actor.id, { state: "approved", note, commissionPpm }),
        );
      },
    )
    .postOnce(
      "/partners/:id/reject",
      {
        summary: "Reject a partner, or end one; the role goes with the last of its kind",
        auth: ["staff"],
        limit: "writes",
        idempotent: true,
        params: ById,
        body: Reject,
        answers: [200, PartnerView],
        problems: [partner_not_found, partner_decided],
        present: presentPartner,
      },
      (c) =>
        house.db.write(c.actor, (ctx) =>
          review(ctx, c.input.params.id, c.actor.id, { state: "rejected", note: c.input.body.note }),
        ),
    );
