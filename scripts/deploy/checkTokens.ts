import { addressBook } from "../../server/config.ts";
import type { BookToken } from "./book.ts";
import { type Ask, NodeRefused } from "./rpc.ts";
import { NATIVE } from "./tokens.ts";

/** `decimals()` of ERC-20. */
const DECIMALS = "0x313ce567";

/**
 * Looks at the tokens somebody named, before anything is paid for.
 * @throws naming the first that the server would not take, or that is not on the chain as described
 */
export async function checkTokens(ask: Ask, tokens: readonly BookToken[]): Promise<void> {
  const parsed = addressBook.shape.tokens.safeParse(tokens);
  const issue = parsed.error?.issues[0];
  if (issue) throw new Error(`--tokens: ${issue.path.join(".")}: ${issue.message}`);
  for (const { address, symbol, decimals } of tokens) {
    if (address === NATIVE) continue;
    const told = await ask<string>("eth_call", [{ to: address, data: DECIMALS }, "latest"]).catch((error: unknown) => {
      if (error instanceof NodeRefused) return "0x";
      throw error;
    });
    if (told === "0x") throw new Error(`--tokens: ${symbol} at ${address} is no token of this chain`);
    if (BigInt(told) !== BigInt(decimals))
      throw new Error(`--tokens: ${symbol} at ${address} has ${BigInt(told)} decimals, not ${decimals}`);
  }
}
