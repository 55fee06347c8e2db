import type { Node } from "../solidity/ast.ts";

/**
 * What stands at a place: an expression or a statement, of Solidity or of an assembly block, or a modifier that a
 * function names.
 */
export type Kind = "expression" | "statement" | "yulExpression" | "yulStatement" | "modifier";

/** A change of one place. `start` and `end` are bytes of the file. */
export type Change = {
  file: string;
  kind: Kind;
  start: number;
  end: number;
  /** `Contract.function` around it. */
  place: string;
  operator: string;
  /** What stands there instead; empty where it is deleted. */
  text: string;
  /** Of a number in a computation: the type it is computed in. */
  width?: string;
};

/**
 * @param key  what it is called from run to run: it names no line, so that it stays when lines move
 * @param id   its number in this run, from 1 on
 * @param line for people
 */
export type Mutant = Change & { key: string; id: number; line: number; before: string };

/** Numbers and names the changes. Two of the same kind in one function are told apart by their order. */
export function named(changes: readonly Change[], sources: ReadonlyMap<string, string>): Mutant[] {
  const seen = new Map<string, number>();
  return changes.map((change, at) => {
    const bytes = Buffer.from(sources.get(change.file) ?? "");
    const before = oneLine(bytes.toString("utf8", change.start, change.end));
    const name = `${change.file} ${change.place} [${change.operator}] ${before} -> ${oneLine(change.text) || "nothing"}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    const line = bytes.toString("utf8", 0, change.start).split("\n").length;
    return { ...change, key: count === 1 ? name : `${name} (${count})`, id: at + 1, line, before };
  });
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** A change without its file; `text` is what replaces the node. */
export type Found = Omit<Change, "file" | "place">;

/** What a node says in its file. */
export type TextOf = (node: Node) => string;
