import { type Edge, seconds, type Vertex } from "./explore.ts";
import { type Case, creditsOf, type Deed, type State, TABLE } from "./table.ts";

/** What must hold in every order that can be reached, and of every call. The names are those of the documentation. */
export const INVARIANTS: Record<string, (vertex: Vertex, terms: Case) => boolean> = {
  "quantities sum to the amount": ({ order }, terms) =>
    !order.used || order.cancelled
      ? [order.H, order.P, order.D, order.X, order.R, order.Z].every((each) => each === 0)
      : order.H + order.P + order.D + order.X + order.R === terms.amount,
  "nothing is negative, and no more is refunded than was released": ({ order }, terms) =>
    [order.H, order.P, order.D, order.X, order.R, order.Z, ...creditsOf(order, terms)].every((each) => each >= 0) &&
    order.Z <= order.R,
  "what the escrow has is what it owes": ({ order }, terms) =>
    order.paid + order.spent === order.H + order.P + order.D + order.returned + creditSum(order, terms),
  "the payer never pays more than the amount": ({ order }, terms) => order.paid <= terms.amount,
  "a used order stays used": ({ order, edges }) => edges.every(({ after }) => !after || after.used || !order.used),
  "the same terms authorize once": ({ order, edges }) =>
    edges.every(({ deed, after }) => deed.name !== "authorize" || !after || !order.used),
  "no second allows two conflicting exits": ({ edges }) =>
    [...Map.groupBy(edges, ({ at }) => at).values()].every(
      (now) =>
        !(any(now, "capture") && any(now, "reclaim")) &&
        !(
          (any(now, "refund") || any(now, "dispute")) &&
          now.some(({ deed, after }) => deed.name === "release" && deed.actor !== "payer" && after)
        ) &&
        !(any(now, "rule") && any(now, "endDispute")),
    ),
  "every second allows one exit of what lies there": ({ order, edges }) =>
    [...Map.groupBy(edges, ({ at }) => at).values()].every(
      (now) =>
        (order.H === 0 || any(now, "capture") || any(now, "reclaim")) &&
        (order.D === 0 || any(now, "rule") || any(now, "endDispute")),
    ),
  "a stranger can empty it after the windows": ({ order }, terms) => {
    const empty = emptied(order, terms);
    return empty.H === 0 && empty.P === 0 && empty.D === 0;
  },
  "a stranger moves nothing before a window ends": ({ order, edges }, terms) =>
    edges.every(
      ({ deed, at, after }) =>
        deed.actor !== "stranger" ||
        !after ||
        [terms.captureBy, order.releaseAt, order.rulingBy].some((end) => end > 0 && at >= end),
    ),
  "an arbiter moves only what is disputed": ({ order, edges }) =>
    by(edges, "arbiter", "rule").every((after) => after.H === order.H && after.P === order.P && after.Z === order.Z),
  "an operator only captures, voids and refunds, and gains nothing": ({ edges }) =>
    edges.every(
      ({ deed, after }) =>
        deed.actor !== "operator" ||
        !after ||
        ["capture", "void", "refund", "release", "reclaim", "endDispute"].includes(deed.name),
    ),
  "captured money waits its whole delay for the payer": ({ edges }, terms) =>
    edges.every(
      ({ deed, at, after }) =>
        deed.name !== "capture" || !after || terms.delay === 0 || after.releaseAt === at + terms.delay,
    ),
};

function any(edges: readonly Edge[], name: Deed["name"]): boolean {
  return edges.some(({ deed, after }) => deed.name === name && after !== undefined);
}

function by(edges: readonly Edge[], actor: Deed["actor"], name: Deed["name"]): State[] {
  return edges.flatMap(({ deed, after }) => (deed.actor === actor && deed.name === name && after ? [after] : []));
}

function creditSum(order: State, terms: Case): number {
  return creditsOf(order, terms).reduce((sum, each) => sum + each, 0);
}

/** What is left when a stranger does all it may, waiting for the windows. */
function emptied(order: State, terms: Case): State {
  let left = order;
  const ways = ["release", "reclaim", "endDispute"] as const;
  for (
    let at = seconds(left, terms).at(-1);
    at !== undefined;
    at = seconds(left, terms).find((next) => next > left.now)
  ) {
    left = { ...left, now: at };
    for (const name of ways) {
      const deed: Deed = { name, actor: "stranger", amount: 0, stale: false };
      if (TABLE[name].may(left, deed, terms)) left = TABLE[name].becomes(left, deed, terms);
    }
  }
  return left;
}
