export { type Breakdown, breakdownOf, PART_KINDS } from "./breakdown.ts";
export { type Share, suits, termsFor, tokenFor } from "./rules.ts";
