import fc from "fast-check";
import { type Address, zeroAddress, zeroHash } from "viem";
import type { Call } from "../../../../server/protocol/calls.ts";
import type { CreditFold } from "../../../../server/protocol/creditFold.ts";
import type { OrderFold } from "../../../../server/protocol/fold.ts";
import { isFixed, type Terms } from "../../../../server/protocol/terms.ts";
import { amount, arbitrated, legs, record, uint } from "../arbitraries.ts";
import { JUDGE, PARTIES, type Place, partyAt } from "./place.ts";

/** What one step draws: which of the possible moves, how much of it, by whom, after how many seconds. */
export type Draw = {
  /** Of which sort the move is, and which of that sort. */
  readonly sort: number;
  readonly pick: number;
  readonly ppm: bigint;
  readonly who: number;
  readonly bits: number;
  readonly waitS: number;
  readonly pushFails: boolean;
  readonly terms: (token: Address, nowS: number) => Terms;
};

/** Something the rules allow now; `push`: whose failing push would turn into credit; `burns`: terms that end unused. */
export type Move = { readonly from: Address; readonly call: Call; readonly push?: Terms; readonly burns?: Terms };

/** Moves are made only when picked, for most need a signature. */
export type Moves = (() => Promise<Move> | Move)[];

/** What a step is drawn in: the place, the second of the next block, and what the books say. */
export type Scene = {
  readonly place: Place;
  readonly nowS: number;
  readonly orders: readonly OrderFold[];
  readonly credits: ReadonlyMap<string, CreditFold>;
  credit(account: Address, token: Address): bigint;
};

/** Another number for every draw: for nonces, salts and references. */
export const numberOf = ({ pick, bits }: Draw, nowS: number): bigint =>
  (BigInt(pick) << 64n) | (BigInt(bits) << 48n) | BigInt(nowS);

/** A part of `of`, at least one unit. */
export const part = (of: bigint, { ppm }: Draw): bigint => (of * ppm) / 1_000_000n || 1n;

export const strangerOf = ({ who }: Draw): Address => partyAt(who);

const anyone = fc.nat(PARTIES.length - 1).map(partyAt);
const DAY_S = 86_400;

/** Valid terms, once token and second are known. Two in three with a delay have an arbiter. */
export const termsAt: fc.Arbitrary<Draw["terms"]> = amount()
  .chain((total) =>
    record({
      payer: anyone,
      operator: anyone,
      amount: fc.constant(total),
      authorizeIn: fc.integer({ min: 1, max: 100 }),
      captureIn: fc.oneof(fc.integer({ min: 100, max: 1_500 }), fc.integer({ min: DAY_S, max: 9 * DAY_S })),
      releaseDelay: fc.oneof(
        { weight: 1, arbitrary: fc.constant(0) },
        { weight: 2, arbitrary: fc.integer({ min: 1, max: 500 }) },
        { weight: 1, arbitrary: fc.integer({ min: DAY_S, max: 5 * DAY_S }) },
      ),
      arbiter: fc.constantFrom(zeroAddress, JUDGE.address, JUDGE.address),
      rulingTime: fc.integer({ min: DAY_S, max: 2 * DAY_S }),
      defaultToPayerPpm: fc.oneof(fc.constantFrom(0, 1_000_000), fc.integer({ min: 0, max: 1_000_000 })),
      flags: fc.nat(3),
      legs: legs(total, anyone),
      salt: uint(152n),
    }),
  )
  .map(({ authorizeIn, captureIn, ...rest }) => (token, nowS) => ({
    ...arbitrated(rest),
    token,
    authorizeBy: nowS + authorizeIn,
    captureBy: nowS + captureIn,
    agreement: zeroHash,
  }));

/** The terms with a smaller amount, and without the fixed legs that no longer fit into it. */
export function within(terms: Terms, most: bigint): Terms {
  const amount = terms.amount > most ? most : terms.amount;
  let left = amount;
  const fits = terms.legs.filter((leg) => {
    if (!isFixed(leg)) return true;
    if (leg.share > left) return false;
    left -= leg.share;
    return true;
  });
  return { ...terms, amount, legs: fits };
}

const seconds = fc.oneof(
  { weight: 12, arbitrary: fc.nat(20) },
  { weight: 4, arbitrary: fc.nat(600) },
  { weight: 2, arbitrary: fc.integer({ min: DAY_S / 2, max: 3 * DAY_S }) },
);

export const draws = (steps: number): fc.Arbitrary<Draw[]> =>
  fc.array(
    record({
      ...{ sort: fc.nat(), pick: fc.nat(), who: fc.nat(), bits: fc.nat(0xffff), waitS: seconds },
      ppm: fc.oneof(fc.bigInt(0n, 1_000_000n), fc.constant(1_000_000n)),
      pushFails: fc.boolean(),
      terms: termsAt,
    }),
    { minLength: steps, maxLength: steps },
  );
