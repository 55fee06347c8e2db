import assert from "node:assert/strict";
import fc from "fast-check";
import { type Address, decodeFunctionData, zeroAddress } from "viem";
import { escrowAbi } from "../../../../server/protocol/abi.ts";
import { type CreditFold, creditKey, foldCredits, foldMandates } from "../../../../server/protocol/creditFold.ts";
import {
  type EscrowEvent,
  isCreditEvent,
  isOrderEvent,
  type MandateSetEvent,
  type Undecodable,
} from "../../../../server/protocol/decode.ts";
import { foldOrder, type OrderFold, returnedBeforeRelease } from "../../../../server/protocol/fold.ts";
import {
  creditPositions,
  orderPositions,
  type Positions,
  sumPositions,
} from "../../../../server/protocol/positions.ts";
import { type Terms, termsHash } from "../../../../server/protocol/terms.ts";
import { deposits, withdrawals } from "./accounts.ts";
import { disputeMoves } from "./disputes.ts";
import { type Draw, draws, type Moves, type Scene } from "./draws.ts";
import { batches, capturedMoves, heldMoves, paid, releasedMoves } from "./orders.ts";
import { payments } from "./payments.ts";
import { JUDGE, moneys, type OrderSeen, PARTIES, type Place, sendWhilePushesFail } from "./place.ts";
import { mandates, sales } from "./sales.ts";

const MOST_ORDERS = 6;

type Event = EscrowEvent | Undecodable;

/** All that the logs say. */
type Books = {
  readonly events: readonly Event[];
  readonly orders: readonly OrderFold[];
  readonly credits: ReadonlyMap<string, CreditFold>;
  readonly mandates: ReadonlyMap<string, MandateSetEvent>;
  readonly positions: Positions;
};

function booksOf(events: readonly Event[], chainId: number): Books {
  assert.deepEqual(
    events.filter(({ kind }) => kind === "undecodable"),
    [],
  );
  const byOrder = Map.groupBy(events.filter(isOrderEvent), (event) => event.id);
  const orders = [...byOrder.values()].map(foldOrder).filter((order) => order !== undefined);
  const ofCredits = events.filter(isCreditEvent);
  return {
    events,
    orders,
    credits: foldCredits(orders, ofCredits),
    mandates: foldMandates(events.filter((event) => event.kind === "mandate_set")),
    positions: sumPositions([
      ...orders.map((order) => orderPositions(order, chainId)),
      ...ofCredits.map((event) => creditPositions(event, chainId)),
    ]),
  };
}

/** Sorts of moves, by how often they are drawn. */
function sortsAt(scene: Scene, draw: Draw, books: Books): Moves[] {
  const open = books.orders.map(paid).filter((one) => one !== undefined);
  const one = open[draw.who % open.length];
  const deals = one
    ? [
        heldMoves(scene, one, draw),
        capturedMoves(scene, one, draw),
        disputeMoves(scene, one, draw),
        disputeMoves(scene, one, draw),
        releasedMoves(scene, one, draw),
      ]
    : [];
  const pays = books.orders.length < MOST_ORDERS ? [payments(scene, draw), payments(scene, draw)] : [];
  return [
    ...[...pays, ...deals, ...deals, ...deals, batches(scene, draw), deposits(scene, draw), withdrawals(scene, draw)],
    ...[sales(scene, draw, books.mandates), mandates(scene, draw)],
  ].filter((moves) => moves.length > 0);
}

/** What a game came to: everything that was called and everything that was said. */
export type Played = { readonly calls: readonly string[]; readonly events: readonly Event[] };

/** Plays random legal moves and holds the books against every view after each. */
async function play(place: Place, steps: readonly Draw[]): Promise<Played> {
  const { domain } = place;
  const burnt: Terms[] = [];
  const calls: string[] = [];
  const start = await place.height();
  let books = booksOf([], domain.chainId);
  for (const draw of steps) {
    const nowS = (await place.nowS()) + draw.waitS;
    const { orders, credits } = books;
    const credit = (account: Address, token: Address) => credits.get(creditKey(account, token))?.credit ?? 0n;
    const sorts = sortsAt({ place, nowS, orders, credits, credit }, draw, books);
    const moves = sorts[draw.sort % sorts.length] ?? [];
    const move = await moves[draw.pick % moves.length]?.();
    if (!move) continue;
    const { functionName } = decodeFunctionData({ abi: escrowAbi, data: move.call.data });
    try {
      if (move.push && draw.pushFails) await sendWhilePushesFail(place, move.from, move.call, nowS, move.push);
      else await place.send(move.from, move.call, nowS);
    } catch (error) {
      throw new Error(`${functionName} by ${move.from} after ${calls.join(", ")}`, { cause: error });
    }
    if (move.burns) burnt.push(move.burns);
    calls.push(functionName);
    const fresh = await place.eventsAbove(start + calls.length - 1);
    books = booksOf([...books.events, ...fresh], domain.chainId);
    await assertEqualsViews(place, books, burnt);
    await assertBacked(place, books);
  }
  return { calls, events: books.events };
}

