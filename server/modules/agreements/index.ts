import { AgreementSignatory, AgreementVersion } from "./entities.ts";

export { applyAgreement } from "./applyFold.ts";
export { type AgreementFilter, type AgreementInForce, type ChainClocks, inForce, list } from "./lists.ts";
export { migrations } from "./migrations.ts";
export { agreementProblems } from "./problems.ts";
export {
  mostFreight,
  PARTY_KINDS,
  type PartyKind,
  REVOKING_WINDOW_S,
  ratesWithin,
  roleOfKind,
  rolesIn,
  SHOWN_STATES,
  shownState,
  USUAL_VALIDITY_S,
} from "./rules.ts";
export {
  type AgreementWithSignatories,
  acceptancesOf,
  askRevocation,
  assertRevocable,
  byId,
  contentOf,
  domainOf,
  type HandedIn,
  keepSignatures,
  missingOf,
  propose,
  type Revocation,
} from "./service.ts";

export const entities = [AgreementVersion, AgreementSignatory];
