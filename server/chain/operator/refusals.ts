/**
 * What a node means that does not take a transaction. known: it has it. used: one with its nonce is in a block, maybe
 * this one; a receipt or the nonce will tell. price: it offers too little, for the next block or for taking the place
 * of another one with its nonce. funds: the key cannot pay for it. full: the node has no room now. gap: a lower nonce
 * is missing. other: something that a person has to look at if it stays.
 */
export type Refusal = "known" | "used" | "price" | "funds" | "full" | "gap" | "other";

/** How nodes say it; the first that fits counts. */
const WORDINGS: readonly (readonly [Refusal, RegExp])[] = [
  ["known", /already known|known transaction|already imported|already exists|already in (the )?(mem)?pool/i],
  ["used", /nonce.{0,12}too low|old ?nonce|nonce.{0,24}already (been )?used/i],
  [
    "price",
    /underpriced|(less|lower) than (the )?(block|current)? ?base ?fee|(fee|gas ?price|tip).{0,60}too low|fee ?cap/i,
  ],
  ["funds", /insufficient (funds|balance)|enough (funds|eth|balance)/i],
  ["full", /pool.{0,12}(full|overflow)|too many (pending|queued)|(queue|slots?).{0,12}(full|limit)/i],
  ["gap", /nonce.{0,12}too high|nonce gap/i],
];

/** @param message as the node gave it */
export const meaningOf = (message: string): Refusal =>
  WORDINGS.find(([, wording]) => wording.test(message))?.[0] ?? "other";
