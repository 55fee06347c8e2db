import fc from "fast-check";
import { type Address, isAddressEqual, zeroAddress, zeroHash } from "viem";
import {
  authorizeBasketWithAuthorizationCall,
  authorizeCall,
  authorizeWithAuthorizationCall,
  type Call,
  cancelTermsCall,
  cancelTermsWithSignatureCall,
  captureCall,
  captureManyCall,
  reclaimCall,
  reclaimWithSignatureCall,
  refundCall,
  releaseCall,
  releaseManyCall,
  releaseWithSignatureCall,
  voidCall,
  withdrawCall,
  withdrawToCall,
  withdrawWithSignatureCall,
} from "../../../server/protocol/calls.ts";
import type { OrderFold } from "../../../server/protocol/fold.ts";
import { TERMS_FLAG, type Terms, termsHash } from "../../../server/protocol/terms.ts";
import {
  cancelTermsTypedData,
  receiveAuthorizationTypedData,
  receiveBasketTypedData,
  reclaimTypedData,
  releaseTypedData,
  type TypedDataJson,
  withdrawTypedData,
} from "../../../server/protocol/typedData.ts";
import { amount, legs, record, uint } from "./arbitraries.ts";
import { type EscrowWorld, PARTIES } from "./escrowWorld.ts";

/** What one step draws: which of the possible moves, how much of it, by whom, after how many seconds. */
export type Draw = {
  readonly pick: number;
  readonly ppm: bigint;
  readonly who: number;
  readonly waitS: number;
  readonly pushFails: boolean;
  readonly terms: (token: Address, nowS: number) => Terms;
};

/** Something the rules allow now; `push`: whose failing push would turn into credit; `burns`: terms that end unused. */
export type Move = { readonly from: Address; readonly call: Call; readonly push?: Terms; readonly burns?: Terms };

const party = (who: number): (typeof PARTIES)[number] => {
  const found = PARTIES[who % PARTIES.length];
  if (!found) throw new RangeError(`no party ${who}`);
  return found;
};
const signedBy = (account: Address, typed: TypedDataJson) =>
  (PARTIES.find(({ address }) => isAddressEqual(address, account)) ?? party(0)).signTypedData(typed);
/** Another nonce for every draw. */
const nonceOf = ({ pick }: Draw, nowS: number): bigint => BigInt(pick) * 1_000_000n + BigInt(nowS % 1_000_000);
const anyone = fc.nat(PARTIES.length - 1).map((who) => party(who).address);

/** Valid terms, once token and second are known. */
export const termsAt: fc.Arbitrary<Draw["terms"]> = amount()
  .chain((total) =>
    record({
      payer: anyone,
      operator: anyone,
      amount: fc.constant(total),
      authorizeIn: fc.integer({ min: 1, max: 100 }),
      captureIn: fc.integer({ min: 100, max: 1_500 }),
      releaseDelay: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 500 })),
      defaultToPayerPpm: fc.integer({ min: 0, max: 1_000_000 }),
      flags: fc.nat(3),
      legs: legs(total, anyone),
      salt: uint(152n),
    }),
  )
  .map(({ authorizeIn, captureIn, ...rest }) => (token, nowS) => ({
    ...rest,
    token,
    authorizeBy: nowS + authorizeIn,
    captureBy: nowS + captureIn,
    arbiter: zeroAddress,
    rulingTime: 0,
    agreement: zeroHash,
  }));

export const draws = (steps: number): fc.Arbitrary<Draw[]> =>
  fc.array(
    record({
      pick: fc.nat(),
      ppm: fc.oneof(fc.bigInt(0n, 1_000_000n), fc.constant(1_000_000n)),
      who: fc.nat(),
      waitS: fc.oneof({ weight: 3, arbitrary: fc.nat(20) }, { weight: 1, arbitrary: fc.nat(600) }),
      pushFails: fc.boolean(),
      terms: termsAt,
    }),
    { minLength: steps, maxLength: steps },
  );

const part = (of: bigint, ppm: bigint): bigint => (of * ppm) / 1_000_000n || 1n;

