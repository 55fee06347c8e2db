import { Journal, LedgerAccount, Posting } from "./entities.ts";

export { migrations } from "./migrations.ts";
export { BadJournal } from "./rules.ts";
export { type Balance, balancesOf, type NewJournal, post } from "./service.ts";

export const entities = [LedgerAccount, Journal, Posting];
