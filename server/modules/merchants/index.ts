import { Merchant } from "./entities.ts";

export type { Merchant } from "./entities.ts";
export { migrations } from "./migrations.ts";
export { mayManage } from "./policy.ts";
export { merchantProblems } from "./problems.ts";
export {
  assertPayee,
  createMerchant,
  merchantById,
  merchantsByIds,
  merchantsOf,
  ownMerchant,
} from "./service.ts";

export const entities = [Merchant];
