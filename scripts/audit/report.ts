import type { Address } from "viem";
import { amountText, table } from "../support/narrator.ts";
import type { Amounts } from "./books.ts";
import type { Difference } from "./difference.ts";
import type { GasUse } from "./onChain.ts";

/** A token as it is shown to people. */
export interface ShownToken {
  readonly address: Address;
  readonly symbol: string;
  readonly decimals: number;
}

/** What a payee earned of a token and withdrew, in base units. */
export interface PayeeRow {
  readonly payee: string;
  readonly role: string;
  readonly token: ShownToken;
  readonly earned: bigint;
  readonly withdrawn: bigint;
  /** What the contract still owes. */
  readonly left: bigint;
}

/** What contract and ledger say of a token, in base units. */
export interface HoldingRow {
  readonly token: ShownToken;
  /** The contract's balance. */
  readonly contract: bigint;
  /** What the ledger says is held, captured and credited in it. */
  readonly ledger: bigint;
  readonly amounts: Amounts;
}

/** From the receipt to the first answer with the new state, in milliseconds. */
export interface Latency {
  p50: number;
  p99: number;
  samples: number;
}

/** What came of a demo or a replay. */
export interface Outcome {
  readonly orders: number;
  readonly payees: readonly PayeeRow[];
  readonly holdings: readonly HoldingRow[];
  readonly differences: readonly Difference[];
  readonly gas: Readonly<Record<string, GasUse>>;
  readonly latency: Latency;
}

/** The result for programs; amounts are base units as text. */
export const toJson = ({ orders, holdings, differences, gas, latency }: Outcome) => ({
  orders,
  amounts: Object.fromEntries(
    holdings.map(({ token, amounts }) => [
      token.symbol,
      Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, String(amount)])),
    ]),
  ),
  differences,
  gas,
  latency_ms: latency,
});

/** The result for people. */
export function toTables({ orders, payees, holdings, differences, gas, latency }: Outcome): string {
  return [
    "\nWho was paid, and withdrew\n",
    table(["payee", "role", "token", "earned", "withdrawn", "left"], payees.map(payeeCells), [3, 4, 5]),
    "\nWhat the contract holds, and what the ledger says\n",
    table(["token", "contract", "ledger", "difference"], holdings.map(holdingCells), [1, 2, 3]),
    "\nWhere all the money went\n",
    table(
      ["", ...holdings.map(({ token }) => token.symbol)],
      amountRows(holdings),
      holdings.map((_, at) => at + 1),
    ),
    "\nGas\n",
    table(
      ["operation", "count", "median"],
      Object.entries(gas).map(([name, { count, median }]) => [name, String(count), String(median)]),
      [1, 2],
    ),
    `\nFrom receipt to API: p50 ${latency.p50} ms, p99 ${latency.p99} ms, ${latency.samples} samples`,
    `${orders} orders`,
    differencesText(differences),
    "",
  ].join("\n");
}

const payeeCells = ({ payee, role, token, earned, withdrawn, left }: PayeeRow): string[] => [
  payee,
  role,
  token.symbol,
  ...[earned, withdrawn, left].map((amount) => inUnits(amount, token)),
];

const holdingCells = ({ token, contract, ledger }: HoldingRow): string[] => [
  token.symbol,
  ...[contract, ledger, contract - ledger].map((amount) => inUnits(amount, token)),
];

/** A row for each sort of amount of which there is any. */
const amountRows = (holdings: readonly HoldingRow[]): string[][] =>
  (Object.keys(holdings[0]?.amounts ?? {}) as (keyof Amounts)[])
    .filter((name) => holdings.some(({ amounts }) => amounts[name] !== 0n))
    .map((name) => [name.replaceAll("_", " "), ...holdings.map(({ token, amounts }) => inUnits(amounts[name], token))]);

const inUnits = (amount: bigint, token: ShownToken): string => amountText(amount, token).split(" ")[0] ?? "";

function differencesText(differences: readonly Difference[]): string {
  if (differences.length === 0) return "No difference.";
  const lines = differences.map(
    ({ source, what, expected, actual }) => `  ${source}, ${what}: expected ${expected}, is ${actual}`,
  );
  return [`${differences.length} DIFFERENCES`, ...lines].join("\n");
}
