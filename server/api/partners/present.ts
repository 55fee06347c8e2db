import { presentMoment } from "../../core/http/schemas.ts";
import type { Partner } from "../../modules/partners/index.ts";

export const presentPartner = (partner: Partner) => ({
  id: partner.id,
  kind: partner.kind,
  code: partner.code,
  name: partner.name,
  owner_id: partner.ownerId,
  payee: partner.payee,
  commission_ppm: partner.commissionPpm,
  state: partner.state,
  note: partner.note,
  reviewed_at: partner.reviewedAt === null ? null : presentMoment(partner.reviewedAt),
  created_at: presentMoment(partner.createdAt),
});
