import { ACTORS, type Actor, type Case, DEEDS, type Deed, START, type State, TABLE } from "./table.ts";

/** A call at a second: from which order, and what it is afterwards; nothing where the table refuses it. */
export type Edge = { deed: Deed; at: number; after: State | undefined };
/** An order that can be reached. `next` are those first reached from here, each by one of the edges. */
export type Vertex = { order: State; edges: Edge[]; next: { edge: Edge; vertex: Vertex }[] };

/**
 * Every order that can be reached and every call on it, by every actor, at every second that matters: at once, and in the
 * last second before and the first of every window that is still to end.
 */
export function explore(terms: Case): Vertex[] {
  const known = new Map<string, Vertex>();
  const first: Vertex = { order: START, edges: [], next: [] };
  known.set(nameOf(START, terms), first);
  const all = [first];
  for (const vertex of all) {
    for (const at of seconds(vertex.order, terms)) {
      for (const deed of deeds(terms)) {
        const order = { ...vertex.order, now: at };
        const row = TABLE[deed.name];
        const edge: Edge = {
          deed,
          at,
          after: row.may(order, deed, terms) ? row.becomes(order, deed, terms) : undefined,
        };
        vertex.edges.push(edge);
        if (!edge.after || known.has(nameOf(edge.after, terms))) continue;
        const reached: Vertex = { order: edge.after, edges: [], next: [] };
        known.set(nameOf(edge.after, terms), reached);
        vertex.next.push({ edge, vertex: reached });
        all.push(reached);
      }
    }
  }
  return all;
}

/** Every call that could be made: right and wrong amounts by everybody, and stale beliefs. */
function deeds(terms: Case): Deed[] {
  const amounts = Array.from({ length: terms.amount + 2 }, (_, amount) => amount);
  const of: Record<string, number[]> = { rule: [0, 500_000, 1_000_000, 1_000_001] };
  for (const name of ["capture", "void", "refund", "dispute", "refundReleased"]) of[name] = amounts;
  const believing = ["capture", "void", "refund", "concede", "rule", "refundReleased"];
  return DEEDS.flatMap((name) =>
    ACTORS.flatMap((actor: Actor) => [
      ...(of[name] ?? [0]).map((amount) => ({ name, actor, amount, stale: false })),
      ...(believing.includes(name) ? [{ name, actor, amount: 1, stale: true }] : []),
    ]),
  );
}

/** When to try: now, and around the end of every window. */
export function seconds(order: State, terms: Case): number[] {
  const ends = [terms.authorizeBy, terms.captureBy, order.releaseAt, order.rulingBy].filter((end) => end > order.now);
  const tried = [order.now, ...ends.flatMap((end) => [end - 1, end])].filter((at) => at >= order.now);
  return [...new Set(tried)].sort((a, b) => a - b);
}

/** Two orders with the same name have the same future: what has passed is told by that alone. */
function nameOf(order: State, terms: Case): string {
  const { now, releaseAt, rulingBy, ...rest } = order;
  const left = (end: number) => Math.max(end - now, 0);
  const windows = [left(terms.authorizeBy), left(terms.captureBy), left(releaseAt), left(rulingBy)];
  return JSON.stringify([rest, order.used ? windows.slice(1) : windows]);
}
