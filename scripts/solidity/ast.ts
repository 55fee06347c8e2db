/** A node of the compiler's syntax tree, Solidity's or that of an assembly block. Only what is read here is typed. */
export type Node = {
  nodeType: string;
  src: string;
  [field: string]: unknown;
};

/** Where a node stands in its file, in bytes, for that is how the compiler counts. */
export function span(node: Node): { start: number; end: number } {
  const [start = 0, length = 0] = (node.src || (node.nativeSrc as string)).split(":").map(Number);
  return { start, end: start + length };
}

/** The same of a statement with its semicolon, before which the compiler's statements end. */
export function statementSpan(node: Node, bytes: Buffer): { start: number; end: number } {
  const { start, end } = span(node);
  return { start, end: bytes[end] === 0x3b ? end + 1 : end };
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "nodeType" in value;
}

export function child(node: Node, field: string): Node | undefined {
  const value = node[field];
  return isNode(value) ? value : undefined;
}

export function children(node: Node): Node[] {
  return Object.values(node).flatMap((value) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );
}

/** Every node below and including this one, each with its ancestors, the nearest first. Parents come before children. */
export function* walk(node: Node, above: readonly Node[] = []): Generator<{ node: Node; above: readonly Node[] }> {
  yield { node, above };
  for (const each of children(node)) yield* walk(each, [node, ...above]);
}

/** `Contract.function` around a node, or what of it there is. */
export function place(above: readonly Node[]): string {
  const named = above.filter(({ nodeType }) =>
    /^(Contract|Function|Modifier|Variable)(Definition|Declaration)$/.test(nodeType),
  );
  const names = named.map((node) => (node.name as string) || (node.kind as string));
  return names.reverse().filter(Boolean).join(".");
}

/** The type of an expression as the compiler writes it. */
export function typeOf(node: Node): string {
  return (node.typeDescriptions as { typeString?: string } | undefined)?.typeString ?? "";
}
