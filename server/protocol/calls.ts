/** Every call that changes something in the escrow, by theme. */
export * from "./calls/accounts.ts";
export * from "./calls/agreements.ts";
export * from "./calls/authorize.ts";
export type { Call } from "./calls/call.ts";
export * from "./calls/disputes.ts";
export * from "./calls/orders.ts";
