import type { Consequences } from "../../server/chain/listener/byHand.ts";

/** Most lines of one kind that a person is shown; `--json` has all. */
const MOST_LINES = 20;

/** What a change does, for a program. Amounts are strings of base units. */
export const consequencesJson = ({ logs, orders, accounts }: Consequences) => ({
  logs,
  orders: orders.map(({ orderId, before, after }) => ({ order_id: orderId, before, after })),
  ledger_accounts: Object.fromEntries([...accounts].map(([account, amount]) => [account, String(amount)])),
});

/** The same, for a person. */
export function consequencesText({ logs, orders, accounts }: Consequences): string[] {
  return [
    `logs: ${logs.gone} leave the chain, ${logs.come} come to count`,
    ...someOf("orders", orders, ({ orderId, before, after }) => `${orderId}: ${before} -> ${after}`),
    ...someOf(
      "ledger accounts",
      [...accounts],
      ([account, amount]) => `${account}: ${amount > 0n ? "+" : ""}${amount}`,
    ),
  ];
}

function someOf<T>(what: string, all: readonly T[], line: (one: T) => string): string[] {
  const shown = all.slice(0, MOST_LINES).map((one) => `  ${line(one)}`);
  const more = all.length > MOST_LINES ? [`  … and ${all.length - MOST_LINES} more; --json names all`] : [];
  return [`${what}: ${all.length}`, ...shown, ...more];
}

/** How an answer ends: what is done, or how to have it done. */
export const ending = (done: boolean): string => (done ? "Done." : "Nothing is changed. Say --yes to have it done.");
