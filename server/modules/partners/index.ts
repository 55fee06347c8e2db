import { Partner } from "./entities.ts";

export type { Partner } from "./entities.ts";
export { migrations } from "./migrations.ts";
export { partnerProblems } from "./problems.ts";
export { review, setCommission } from "./review.ts";
export { MOST_COMMISSION_PPM, PARTNER_KINDS, PARTNER_STATES, partnerCode } from "./rules.ts";
export { agentByCode, apply, partnerById, partnerPayees, partnersOf } from "./service.ts";

export const entities = [Partner];
