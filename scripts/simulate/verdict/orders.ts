import type { OrderOnChain } from "../../../server/chain/views.ts";

/** An order of ours as its rows say, with what its parties were told and what its history has. */
export interface OrderRows {
  readonly orderId: string;
  readonly amount: bigint;
  /** Of the order itself. */
  readonly state: string;
  /** Of its money. */
  readonly payment: string;
  readonly confidence: string | null;
  readonly held: bigint;
  readonly captured: bigint;
  readonly disputed: bigint;
  readonly released: bigint;
  readonly returned: bigint;
  readonly broken: string | null;
  /** Events of the order's own life, in their order. */
  readonly history: readonly string[];
  /** What the shopper was told, in its order. */
  readonly told: readonly string[];
}

/** What the contract's storage says of an order, and whether its terms were burnt unpaid. */
export interface OrderTruth extends OrderOnChain {
  readonly cancelled: boolean;
}

/** An order's rows against storage, told by rules of this file's own: nothing of the server decides here. */
export function judgeOrder(row: OrderRows, truth: OrderTruth): string[] {
  const paid = truth.used && !truth.cancelled;
  const released = paid ? row.amount - truth.held - truth.captured - truth.disputed - truth.returned : 0n;
  const quantities = {
    held: truth.held,
    captured: truth.captured,
    disputed: truth.disputed,
    released,
    returned: truth.returned,
  };
  const complaints = Object.entries(quantities).flatMap(([name, expected]) => {
    const actual = row[name as keyof typeof quantities];
    return actual === expected ? [] : [`${name} is ${actual} and not ${expected}`];
  });
  if (row.broken !== null) complaints.push(`it is called broken: ${row.broken}`);
  const confidence = truth.used ? "final" : null;
  if (row.confidence !== confidence) complaints.push(`its confidence is ${row.confidence} and not ${confidence}`);
  const states = lifeOf({ ...truth, released, paid }, row.history);
  if (!states.includes(row.state)) complaints.push(`it is ${row.state} and not ${states.join(" or ")}`);
  return [...complaints, ...judgeTold(row)].map((what) => `order ${row.orderId}: ${what}`);
}

interface Standing extends OrderTruth {
  readonly paid: boolean;
  readonly released: bigint;
}

/** What an order may be, by where its money is and whether it was ever confirmed or ended. */
function lifeOf(
  { paid, cancelled, held, captured, disputed, released, returned }: Standing,
  history: readonly string[],
): string[] {
  const ended = history.includes("order.cancelled");
  if (ended) return ["cancelled"];
  if (cancelled) return ["cancelled"];
  if (!paid) return [history.includes("order.confirmed") ? "on_hold" : "placed"];
  const inside = held + captured + disputed;
  if (inside === 0n && released === 0n) return returned > 0n ? ["cancelled"] : ["confirmed"];
  return inside === 0n ? ["completed"] : ["confirmed"];
}

/** One effect for each time that the payment came, and for each time that it went. */
function judgeTold({ history, told }: OrderRows): string[] {
  const count = (list: readonly string[], ...names: string[]) => list.filter((name) => names.includes(name)).length;
  const came = count(history, "order.confirmed", "order.resumed");
  const went = count(history, "order.on_hold");
  const complaints: string[] = [];
  if (count(history, "order.confirmed") > 1) complaints.push("it was confirmed twice");
  if (came - went !== 0 && came - went !== 1) complaints.push(`its payment came ${came} times and went ${went} times`);
  if (count(told, "payment.confirmed") !== came)
    complaints.push(`payment.confirmed was told ${count(told, "payment.confirmed")} times, it came ${came} times`);
  if (count(told, "payment.reverted") !== went)
    complaints.push(`payment.reverted was told ${count(told, "payment.reverted")} times, it went ${went} times`);
  return complaints;
}
