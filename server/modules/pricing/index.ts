export { type LineToPrice, type MerchantQuote, quote } from "./rules.ts";
