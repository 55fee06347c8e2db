import { formatUnits } from "viem";

/** Tells people what happens, a line at a time. */
export interface Narrator {
  /** A new part of the story begins. */
  chapter(title: string): void;
  /** Something was done and is as it should be. */
  done(sentence: string): void;
  /** Lines as they are, such as a table. */
  plain(text: string): void;
}

type Stream = { write(text: string): unknown; isTTY?: boolean };

/** @param stream where the story goes; coloured only where somebody looks at it */
export function narrator(stream: Stream): Narrator {
  const colours = stream.isTTY === true && !process.env.NO_COLOR;
  const paint = (code: number, text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const startedAt = performance.now();
  const seconds = () => `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`.padStart(8);
  let chapters = 0;
  return {
    chapter: (title) => {
      chapters += 1;
      stream.write(`\n${paint(1, `${chapters}. ${title}`)}\n`);
    },
    done: (sentence) => stream.write(`${paint(2, seconds())} ${paint(32, "✓")} ${sentence}\n`),
    plain: (text) => stream.write(`${text}\n`),
  };
}

/** An amount for people. @param amount base units */
export const amountText = (amount: bigint, token: { decimals: number; symbol: string }): string =>
  `${formatUnits(amount, token.decimals)} ${token.symbol}`;

/** Columns of equal width; columns named in `right` are numbers. */
export function table(header: readonly string[], rows: readonly (readonly string[])[], right: readonly number[]) {
  const widths = header.map((_, at) => Math.max(...[header, ...rows].map((row) => (row[at] ?? "").length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (right.includes(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join("  ")
      .trimEnd();
  return [line(header), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}