/** What `orderOf` must answer by the logs. */
const seenOf = (order: OrderFold): OrderSeen => ({
  held: order.held,
  captured: order.captured,
  releaseAt: order.releaseAt,
  used: true,
  cancelled: order.cancelled,
  returned: returnedBeforeRelease(order),
  refunded: order.refundedReleased,
  disputed: order.disputed,
  rulingBy: order.rulingBy,
  round: order.round,
});

async function assertEqualsViews(place: Place, books: Books, burnt: readonly Terms[]): Promise<void> {
  const { domain } = place;
  const gone = new Map(burnt.map((terms) => [termsHash(domain, terms), terms]));
  await Promise.all([
    ...books.orders.map(async (order) => {
      assert.equal(order.broken, undefined);
      const terms = order.terms ?? gone.get(order.id);
      assert.ok(terms);
      assert.deepEqual(await place.orderOf(terms), seenOf(order));
    }),
    ...moneys(place).flatMap((token) =>
      [...PARTIES, JUDGE].map(async ({ address }) => {
        const credit = books.credits.get(creditKey(address, token))?.credit ?? 0n;
        assert.equal(await place.creditOf(address, token), credit, `credit of ${address} in ${token}`);
      }),
    ),
    ...[...books.mandates.values()].map(async ({ account, spender, token, mandate }) => {
      const seen = await place.mandateOf(account, spender, token);
      assert.deepEqual(seen.mandate, mandate);
    }),
    ...books.events.map(async (event) => {
      if (event.kind === "distributed") assert.equal(await place.isDistributed(event.account, event.ref), true);
      if (event.kind === "nonce_used") assert.equal(await place.isNonceUsed(event.account, event.nonce), true);
    }),
  ]);
}

/** The escrow has exactly what it owes, for nobody sent it money uninvited; so the ledger knows every way in and out. */
async function assertBacked(place: Place, { positions }: Books): Promise<void> {
  for (const token of moneys(place)) {
    const owed = [...positions]
      .filter(([name]) => name.endsWith(token.toLowerCase()) && /^(escrow_|credit:)/.test(name))
      .reduce((sum, [, units]) => sum + units, 0n);
    assert.equal(await place.balanceOf(token, place.domain.escrow), owed, `what the escrow has of ${token}`);
  }
}

/**
 * Plays games of `steps` moves from the place as it is fresh. A failure names the seed, the game and its moves.
 * @param fresh undoes everything since the place was prepared
 */
export async function games(
  place: Place,
  fresh: () => Promise<void>,
  { seed, numRuns, steps }: { seed: number; numRuns: number; steps: number },
): Promise<Played> {
  const all: { calls: string[]; events: Event[] } = { calls: [], events: [] };
  const property = fc.asyncProperty(draws(steps), async (drawn) => {
    await fresh();
    const { calls, events } = await play(place, drawn);
    all.calls.push(...calls);
    all.events.push(...events);
  });
  await fc.assert(property, { seed, numRuns, endOnFailure: true, asyncReporter: tellSeed });
  return all;
}

/** The draws of a game tell nobody anything; the seed and what the game came to do. */
async function tellSeed({ failed, seed, counterexamplePath, errorInstance }: fc.RunDetails<[Draw[]]>): Promise<void> {
  if (failed) throw new Error(`SEED=${seed}, game ${counterexamplePath}`, { cause: errorInstance });
}

/** What events tell of, by kind and by what sets two of a kind apart. */
export const kindsOf = (events: readonly Event[]): string[] =>
  [...new Set(events.map((event, at) => kindOf(event, events[at + 1])))].sort();

function kindOf(event: Event, next: Event | undefined): string {
  const to = next?.kind === "return_credited" ? "as credit" : "in money";
  switch (event.kind) {
    case "authorized":
      return `authorized in ${event.terms.token === zeroAddress ? "ETH" : "tokens"} by route ${event.route}`;
    case "captured":
      return event.releaseAt ? "captured" : "captured and released";
    case "resolved":
      return event.toPayer > 0n ? `resolved by ${event.by}, back ${to}` : `resolved by ${event.by} for the legs`;
    case "refunded_released": {
      const from = event.fromCredit === event.amount ? "credit" : event.fromCredit > 0n ? "both" : "wallet";
      return `refunded_released from ${from}, back ${to}`;
    }
    case "voided":
    case "reclaimed":
    case "refunded":
      return `${event.kind} ${to}`;
    default:
      return event.kind;
  }
}
