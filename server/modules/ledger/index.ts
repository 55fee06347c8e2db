import { Journal, LedgerAccount, Posting } from "./entities.ts";

export { type Balance, balancesOf } from "./balances.ts";
export { migrations } from "./migrations.ts";
export { type Credit, creditPage, creditsOf, escrowAccounts, escrowOwners } from "./pages.ts";
export { type NewJournal, post } from "./post.ts";
export { posted } from "./posted.ts";
export { BadJournal } from "./rules.ts";

export const entities = [LedgerAccount, Journal, Posting];
