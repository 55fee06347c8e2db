import fc from "fast-check";
import { getAddress, type Hex, zeroAddress, zeroHash } from "viem";
import { type CreditEvent, type OrderEvent, RESOLVED_BY } from "../../../server/protocol/decode.ts";
import { ROUTE } from "../../../server/protocol/fold.ts";
import { partsOwed } from "../../../server/protocol/sale.ts";
import type { Terms } from "../../../server/protocol/terms.ts";
import { account, amount, bytes, legs, NOW_S, record, terms } from "./arbitraries.ts";

type Draw = { readonly pick: number; readonly ppm: number; readonly by: number; readonly paid: boolean };

/** What an order's money is while its history is drawn, in base units. */
type State = {
  readonly held: bigint;
  readonly waiting: bigint;
  readonly disputed: bigint;
  readonly round: number;
  readonly released: bigint;
  readonly refundedReleased: bigint;
};

type Taken = readonly [after: State, events: readonly OrderEvent[]];

/** One step of an order; undefined where it cannot be taken now. */
type Step = (state: State, draw: Draw, order: { id: Hex; agreed: Terms; at: number }) => Taken | undefined;

/** A part of `of`, at least one unit. */
const part = (of: bigint, { ppm }: Draw): bigint => (of * BigInt(ppm)) / 1_000_000n || 1n;
const credited = (id: Hex, amount: bigint, { paid }: Draw): OrderEvent[] =>
  paid || amount === 0n ? [] : [{ kind: "return_credited", id, amount }];

const capture: Step = (state, draw, { id, agreed: { releaseDelay }, at }) => {
  if (state.held === 0n) return undefined;
  const amount = part(state.held, draw);
  const to = releaseDelay > 0 ? ("waiting" as const) : ("released" as const);
  const releaseAt = releaseDelay && NOW_S + at + releaseDelay;
  const after = { ...state, held: state.held - amount, [to]: state[to] + amount };
  return [after, [{ kind: "captured", id, amount, releaseAt }]];
};

const release: Step = (state, _, { id }) => {
  if (state.waiting === 0n) return undefined;
  const after = { ...state, waiting: 0n, released: state.released + state.waiting };
  return [after, [{ kind: "released", id, amount: state.waiting }]];
};

const refund: Step = (state, draw, { id }) => {
  if (state.waiting === 0n) return undefined;
  const amount = part(state.waiting, draw);
  const after = { ...state, waiting: state.waiting - amount };
  return [after, [{ kind: "refunded", id, amount }, ...credited(id, amount, draw)]];
};

const giveBack: Step = (state, draw, { id }) => {
  if (state.held === 0n) return undefined;
  const all = draw.ppm < 500_000;
  const amount = all ? state.held : part(state.held, draw);
  const back = { kind: all ? "reclaimed" : "voided", id, amount } as const;
  return [{ ...state, held: state.held - amount }, [back, ...credited(id, amount, draw)]];
};

const dispute: Step = (state, draw, { id, agreed, at }) => {
  if (agreed.arbiter === zeroAddress || state.waiting === 0n || state.disputed > 0n) return undefined;
  const amount = part(state.waiting, draw);
  const after = { ...state, waiting: state.waiting - amount, disputed: amount, round: state.round + 1 };
  const rulingBy = NOW_S + at + agreed.rulingTime;
  return [after, [{ kind: "disputed", id, round: after.round, amount, rulingBy, evidence: zeroHash }]];
};

const resolve: Step = (state, draw, { id, agreed }) => {
  const { disputed, round } = state;
  if (disputed === 0n) return undefined;
  const byPpm: Readonly<Record<number, number>> = {
    [RESOLVED_BY.payer]: 0,
    [RESOLVED_BY.merchant]: 1_000_000,
    [RESOLVED_BY.time]: agreed.defaultToPayerPpm,
  };
  const toPayer = (disputed * BigInt(byPpm[draw.by] ?? draw.ppm)) / 1_000_000n;
  const toLegs = disputed - toPayer;
  const event: OrderEvent = { kind: "resolved", id, round, toPayer, toLegs, by: draw.by };
  const after = { ...state, disputed: 0n, released: state.released + toLegs };
  return [after, [event, ...credited(id, toPayer, draw)]];
};

