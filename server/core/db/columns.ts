import { Column, type ColumnOptions } from "typeorm";

type Options = Pick<ColumnOptions, "nullable" | "name" | "primary" | "update">;

/** What lies between a column and its property, null passing through. */
const through = <Stored, Value>(to: (value: Value) => Stored, from: (stored: Stored) => Value) => ({
  to: (value: Value | null | undefined) => (value === null || value === undefined ? value : to(value)),
  from: (stored: Stored | null | undefined) => (stored === null || stored === undefined ? null : from(stored)),
});

const wholeNumber = through(
  (value: number) => {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a safe integer`);
    return value;
  },
  (stored: number | string) => Number(stored),
);

/** Minor units of a currency: a safe integer, checked by the table too; SQL may compare, add and sum it. */
export const money = (options: Options = {}) => Column({ ...options, type: "bigint", transformer: wholeNumber });

/** Epoch milliseconds, UTC. */
export const time = (options: Options = {}) => Column({ ...options, type: "bigint", transformer: wholeNumber });

/** A whole number such as a height, a count or a version; SQL may compare and add it. */
export const whole = (options: Options = {}) => Column({ ...options, type: "bigint", transformer: wholeNumber });

const baseUnits = through(
  (value: bigint) => value.toString(),
  (stored: string | number) => BigInt(stored),
);

/**
 * Base units of a token as `bigint`, to uint256 and signed. Never compare or compute it in SQL: on SQLite it is text,
 * where '9' >= '10' is true. Read it, compute, and write it back `WHERE version = …`.
 */
export const tokenAmount = (options: Options = {}) => Column({ ...options, type: "numeric", transformer: baseUnits });

const jsonText = through(
  (value: unknown) => JSON.stringify(value),
  (stored: string): unknown => JSON.parse(stored),
);

/** A JSON document, kept as text on both databases; SQL never looks inside. */
export const json = (options: Options = {}) => Column({ ...options, type: "text", transformer: jsonText });
