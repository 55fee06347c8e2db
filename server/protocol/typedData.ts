/** Everything that people sign, by theme; each form is what a wallet shows and what the contract hashes. */
export * from "./typedData/accounts.ts";
export * from "./typedData/agreements.ts";
export type { TypedDataJson, Until } from "./typedData/form.ts";
export * from "./typedData/orders.ts";
export * from "./typedData/tokens.ts";
