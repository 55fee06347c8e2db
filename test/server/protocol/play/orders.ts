import type { Address } from "viem";
import {
  type Call,
  captureCall,
  captureManyCall,
  reclaimCall,
  reclaimWithSignatureCall,
  refundCall,
  refundReleasedCall,
  refundReleasedWithSignatureCall,
  refundWithSignatureCall,
  releaseCall,
  releaseManyCall,
  releaseWithSignatureCall,
  voidCall,
} from "../../../../server/protocol/calls.ts";
import type { OrderFold } from "../../../../server/protocol/fold.ts";
import { TERMS_FLAG, type Terms } from "../../../../server/protocol/terms.ts";
import {
  reclaimTypedData,
  refundReleasedTypedData,
  refundTypedData,
  releaseTypedData,
} from "../../../../server/protocol/typedData.ts";
import { type Draw, type Moves, numberOf, part, type Scene, strangerOf } from "./draws.ts";
import { signedBy } from "./place.ts";

/** An order that was paid, and who sells. */
export type Paid = { readonly order: OrderFold; readonly terms: Terms; readonly merchant: Address };

export function paid(order: OrderFold): Paid | undefined {
  const { terms } = order;
  const merchant = terms?.legs[0]?.account;
  return terms && merchant ? { order, terms, merchant } : undefined;
}

/** A call that everybody of `who` may make. */
const by = (who: readonly Address[], call: Call, push?: Terms): Moves =>
  who.map((from) => () => ({ from, call, ...(push && { push }) }));

/** What the rules allow with what is held, by everybody who may. */
export function heldMoves({ place: { domain }, nowS }: Scene, { order, terms, merchant }: Paid, draw: Draw): Moves {
  const { held, id } = order;
  if (held === 0n) return [];
  const { payer, operator, flags, captureBy } = terms;
  const amount = part(held, draw);
  const voids = by([operator, merchant], voidCall(domain, terms, amount, held), terms);
  if (nowS < captureBy) {
    const who = flags & TERMS_FLAG.merchantMayCapture ? [operator, merchant] : [operator];
    const many = captureManyCall(domain, [{ terms, amount, heldBefore: held }]);
    return [...by(who, captureCall(domain, terms, amount, held)), ...by(who, many), ...voids];
  }
  return [
    ...voids,
    ...by(
      [strangerOf(draw)].filter((from) => from !== payer),
      reclaimCall(domain, terms),
    ),
    ...by([payer], reclaimCall(domain, terms), terms),
    async () => {
      const signature = await signedBy(payer, reclaimTypedData(domain, { id, deadline: nowS }));
      const call = reclaimWithSignatureCall(domain, terms, nowS, signature);
      return { from: strangerOf(draw), call, push: terms };
    },
  ];
}

/** What the rules allow with what is captured. */
export function capturedMoves(scene: Scene, paidOrder: Paid, draw: Draw): Moves {
  const { place, nowS } = scene;
  const { domain } = place;
  const { order, terms, merchant } = paidOrder;
  const { captured, releaseAt, id } = order;
  if (captured === 0n) return [];
  const { payer, operator, flags } = terms;
  const stranger = strangerOf(draw);
  const until = { captured, nonce: numberOf(draw, nowS), deadline: nowS };
  const releasers = nowS < releaseAt ? [payer] : [payer, stranger];
  const releases: Moves = [
    ...by(releasers, releaseCall(domain, terms)),
    async () => {
      const signature = await signedBy(payer, releaseTypedData(domain, { id, ...until }));
      return { from: stranger, call: releaseWithSignatureCall(domain, terms, until, signature) };
    },
  ];
  if (nowS >= releaseAt) return releases;
  const amount = part(captured, draw);
  const refunders = flags & TERMS_FLAG.operatorMayRefund ? [merchant, operator] : [merchant];
  return [
    ...releases,
    ...by(refunders, refundCall(domain, terms, amount, captured), terms),
    async () => {
      const signature = await signedBy(merchant, refundTypedData(domain, { id, amount, ...until }));
      const call = refundWithSignatureCall(domain, terms, { amount, ...until }, signature);
      return { from: stranger, call, push: terms };
    },
  ];
}

/** What a merchant can give back of what was released: out of its credit first, the rest out of its wallet. */
export function releasedMoves(scene: Scene, { order, terms, merchant }: Paid, draw: Draw): Moves {
  const { domain, tokens } = scene.place;
  const refunded = order.refundedReleased;
  const left = order.released - refunded;
  if (left === 0n) return [];
  const amount = part(left, draw);
  const credit = scene.credit(merchant, terms.token);
  const enough = credit >= amount;
  const isToken = tokens.some(({ address }) => address === terms.token);
  // A token without code can neither be pushed nor pulled.
  const push = enough || !isToken ? terms : undefined;
  const moves = by([merchant], refundReleasedCall(domain, terms, amount, refunded, credit), push);
  if (!enough && !isToken) return moves;
  const consent = { amount, refunded, deadline: scene.nowS };
  return [
    ...moves,
    async () => {
      const signature = await signedBy(merchant, refundReleasedTypedData(domain, { id: order.id, ...consent }));
      const call = refundReleasedWithSignatureCall(domain, terms, consent, signature);
      return { from: strangerOf(draw), call, ...(push && { push }) };
    },
  ];
}

/** Captures and releases of several orders at once, where one party may do several. */
export function batches({ place: { domain }, nowS, orders }: Scene, draw: Draw): Moves {
  const all = orders.map(paid).filter((one) => one !== undefined);
  const open = all.filter(({ order, terms }) => order.held > 0n && nowS < terms.captureBy);
  const byOperator = Map.groupBy(open, ({ terms }) => terms.operator);
  const captures = [...byOperator].map(([operator, own]) => {
    const requests = own.map(({ order: { held }, terms }) => ({ terms, amount: part(held, draw), heldBefore: held }));
    return () => ({ from: operator, call: captureManyCall(domain, requests) });
  });
  const waiting = all.filter(({ order }) => order.captured > 0n).map(({ terms }) => terms);
  if (waiting.length === 0) return captures;
  return [...captures, () => ({ from: strangerOf(draw), call: releaseManyCall(domain, waiting) })];
}
