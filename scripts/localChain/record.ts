import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";

/** First line of a record: what the chain was made from. */
export type Header = { format: 1; chainId: number; genesisS: number; genesisHash: string };

/** A block with what is needed to mine it again. `timeS` in seconds; `raw` signed transactions in their order. */
export type RecordedBlock = { number: number; timeS: number; hash: string; raw: string[] };

/**
 * One line: blocks from `n` on, up to the one with hash `h`. `t` is the time of the first in seconds, then the seconds
 * from each to the next. A line of several blocks holds empty ones only; its last hash proves all of them, for a
 * block's hash contains its parent's.
 */
export type Line = { n: number; t: number[]; h: string; x?: string[] };

export const lineOf = ({ number, timeS, hash, raw }: RecordedBlock): Line =>
  raw.length > 0 ? { n: number, t: [timeS], h: hash, x: raw } : { n: number, t: [timeS], h: hash };

/** Times of the blocks of a line, in seconds. */
export function timesOf({ t: [first = 0, ...steps] }: Line): number[] {
  const times = [first];
  for (const step of steps) times.push((times.at(-1) ?? first) + step);
  return times;
}

/** Joins every run of empty blocks into one line; exact, nothing is lost. */
export function compacted(lines: readonly Line[]): Line[] {
  const joined: Line[] = [];
  for (const line of lines) {
    const before = joined.at(-1);
    if (!before || before.x || line.x) {
      joined.push({ ...line });
      continue;
    }
    const [first = 0, ...steps] = line.t;
    before.t = [...before.t, first - (timesOf(before).at(-1) ?? 0), ...steps];
    before.h = line.h;
  }
  return joined;
}

/** Appends; the operating system has the line when this returns, so that it survives a kill -9 of this process. */
export function append(file: string, entry: Header | Line): void {
  appendFileSync(file, `${JSON.stringify(entry)}\n`);
}

/** Writes a record anew, in one step: a reader sees the old file or the new one. */
export function rewrite(file: string, header: Header, lines: readonly Line[]): void {
  const fresh = `${file}.new`;
  const handle = openSync(fresh, "w");
  writeSync(handle, `${[header, ...lines].map((entry) => JSON.stringify(entry)).join("\n")}\n`);
  fsyncSync(handle);
  closeSync(handle);
  renameSync(fresh, file);
}

/**
 * Reads a record. A last line without its end, as a kill -9 in mid-write leaves, is dropped: nobody was told of it.
 * @returns nothing when there is no file, or not even a whole first line
 * @throws RecordMismatch when a whole line cannot be understood, or it is of another chain
 */
export function read(file: string, chainId: number): { header: Header; lines: Line[] } | undefined {
  if (!existsSync(file)) return undefined;
  const whole = readFileSync(file, "utf8").split("\n").slice(0, -1);
  const [header, ...lines] = whole.map((text, index) => parse(file, text, index + 1));
  if (header === undefined) return undefined;
  if (!isHeader(header)) throw new RecordMismatch(file, "its first line is not one of a chain record");
  if (header.format !== 1 || header.chainId !== chainId) {
    throw new RecordMismatch(file, `it has format ${header.format} and chain id ${header.chainId}`);
  }
  return { header, lines: lines.map((line, index) => asLine(file, line, index + 2)) };
}

/** The record and the chain that comes of it disagree; only a new chain helps. */
export class RecordMismatch extends Error {
  constructor(file: string, why: string) {
    super(
      `The recorded chain in ${file} cannot be restored: ${why}. Start again with --fresh to throw it away (a database ` +
        "that followed the old chain must go with it).",
    );
    this.name = "RecordMismatch";
  }
}

function parse(file: string, text: string, number: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RecordMismatch(file, `line ${number} is damaged`);
  }
}

function isHeader(entry: unknown): entry is Header {
  return typeof entry === "object" && entry !== null && "format" in entry && "genesisS" in entry;
}

function asLine(file: string, entry: unknown, number: number): Line {
  const line = entry as Partial<Line> | null;
  const complete = typeof line?.n === "number" && Array.isArray(line.t) && typeof line.h === "string";
  if (!complete) throw new RecordMismatch(file, `line ${number} is not a block`);
  return line as Line;
}
