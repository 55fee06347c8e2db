import { type Hex, toHex } from "viem";
import { randomOf } from "../support/random.ts";

/** Everything that a simulation leaves to chance, drawn from one seed. */
export interface Draw {
  /** A number from 0 to below 1. */
  number(): number;
  /** True so often: 0 never, 1 always. */
  chance(probability: number): boolean;
  /** A whole number, both ends included. */
  whole(least: number, most: number): number;
  of<T>(items: readonly T[]): T;
  /** One of the names, by their weights. */
  weighted<Name extends string>(weights: Readonly<Partial<Record<Name, number>>>): Name;
  shuffled<T>(items: readonly T[]): T[];
  /** From 1 to `amount`, and quite often all of it. */
  part(amount: bigint): bigint;
  bytes(count: number): Hex;
  /** A stream of its own, so that what happens here changes nothing there. */
  apart(): Draw;
}

/** Makes the draw of a seed. */
export function drawOf(seed: number): Draw {
  const number = randomOf(seed);
  const whole = (least: number, most: number): number => least + Math.floor(number() * (most - least + 1));
  const of = <T>(items: readonly T[]): T => {
    const item = items[whole(0, items.length - 1)];
    if (items.length === 0 || item === undefined) throw new Error("nothing to draw from");
    return item;
  };
  return {
    number,
    chance: (probability) => number() < probability,
    whole,
    of,
    weighted: (weights) => {
      const entries = Object.entries(weights) as [keyof typeof weights, number][];
      let left = number() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      const found = entries.find(([, weight]) => {
        left -= weight;
        return left < 0;
      });
      return found?.[0] ?? of(entries)[0];
    },
    shuffled: (items) => {
      const order = items.map((item) => ({ item, at: number() }));
      return order.sort((a, b) => a.at - b.at).map(({ item }) => item);
    },
    part: (amount) =>
      amount <= 1n || number() < 0.4 ? amount : 1n + (amount * BigInt(whole(0, 999_999))) / 1_000_000n,
    bytes: (count) => toHex(Uint8Array.from({ length: count }, () => whole(0, 255))),
    apart: () => drawOf(whole(0, 2 ** 31)),
  };
}
