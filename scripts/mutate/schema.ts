import { type Node, span, walk } from "../solidity/ast.ts";
import { failures, type Output, PLAIN, type Sources, tryToCompile } from "../solidity/project.ts";
import { type Site, weave } from "../solidity/weave.ts";
import type { Mutant } from "./mutant.ts";

/**
 * All mutants in one program: at each place an `if` asks which of them is alive. The answer is a constant, so it costs no
 * storage and is known to pure functions, and it stands in the bytecode as 32 bytes that nothing else has: writing another
 * number there makes another mutant without a compilation. Nothing is optimized, or the constant would be folded away.
 */
const ALIVE = "MUTANT_ALIVE";
const MARK = "7fa1e5c0de0b5e55ed5eedf00d7ab1e7ba5eba11cab1ed0dd5caff01d5ca1ab1";

/** The bytecode of a mutant; 0 for the original program. */
export function awaken(bytecode: string, id: number): string {
  return bytecode.replaceAll(MARK, id.toString(16).padStart(64, "0"));
}

/**
 * The sources with all mutants inside, but those that the compiler refuses: they break a type or leave a pointer unset.
 * @returns the mutants it takes, and the others with what it says
 */
export function allInOne(
  sources: Sources,
  trees: ReadonlyMap<string, Node>,
  mutants: readonly Mutant[],
): { woven: Sources; taken: Mutant[]; refused: Map<Mutant, string> } {
  const refused = new Map<Mutant, string>();
  for (;;) {
    const taken = mutants.filter((mutant) => !refused.has(mutant));
    const woven = program(sources, trees, taken);
    const judged = blamed(tryToCompile(woven, PLAIN, { "*": { "": ["ast"] } }), woven, taken);
    if (judged.size === 0) return { woven, taken, refused };
    for (const [mutant, reason] of judged) refused.set(mutant, reason);
  }
}

function program(sources: Sources, trees: ReadonlyMap<string, Node>, mutants: readonly Mutant[]): Map<string, string> {
  const woven = new Map(sources);
  for (const [file, tree] of trees) {
    const sites = [
      ...placesOf(mutants.filter((mutant) => mutant.file === file)),
      ...modifiers(tree, mutants),
      ...blocks(tree),
    ];
    woven.set(file, `${weave(sources.get(file) ?? "", sites)}\nuint256 constant ${ALIVE} = 0x${MARK};\n`);
  }
  return woven;
}

/** One site for all mutants of the same place. The outer kind comes first where two nodes have the same text. */
function placesOf(mutants: readonly Mutant[]): Site[] {
  const groups = Map.groupBy(mutants, ({ start, end, kind }) => `${start}:${end}:${kind}`);
  const outerFirst = ["statement", "yulStatement", "modifier", "expression", "yulExpression"];
  return [...groups.values()]
    .sort((a, b) => outerFirst.indexOf(a[0]?.kind ?? "") - outerFirst.indexOf(b[0]?.kind ?? ""))
    .map((group) => {
      const { start, end, kind } = group[0] as Mutant;
      return { start, end, wrap: (inner) => group.reduce((text, mutant) => choice(kind, mutant, text), inner) };
    });
}

function choice(kind: Mutant["kind"], { id, text, width = "" }: Mutant, otherwise: string): string {
  const note = `/*${id}*/`;
  switch (kind) {
    case "expression":
      return `(${ALIVE} == ${id} ? ${width}(${text})${note} : ${width}(${otherwise}))`;
    case "statement":
      return text === ""
        ? `{ if (${ALIVE} != ${id}) { ${note}${otherwise} } }`
        : `{ if (${ALIVE} == ${id}) { ${text}${note} } else { ${otherwise} } }`;
    case "yulExpression":
      return `mutantPick(${id}, ${otherwise}, ${text}${note})`;
    case "yulStatement":
      return `if iszero(eq(${ALIVE}, ${id})) { ${note}${otherwise} }`;
    case "modifier":
      return without(otherwise, id);
  }
}

/** A function that names the modifier gets one of its own, which a mutant switches off. */
function without(invocation: string, id: number): string {
  return invocation.replace(/^\w+/, (name) => `${name}MutantOff${id}`);
}

function modifiers(tree: Node, mutants: readonly Mutant[]): Site[] {
  const removed = mutants.filter(({ kind }) => kind === "modifier");
  return [...walk(tree)]
    .filter(({ node }) => node.nodeType === "ModifierDefinition")
    .map(({ node }) => {
      const ids = removed.filter(({ before }) => before.split("(")[0]?.trim() === node.name).map(({ id }) => id);
      const off = (inner: string, id: number) =>
        without(inner.slice("modifier ".length), id)
          .replace(/^/, "modifier ")
          .replace("{", `{ if (${ALIVE} == ${id}) { _; } else {`)
          .replace(/$/, " }");
      return { ...span(node), wrap: (inner) => [inner, ...ids.map((id) => off(inner, id))].join("\n") };
    });
}

/** Assembly has no choice between expressions, so each block gets a function that chooses between two values. */
function blocks(tree: Node): Site[] {
  const pick = `function mutantPick(mutantId, mutantUsual, mutantOther) -> mutantValue { mutantValue := mutantUsual if eq(${ALIVE}, mutantId) { mutantValue := mutantOther } }`;
  return [...walk(tree)]
    .filter(({ node }) => node.nodeType === "InlineAssembly")
    .map(({ node }) => ({ ...span(node), wrap: (inner) => inner.replace("{", `{ ${pick}`) }));
}

/**
 * Whose text the compiler complains about: the number within or behind the place it points to. A variable that it finds
 * unset was set by a statement which a mutant deletes: the last one before it is read, or the first behind its declaration.
 */
function blamed(output: Output, woven: Sources, mutants: readonly Mutant[]): Map<Mutant, string> {
  const byId = new Map(mutants.map((mutant) => [mutant.id, mutant]));
  const found = new Map<Mutant, string>();
  for (const { sourceLocation, formattedMessage } of failures(output)) {
    const { file = "", start = 0, end = 0 } = sourceLocation ?? {};
    const bytes = Buffer.from(woven.get(file) ?? "");
    const text = bytes.toString("utf8", start, end);
    const setter = new RegExp(`/\\*(\\d+)\\*/[^=;{}]*\\b${/\w+$/.exec(text)?.[0]}\\b[^=;{}]*=`, "g");
    const id = formattedMessage.includes("accessed without prior assignment")
      ? [...bytes.toString("utf8", 0, start).matchAll(setter)].at(-1)?.[1]
      : formattedMessage.includes("returned without prior assignment")
        ? setter.exec(bytes.toString("utf8", end))?.[1]
        : (NUMBER.exec(text) ?? NUMBER.exec(bytes.toString("utf8", end)))?.[1];
    const mutant = byId.get(Number(id));
    if (!mutant) throw new Error(formattedMessage);
    found.set(mutant, formattedMessage);
  }
  return found;
}

const NUMBER = /\/\*(\d+)\*\//;
