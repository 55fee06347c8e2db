import assert from "node:assert/strict";
import fc from "fast-check";
import { type Address, type Hex, zeroAddress } from "viem";
import { type EscrowEvent, isOrderEvent, type Undecodable } from "../../server/protocol/decode.ts";
import { foldAccount, foldOrder, type OrderFold } from "../../server/protocol/fold.ts";
import { ledgerAccount, orderPositions, type Positions, withdrawalPositions } from "../../server/protocol/positions.ts";
import { type Terms, termsHash } from "../../server/protocol/terms.ts";
import {
  authorizations,
  type Draw,
  draws,
  type Move,
  orderMoves,
  withdrawals,
} from "../server/protocol/escrowMoves.ts";
import { type EscrowWorld, openEscrowWorld, PARTIES } from "../server/protocol/escrowWorld.ts";

const MOST_ORDERS = 5;
const STEPS = 30;

/** All that the logs say: the orders, and what each ledger account holds. */
type Books = { readonly orders: OrderFold[]; readonly positions: Positions };

function booksOf(events: readonly (EscrowEvent | Undecodable)[], chainId: number): Books {
  const byOrder = Map.groupBy(events.filter(isOrderEvent), (event) => event.id);
  const orders = [...byOrder.values()].map(foldOrder).filter((order) => order !== undefined);
  const positions = new Map<string, bigint>();
  const withdrawn = events.filter((event) => event.kind === "withdrawn");
  for (const part of [
    ...orders.map((order) => orderPositions(order, chainId)),
    ...withdrawn.map((event) => withdrawalPositions(event, chainId)),
  ]) {
    for (const [name, units] of part) positions.set(name, (positions.get(name) ?? 0n) + units);
  }
  return { orders, positions };
}

const EMPTY = { held: 0n, captured: 0n, releaseAt: 0, returned: 0n, refunded: 0n, disputed: 0n };

describe("the fold of an escrow's logs", function () {
  this.timeout(120_000);
  let world: EscrowWorld;
  let fresh: Hex;
  /** Terms that were cancelled; their event does not carry them. */
  const burnt: Terms[] = [];
  before(async () => {
    world = await openEscrowWorld();
    fresh = await world.chain.snapshot();
  });
  after(() => world.close());

  const tokens = () => [zeroAddress, world.usd.address];
  const read = async () => {
    const events = await world.events();
    return { events, ...booksOf(events, world.domain.chainId) };
  };
  const credit = ({ positions }: Books, account: Address, token: Address) =>
    positions.get(ledgerAccount("credit", account, world.domain.chainId, token)) ?? 0n;

  function movesAt(books: Books, draw: Draw, nowS: number): (() => Promise<Move>)[] {
    const credits = tokens().flatMap((token) => PARTIES.map(({ address }) => ({ address, token })));
    return [
      ...(books.orders.length < MOST_ORDERS ? authorizations(world, draw, nowS) : []),
      ...books.orders.flatMap((order) => orderMoves(world, order, draw, nowS)),
      ...credits
        .filter(({ address, token }) => credit(books, address, token) > 0n)
        .flatMap(({ address, token }) => withdrawals(world, address, token, credit(books, address, token), draw, nowS))
        .slice(0, 6),
    ];
  }

  async function step(books: Books, draw: Draw): Promise<void> {
    const atS = (await world.nowS()) + draw.waitS;
    const moves = movesAt(books, draw, atS);
    const move = await moves[draw.pick % moves.length]?.();
    if (!move) return;
    if (move.push && draw.pushFails) await world.sendWhilePushesFail(move.from, move.call, atS, move.push);
    else await world.send(move.from, move.call, atS);
    if (move.burns) burnt.push(move.burns);
  }

  async function assertEqualsViews(books: Books): Promise<void> {
    for (const terms of burnt) {
      const order = books.orders.find(({ id }) => id === termsHash(world.domain, terms));
      assert.deepEqual([order?.cancelled, order?.broken, order?.state], [true, undefined, "cancelled"]);
      assert.deepEqual(await world.orderOf(terms), { ...EMPTY, used: true, cancelled: true });
    }
    for (const order of books.orders.filter(({ cancelled }) => !cancelled)) {
      assert.equal(order.broken, undefined);
      assert.ok(order.terms);
      assert.deepEqual(await world.orderOf(order.terms), {
        held: order.held,
        captured: order.captured,
        releaseAt: order.releaseAt,
        used: true,
        cancelled: false,
        returned: order.voided + order.reclaimed + order.refunded,
        refunded: 0n,
        disputed: 0n,
      });
    }
    for (const token of tokens()) {
      const shown = await Promise.all(PARTIES.map(({ address }) => world.creditOf(address, token)));
      assert.deepEqual(
        shown,
        PARTIES.map(({ address }) => credit(books, address, token)),
      );
    }
  }

  /** The escrow owes exactly what it has, for nobody sent it money uninvited. */
  async function assertBacked({ positions }: Books): Promise<void> {
    const owed = (token: Address) =>
      [...positions]
        .filter(([name]) => name.endsWith(token.toLowerCase()) && /^(escrow_|credit:)/.test(name))
        .reduce((sum, [, units]) => sum + units, 0n);
    assert.equal(await world.chain.getBalance({ address: world.domain.escrow }), owed(zeroAddress));
    assert.equal(await world.usdBalance(world.domain.escrow), owed(world.usd.address));
  }

  /** Plays random legal moves from a fresh escrow; returns all events. */
  async function play(steps: readonly Draw[]): Promise<(EscrowEvent | Undecodable)[]> {
    await world.chain.revert({ id: fresh });
    fresh = await world.chain.snapshot();
    burnt.length = 0;
    let books = await read();
    for (const draw of steps) {
      await step(books, draw);
      books = await read();
      await assertEqualsViews(books);
    }
    await assertBacked(books);
    return world.events();
  }

  const run = async (seed: number, numRuns: number) => {
    const seen: (EscrowEvent | Undecodable)[] = [];
    const property = fc.asyncProperty(draws(STEPS), async (steps) => void seen.push(...(await play(steps))));
    await fc.assert(property, { seed, numRuns, endOnFailure: true });
    return seen;
  };

  it("equals the contract's views after every step, over every kind of event", async () => {
    const seen = await run(20_260_802, 12);
    const kinds = new Set(
      seen.map((event, at) => {
        if (event.kind === "authorized") return `authorized by route ${event.route}`;
        if (event.kind === "captured") return event.releaseAt ? "captured" : "captured and released";
        if (!/^(voided|reclaimed|refunded)$/.test(event.kind)) return event.kind;
        return `${event.kind} ${seen[at + 1]?.kind === "return_credited" ? "as credit" : "in money"}`;
      }),
    );
    assert.deepEqual([...kinds].sort(), [
      "authorized by route 1",
      "authorized by route 2",
      "authorized by route 3",
      "cancelled",
      "captured",
      "captured and released",
      "nonce_used",
      "reclaimed as credit",
      "reclaimed in money",
      "refunded as credit",
      "refunded in money",
      "released",
      "return_credited",
      "voided as credit",
      "voided in money",
      "withdrawn",
    ]);
    const withdrawn = foldAccount(seen.filter((event) => event.kind === "withdrawn"));
    assert.ok(withdrawn.length > 1);
  });

  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
  it(`equals the contract's views after every step, SEED=${seed}`, async () => void (await run(seed, 6)));
});
