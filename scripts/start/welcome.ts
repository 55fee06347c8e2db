import { keyOf } from "../client/accounts.ts";
import type { SeededShop } from "../seedShop.ts";
import type { Stack } from "./stack.ts";

/** What somebody who just started everything wants to know. */
export function welcome({ origin, chain, book }: Stack, shop: SeededShop, folder: string): string {
  const shoppers = shop.shoppers.map((account) => `  ${account.address}\n    key ${keyOf(account)}`);
  return `
Tributary is up${chain.restored > 0 ? `, its chain restored to block ${chain.restored}` : ""}.

  API       ${origin}/api/v1
  OpenAPI   ${origin}/openapi.json
  errors    ${origin}/docs/errors
  health    ${origin}/health and ${origin}/ready
  chain     ${chain.url} (chain id ${book.chainId})
  escrow    ${book.escrow}
${book.tokens.map(({ symbol, address }) => `  ${symbol.padEnd(8)}  ${address}`).join("\n")}
  data      ${folder}

Two shoppers to try, each with ETH and TUSD. Their keys are public: never send them anything on a real chain.
${shoppers.join("\n")}

Next:
  curl '${origin}/api/v1/goods?channel=${shop.channel}&per_page=3'
  curl -X POST -H 'Content-Type: application/json' -d '{}' ${origin}/api/v1/auth/nonce
  npm run demo        the whole life of an order, on a chain of its own

Ctrl-C stops all of it. The next start goes on from here; npm start -- --fresh begins anew.
`;
}
