import { child, type Node, span, walk } from "../solidity/ast.ts";
import type { Found, TextOf } from "./mutant.ts";

const INSTEAD: Record<string, string> = {
  and: "or",
  or: "and",
  xor: "or",
  shl: "shr",
  shr: "shl",
  add: "sub",
  sub: "add",
  mul: "div",
  div: "mul",
  mod: "mul",
};
const BOUNDARY: Record<string, string> = { lt: "gt", gt: "lt", slt: "sgt", sgt: "slt" };
/** Instructions that only compute, so that they may be computed twice. */
const PURE =
  /^(add|sub|mul|s?div|s?mod|exp|not|s?lt|s?gt|eq|iszero|and|or|xor|byte|shl|shr|sar|addmod|mulmod|signextend|keccak256|mload|sload|tload|calldataload|calldatasize|returndatasize|codesize|extcodesize|extcodehash|caller|callvalue|address|timestamp|chainid|gas|balance|selfbalance|origin)$/;

/**
 * The changes within one assembly block.
 * @param constants by the compiler's numbers: those of which a reading is changed like a number
 */
export function assemblyChanges(block: Node, text: TextOf, constants: ReadonlySet<number>): Found[] {
  const read = (block.externalReferences as { declaration: number; src: string }[])
    .filter(({ declaration }) => constants.has(declaration))
    .map(({ src }) => src);
  const found: Found[] = [];
  for (const { node, above } of walk(block.AST as Node)) {
    if (node.nodeType === "YulFunctionCall") found.push(...call(node, above, text));
    if (node.nodeType === "YulLiteral" && node.kind === "number") found.push(...literal(node, above, text));
    if (node.nodeType === "YulIdentifier" && read.includes(node.src)) {
      found.push(expression(node, "number", `add(${text(node)}, 1)`));
    }
    if (node.nodeType === "YulIf") found.push(...branch(node, text));
    if (node.nodeType === "YulExpressionStatement" || node.nodeType === "YulAssignment")
      found.push({ ...span(node), kind: "yulStatement", operator: "delete", text: "" });
  }
  return found;
}

function call(node: Node, above: readonly Node[], text: TextOf): Found[] {
  if (above[0]?.nodeType === "YulExpressionStatement" || !isPure(node)) return [];
  const name = nameOf(node);
  const args = (node.arguments as Node[]).map(text).join(", ");
  const changed: string[] = [];
  if (INSTEAD[name]) changed.push(`${INSTEAD[name]}(${args})`);
  if (BOUNDARY[name]) changed.push(`iszero(${BOUNDARY[name]}(${args}))`, `iszero(${name}(${args}))`);
  if (name === "eq") changed.push(`iszero(${name}(${args}))`);
  if (name === "iszero") changed.push(`iszero(iszero(${args}))`);
  return changed.map((each) => expression(node, name, each));
}

function literal(node: Node, above: readonly Node[], text: TextOf): Found[] {
  if (above[0]?.nodeType === "YulCase") return [];
  const value = BigInt(text(node));
  const last = 2n ** 256n - 1n;
  return [value === last ? value - 1n : value + 1n].map((each) => expression(node, "number", `0x${each.toString(16)}`));
}

function branch(node: Node, text: TextOf): Found[] {
  const condition = child(node, "condition") as Node;
  if (!isPure(condition)) return [];
  const reverts = /\brevert\(/.test(text(child(node, "body") as Node));
  return (reverts ? ["0"] : ["0", "1"]).map((value) => expression(condition, "condition", value));
}

function isPure(node: Node): boolean {
  return [...walk(node)].every(({ node: each }) => each.nodeType !== "YulFunctionCall" || PURE.test(nameOf(each)));
}

function nameOf(call: Node): string {
  return (call.functionName as { name: string }).name;
}

function expression(node: Node, operator: string, text: string): Found {
  return { ...span(node), kind: "yulExpression", operator, text };
}