const refundReleased: Step = (state, draw, { id }) => {
  const left = state.released - state.refundedReleased;
  if (left === 0n) return undefined;
  const amount = part(left, draw);
  const fromCredit = draw.by === 1 ? 0n : amount / BigInt(draw.by - 1);
  const event: OrderEvent = { kind: "refunded_released", id, amount, fromCredit };
  const after = { ...state, refundedReleased: state.refundedReleased + amount };
  return [after, [event, ...credited(id, amount, draw)]];
};

const STEPS = [capture, release, refund, giveBack, dispute, resolve, refundReleased, capture, dispute, resolve];

const draw: fc.Arbitrary<Draw> = record({
  pick: fc.nat(STEPS.length - 1),
  ppm: fc.oneof(fc.integer({ min: 0, max: 1_000_000 }), fc.constant(1_000_000)),
  by: fc.integer({ min: 1, max: 4 }),
  paid: fc.boolean(),
});

/** Logs that an escrow could have emitted for an order on these terms: authorized, then any legal steps. */
const history = (id: Hex, agreed: Terms): fc.Arbitrary<OrderEvent[]> =>
  fc.tuple(fc.boolean(), fc.array(draw, { maxLength: 16 })).map(([byCredit, draws]) => {
    const inMoney = agreed.token === zeroAddress ? ROUTE.eth : ROUTE.allowance;
    const route = byCredit ? ROUTE.credit : inMoney;
    return [{ kind: "authorized", id, terms: agreed, route }, ...walk(id, agreed, draws)];
  });

function walk(id: Hex, agreed: Terms, draws: readonly Draw[]): OrderEvent[] {
  const empty = { waiting: 0n, disputed: 0n, round: 0, released: 0n, refundedReleased: 0n };
  let state: State = { ...empty, held: agreed.amount };
  const events: OrderEvent[] = [];
  for (const [at, one] of draws.entries()) {
    const taken = STEPS[one.pick]?.(state, one, { id, agreed, at });
    if (!taken) continue;
    state = taken[0];
    events.push(...taken[1]);
  }
  return events;
}

/** An order with a legal history. */
export const order = (): fc.Arbitrary<{ id: Hex; agreed: Terms; events: OrderEvent[] }> =>
  fc
    .tuple(bytes(32), terms())
    .chain(([id, agreed]) => record({ id: fc.constant(id), agreed: fc.constant(agreed), events: history(id, agreed) }));

/** A deposit, a withdrawal, or the sharing of a sale paid elsewhere; the credit need not suffice. */
export const creditEvent = (): fc.Arbitrary<CreditEvent> => {
  const [who, token, other, units] = [account(), fc.constantFrom(zeroAddress, TOKEN), account(), amount()];
  return fc.oneof(
    record({ kind: fc.constant("withdrawn" as const), account: who, token, to: other, amount: units }),
    record({ kind: fc.constant("deposited" as const), account: who, token, from: other, amount: units }),
    distributed(),
  );
};

const TOKEN = getAddress(`0x${"7e".repeat(20)}`);

const distributed = (): fc.Arbitrary<CreditEvent> =>
  amount().chain((gross) =>
    record({
      ...{ account: account(), operator: account(), token: fc.constantFrom(zeroAddress, TOKEN) },
      ...{ gross: fc.constant(gross), agreement: bytes(32), ref: bytes(32), legs: legs(gross) },
    }).map((sale) => {
      const debited = partsOwed(sale).reduce((sum, owed) => sum + owed.amount, 0n);
      return { kind: "distributed", account: sale.account, ref: sale.ref, sale, debited };
    }),
  );