/** The ways to authorize, and to see to it that nobody ever does. */
export function authorizations(world: EscrowWorld, draw: Draw, nowS: number): (() => Promise<Move>)[] {
  const inEth = draw.terms(zeroAddress, nowS);
  const inUsd = draw.terms(world.usd.address, nowS);
  const stranger = party(draw.who).address;
  return [
    async () => ({ from: inEth.payer, call: authorizeCall(world.domain, inEth) }),
    async () => ({ from: inUsd.payer, call: authorizeCall(world.domain, inUsd) }),
    async () => {
      const signature = await signedBy(inUsd.payer, receiveAuthorizationTypedData(world.usd, world.domain, inUsd));
      return { from: stranger, call: authorizeWithAuthorizationCall(world.domain, inUsd, signature) };
    },
    async () => {
      const basket = [inUsd, { ...inUsd, salt: inUsd.salt ^ 1n }];
      const signature = await signedBy(inUsd.payer, receiveBasketTypedData(world.usd, world.domain, basket));
      return { from: stranger, call: authorizeBasketWithAuthorizationCall(world.domain, basket, signature) };
    },
    async () => ({ from: inEth.payer, call: cancelTermsCall(world.domain, inEth), burns: inEth }),
    async () => {
      const consent = { id: termsHash(world.domain, inUsd), deadline: nowS };
      const signature = await signedBy(inUsd.payer, cancelTermsTypedData(world.domain, consent));
      return { from: stranger, call: cancelTermsWithSignatureCall(world.domain, inUsd, nowS, signature), burns: inUsd };
    },
  ];
}

/** All that the rules allow with an order at second `nowS`, by everybody who may. */
export function orderMoves(
  { domain }: EscrowWorld,
  order: OrderFold,
  draw: Draw,
  nowS: number,
): (() => Promise<Move>)[] {
  const { terms, held, captured } = order;
  const merchant = terms?.legs[0]?.account;
  if (!terms || !merchant) return [];
  const { payer, operator, flags } = terms;
  const stranger = party(draw.who).address;
  const moves: (() => Promise<Move>)[] = [];
  const may = (who: Address[], call: Call, push?: Terms) =>
    moves.push(...who.map((from) => async () => ({ from, call, ...(push && { push }) })));

  if (held > 0n && nowS < terms.captureBy) {
    const who = flags & TERMS_FLAG.merchantMayCapture ? [operator, merchant] : [operator];
    const amount = part(held, draw.ppm);
    may(who, captureCall(domain, terms, amount, held));
    may(who, captureManyCall(domain, [{ terms, amount, heldBefore: held }]));
  }
  if (held > 0n) may([operator, merchant], voidCall(domain, terms, part(held, draw.ppm), held), terms);
  if (held > 0n && nowS >= terms.captureBy) {
    may([stranger], reclaimCall(domain, terms));
    may([payer], reclaimCall(domain, terms), terms);
    moves.push(async () => {
      const signature = await signedBy(payer, reclaimTypedData(domain, { id: order.id, deadline: nowS }));
      return { from: stranger, call: reclaimWithSignatureCall(domain, terms, nowS, signature), push: terms };
    });
  }
  if (captured > 0n) {
    const who = nowS < order.releaseAt ? [payer] : [payer, stranger];
    may(who, releaseCall(domain, terms));
    may(who, releaseManyCall(domain, [terms]));
    moves.push(() => signedRelease(domain, terms, order, draw, nowS));
  }
  if (captured > 0n && nowS < order.releaseAt) {
    const who = flags & TERMS_FLAG.operatorMayRefund ? [merchant, operator] : [merchant];
    may(who, refundCall(domain, terms, part(captured, draw.ppm), captured), terms);
  }
  return moves;
}

async function signedRelease(
  domain: EscrowWorld["domain"],
  terms: Terms,
  { id, captured }: OrderFold,
  draw: Draw,
  nowS: number,
): Promise<Move> {
  const consent = { captured, nonce: nonceOf(draw, nowS), deadline: nowS };
  const signature = await signedBy(terms.payer, releaseTypedData(domain, { id, ...consent }));
  return { from: party(draw.who).address, call: releaseWithSignatureCall(domain, terms, consent, signature) };
}

/** Withdrawals of a part of a credit: to its owner, to somebody else, and by a stranger with the owner's signature. */
export function withdrawals(
  { domain }: EscrowWorld,
  account: Address,
  token: Address,
  credit: bigint,
  draw: Draw,
  nowS: number,
): (() => Promise<Move>)[] {
  const amount = part(credit, draw.ppm);
  const to = party(draw.who).address;
  return [
    async () => ({ from: account, call: withdrawCall(domain, token, amount) }),
    async () => ({ from: account, call: withdrawToCall(domain, token, to, amount) }),
    async () => {
      const consent = { account, token, amount, to, nonce: nonceOf(draw, nowS), deadline: nowS };
      const signature = await signedBy(account, withdrawTypedData(domain, consent));
      return { from: to, call: withdrawWithSignatureCall(domain, consent, signature) };
    },
  ];
}
