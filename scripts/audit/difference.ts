/** Two that should say the same and do not. Amounts are base units. */
export interface Difference {
  /** Who disagrees with the books of whoever acted. */
  readonly source: "books" | "terms" | "contract" | "events" | "wallet" | "api" | "ledger" | "reconcile" | "statement";
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
}

/** Notes a difference for each name whose two values are not equal. */
export function compare(
  source: Difference["source"],
  what: string,
  expected: Readonly<Record<string, bigint>>,
  actual: Readonly<Record<string, bigint | undefined>>,
): Difference[] {
  return Object.entries(expected)
    .filter(([name, amount]) => actual[name] !== amount)
    .map(([name, amount]) => ({
      source,
      what: `${what}: ${name}`,
      expected: String(amount),
      actual: String(actual[name] ?? "nothing"),
    }));
}
