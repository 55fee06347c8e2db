import { child, children, isNode, type Node, place, span, statementSpan, typeOf, walk } from "../solidity/ast.ts";
import type { Change, Found, TextOf } from "./mutant.ts";
import { assemblyChanges } from "./yulOperators.ts";

/** What stands for an operator: the neighbour at the boundary and the opposite, or the inverse operation. */
const BINARY: Record<string, string[]> = {
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "==": ["!="],
  "!=": ["=="],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
  "&&": ["||"],
  "||": ["&&"],
  "&": ["|"],
  "|": ["&"],
  "^": ["|"],
  "<<": [">>"],
  ">>": ["<<"],
};

const ASSIGNMENT: Record<string, string> = { "+=": "-=", "-=": "+=", "|=": "&=", "&=": "|=" };

/** Every change that the operators know, file by file in the order of the text. */
export function changesOf(sources: ReadonlyMap<string, string>, trees: ReadonlyMap<string, Node>): Change[] {
  const literal = literals([...trees.values()]);
  return [...trees].flatMap(([file, tree]) => changesIn(file, sources.get(file) ?? "", tree, literal));
}

/** Constants that assembly or an array's type reads must be plain numbers. Those of assembly are changed where it reads. */
function literals(trees: readonly Node[]): ReadonlySet<number> {
  const nodes = trees.flatMap((tree) => [...walk(tree)].map(({ node }) => node));
  const constants = new Set(nodes.filter(({ constant }) => constant === true).map(({ id }) => id as number));
  const byAssembly = nodes.flatMap((node) => (node.externalReferences as { declaration: number }[] | undefined) ?? []);
  const byTypes = nodes.filter(({ nodeType }) => nodeType === "ArrayTypeName").map((type) => child(type, "length"));
  const read = [
    ...byAssembly.map(({ declaration }) => declaration),
    ...byTypes.map((length) => length?.referencedDeclaration as number),
  ];
  return new Set(read.filter((id) => constants.has(id)));
}

function changesIn(file: string, source: string, tree: Node, literal: ReadonlySet<number>): Change[] {
  const text = textOf(source);
  const bytes = Buffer.from(source);
  const changes: Change[] = [];
  for (const { node, above } of walk(tree)) {
    if (above.some(({ id }) => literal.has(id as number))) continue;
    const isAssembly = node.nodeType === "InlineAssembly";
    const found = isAssembly ? assemblyChanges(node, text, literal) : solidityChanges(node, above, text);
    for (const change of found) {
      const where = change.kind === "statement" ? statementSpan(node, bytes) : {};
      changes.push({ file, place: place(above), ...change, ...where });
    }
  }
  return changes.sort((a, b) => a.start - b.start || b.end - a.end);
}

function textOf(source: string): TextOf {
  const bytes = Buffer.from(source);
  return (node) => {
    const { start, end } = span(node);
    return bytes.toString("utf8", start, end);
  };
}

function solidityChanges(node: Node, above: readonly Node[], text: TextOf): Found[] {
  switch (node.nodeType) {
    case "BinaryOperation":
      return isNumber(node) ? [] : binary(node, text);
    case "UnaryOperation":
      return node.operator === "!" ? [expression(node, "not", part(node, "subExpression", text))] : [];
    case "IfStatement":
      return branch(node, text);
    case "Conditional":
      return ["true", "false"].map((value) => expression(child(node, "condition"), "condition", value));
    case "WhileStatement":
    case "ForStatement":
      return child(node, "condition") ? [expression(child(node, "condition"), "condition", "false")] : [];
    case "ExpressionStatement":
      return isLoopHead(node, above) ? [] : [statement(node, "delete", ""), ...assignment(node, text)];
    case "EmitStatement":
      return [statement(node, "delete", "")];
    case "RevertStatement":
      return isWholeBranch(node, above) ? [] : [statement(node, "delete", "")];
    case "Return":
      return returned(node, text);
    case "ModifierInvocation":
      return node.kind === "modifierInvocation"
        ? [{ ...span(node), kind: "modifier", operator: "modifier", text: "" }]
        : [];
    default:
      return isNumber(node) && !above.some((parent) => isNumber(parent)) ? number(node, above, text) : [];
  }
}

