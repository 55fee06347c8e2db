import { encodeAbiParameters, encodeEventTopics, type Hex, hexToBytes, keccak256, toHex } from "viem";
import { escrowAbi } from "../../../server/protocol/abi.ts";
import { ROUTE } from "../../../server/protocol/fold.ts";
import { packTerms } from "../../../server/protocol/terms.ts";
import { ESCROW } from "./place.ts";
import type { Deed } from "./story.ts";

/** Of a log, what the contract decides. */
export interface Content {
  readonly topics: readonly Hex[];
  readonly data: Hex;
}

type EventName = Deed["event"];

const parametersOf = (name: EventName) => {
  const event = escrowAbi.find((entry) => entry.type === "event" && entry.name === name);
  if (event?.type !== "event") throw new Error(`the escrow has no event ${name}`);
  return event.inputs.filter(({ indexed }) => !indexed);
};
const names: readonly EventName[] = ["Authorized", "Captured", "Released", "Voided", "Refunded"];
const parameters = new Map(names.map((name) => [name, parametersOf(name)]));
const selectors = new Map(
  names.map((name) => [name, encodeEventTopics({ abi: escrowAbi, eventName: name })[0] ?? "0x"]),
);

/** The log of a deed, as the contract writes it. @param blockS chain second of its block */
export function contentOf({ id, terms, event, amount }: Deed, blockS: number): Content {
  const values = {
    Authorized: [packTerms(terms), ROUTE.erc3009],
    Captured: [amount, BigInt(blockS + terms.releaseDelay)],
    Released: [amount],
    Voided: [amount],
    Refunded: [amount],
  }[event];
  const data = encodeAbiParameters(parameters.get(event) ?? [], values as never);
  return { topics: [selectors.get(event) ?? "0x", id], data };
}

const bitsOf = (value: Hex): number[] => {
  const hash = hexToBytes(keccak256(value));
  return [0, 2, 4].map((at) => (((hash[at] ?? 0) << 8) | (hash[at + 1] ?? 0)) & 2_047);
};
const known = new Map<Hex, number[]>([ESCROW, ...selectors.values()].map((value) => [value, bitsOf(value)]));

/** The bloom filter of a block with these logs of the escrow (yellow paper, section 4.3.1). */
export function bloomOf(logs: readonly Content[]): Hex {
  const bloom = new Uint8Array(256);
  const add = (value: Hex): void => {
    for (const bit of known.get(value) ?? bitsOf(value)) {
      const at = bloom.length - 1 - (bit >> 3);
      bloom[at] = (bloom[at] ?? 0) | (1 << (bit & 7));
    }
  };
  if (logs.length > 0) add(ESCROW);
  for (const { topics } of logs) topics.forEach(add);
  return toHex(bloom);
}
