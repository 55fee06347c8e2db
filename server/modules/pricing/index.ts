export { type LineToPrice, type MerchantQuote, type Quote, type QuotedLine, quote } from "./rules.ts";