function binary(node: Node, text: TextOf): Found[] {
  const [left, right] = [part(node, "leftExpression", text), part(node, "rightExpression", text)];
  const others = (BINARY[node.operator as string] ?? []).map((operator) => `${left} ${operator} ${right}`);
  const halves = node.operator === "&&" || node.operator === "||" ? [left, right] : [];
  return [...others, ...halves].map((changed) => expression(node, node.operator as string, changed));
}

function branch(node: Node, text: TextOf): Found[] {
  const condition = child(node, "condition");
  const reverts = onlyStatement(child(node, "trueBody"))?.nodeType === "RevertStatement";
  // always reverting would be seen by every test
  const values = reverts ? ["false"] : ["true", "false"];
  return values
    .filter((value) => condition && text(condition) !== value)
    .map((value) => expression(condition, "condition", value));
}

function assignment(node: Node, text: TextOf): Found[] {
  const inner = child(node, "expression");
  const other = ASSIGNMENT[(inner?.operator as string) ?? ""];
  if (inner?.nodeType !== "Assignment" || other === undefined) return [];
  const changed = `${part(inner, "leftHandSide", text)} ${other} ${part(inner, "rightHandSide", text)};`;
  return [statement(node, inner.operator as string, changed)];
}

function returned(node: Node, text: TextOf): Found[] {
  const value = child(node, "expression");
  if (!value) return [];
  const type = typeOf(value);
  if (type === "bool" && !/^(true|false)$/.test(text(value))) return [expression(value, "return", `!(${text(value)})`)];
  if (type === "bool") return [expression(value, "return", text(value) === "true" ? "false" : "true")];
  const zero = /^(uint|int|bytes)\d+$/.test(type) ? `${type}(0)` : type === "address" ? "address(0)" : undefined;
  return zero && text(value) !== "0" ? [expression(value, "return", zero)] : [];
}

/**
 * A number; of what is computed from numbers only, the whole. As part of a computation it keeps the type it had there, for
 * a choice of two small numbers would be of a small type.
 */
function number(node: Node, above: readonly Node[], text: TextOf): Found[] {
  const parent = above[0];
  if (parent?.nodeType === "ArrayTypeName" || node.nodeType === "Identifier") return [];
  if (parent && isConverted(parent))
    return [expression(parent, "number", text(parent).replace(/\(.*\)/s, "(uint8(1))"))];
  const width = parent?.nodeType === "BinaryOperation" ? widthOf(parent) : undefined;
  const changed = [`(${text(node)}) + 1`, ...(text(node) === "0" ? [] : [`(${text(node)}) - 1`])];
  return changed.map((each) => ({ ...expression(node, "number", each), ...(width === undefined ? {} : { width }) }));
}

function widthOf(operation: Node): string | undefined {
  const common = (operation.commonType as { typeString?: string } | undefined)?.typeString ?? "";
  return [typeOf(operation), common].find((type) => /^u?int\d+$/.test(type));
}

/** `address(0)`, which is not made from a choice of numbers. */
function isConverted(node: Node): boolean {
  return node.kind === "typeConversion" && typeOf(node) === "address";
}

function isNumber(node: Node): boolean {
  return typeOf(node).startsWith("int_const");
}

function expression(node: Node | undefined, operator: string, text: string): Found {
  return { ...span(node as Node), kind: "expression", operator, text };
}

function statement(node: Node, operator: string, text: string): Found {
  return { ...span(node), kind: "statement", operator, text };
}

function part(node: Node, field: string, text: TextOf): string {
  return `(${text(child(node, field) as Node)})`;
}

function isLoopHead(node: Node, above: readonly Node[]): boolean {
  const parent = above[0];
  return (
    parent?.nodeType === "ForStatement" && (parent.loopExpression === node || parent.initializationExpression === node)
  );
}

/** Whether it is all that an `if` does; then the condition is changed instead. */
function isWholeBranch(node: Node, above: readonly Node[]): boolean {
  const outer = above.find(({ nodeType }) => nodeType !== "Block");
  return outer?.nodeType === "IfStatement" && isNode(outer.trueBody) && onlyStatement(outer.trueBody) === node;
}

function onlyStatement(node: Node | undefined): Node | undefined {
  if (node?.nodeType !== "Block") return node;
  const statements = children(node);
  return statements.length === 1 ? statements[0] : undefined;
}
