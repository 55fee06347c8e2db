import { type Address, type Hex, toHex } from "viem";
import { signatoriesOf } from "../../../../server/protocol/agreement.ts";
import {
  distributeCall,
  distributeWithSignatureCall,
  setMandateCall,
  setMandateWithSignatureCall,
} from "../../../../server/protocol/calls.ts";
import type { MandateSetEvent } from "../../../../server/protocol/decode.ts";
import { type Mandate, partsOwed, type Sale } from "../../../../server/protocol/sale.ts";
import { FIXED, LEG_KIND, type Leg, PPM } from "../../../../server/protocol/terms.ts";
import { distributeTypedData, setMandateTypedData } from "../../../../server/protocol/typedData.ts";
import { type Draw, type Moves, numberOf, part, type Scene, strangerOf } from "./draws.ts";
import { agreementIdOn, agreementOn, moneys, partyAt, signedBy } from "./place.ts";

const MOST_GROSS = (1n << 104n) - 1n;

const refOf = (draw: Draw, nowS: number): Hex => toHex(numberOf(draw, nowS), { size: 32 });

/** A sale of which an account with credit owes the others something; undefined where nobody could pay. */
function saleOf({ place, nowS, credits }: Scene, draw: Draw): Sale | undefined {
  const rich = [...credits.values()].filter(({ credit }) => credit > 0n);
  const chosen = rich[draw.who % rich.length];
  if (!chosen) return undefined;
  const { account, token } = chosen;
  const gross = part(chosen.credit < MOST_GROSS ? chosen.credit : MOST_GROSS, draw);
  const sale: Sale = {
    ...{ account, operator: agreementOn(token).operator, token, gross, agreement: agreementIdOn(place, token) },
    ...{ ref: refOf(draw, nowS), legs: legsOf(token, gross, draw.bits) },
  };
  return debitOf(sale) > 0n ? sale : undefined;
}

const debitOf = (sale: Sale): bigint => partsOwed(sale).reduce((sum, { amount }) => sum + amount, 0n);

/** Of the agreement's parties those whose bit is set, by ppm, and the carrier by a fixed part as well. */
function legsOf(token: Address, gross: bigint, bits: number): Leg[] {
  const { merchant, parties } = agreementOn(token);
  const carrier = parties.find(({ kind }) => kind === LEG_KIND.carrier);
  const fixed = BigInt.asUintN(88, gross / 7n);
  const ppm = parties
    .filter((_, at) => bits & (1 << at))
    .map(({ account, kind }, at): Leg => ({ account, kind, share: BigInt(((bits >> 4) % 200_000) + at + 1) }));
  const rest = ppm.reduce((left, { share }) => left - share, PPM);
  return [
    { account: merchant, share: rest, kind: LEG_KIND.merchant },
    ...(carrier && bits & 0x100 && fixed > 0n
      ? [{ account: carrier.account, share: fixed, kind: carrier.kind | FIXED }]
      : []),
    ...ppm,
  ];
}

/** Sales paid elsewhere, shared by who took the money, on its signature, or by who has its mandate. */
export function sales(scene: Scene, draw: Draw, mandates: ReadonlyMap<string, MandateSetEvent>): Moves {
  const { place, nowS } = scene;
  const { domain } = place;
  const sale = saleOf(scene, draw);
  if (!sale) return [];
  const { account, token } = sale;
  const good = [...mandates.values()].filter(
    (set) =>
      set.account === account &&
      signatoriesOf(agreementOn(token)).includes(account) &&
      set.token === token &&
      set.mandate.perCall >= debitOf(sale) &&
      nowS < set.mandate.until,
  );
  return [
    () => ({ from: account, call: distributeCall(domain, sale) }),
    async () => {
      const signature = await signedBy(account, distributeTypedData(domain, sale, nowS));
      return { from: strangerOf(draw), call: distributeWithSignatureCall(domain, sale, nowS, signature) };
    },
    ...good.map(({ spender }) => async () => {
      const { left } = await place.mandateOf(account, spender, token);
      return { from: left < debitOf(sale) ? account : spender, call: distributeCall(domain, sale) };
    }),
  ];
}

/** Mandates without a limit that a game reaches, and ends of mandates. */
export function mandates({ place, nowS, credits }: Scene, draw: Draw): Moves {
  const { domain } = place;
  const all = [...credits.values()];
  const account = all[draw.who % all.length]?.account ?? strangerOf(draw);
  const [spender, token] = [partyAt(draw.bits), moneys(place)[draw.bits % moneys(place).length]];
  if (!token) return [];
  const most = (1n << 88n) - 1n;
  const mandate: Mandate = {
    ...{ perCall: draw.bits % 5 === 0 ? 0n : most, perPeriod: most },
    ...{ period: 1 + (draw.bits % 1_000), until: nowS + 86_400 * (1 + (draw.bits % 9)) },
  };
  return [
    () => ({ from: account, call: setMandateCall(domain, spender, token, mandate) }),
    async () => {
      const consent = { account, spender, token, mandate, nonce: numberOf(draw, nowS), deadline: nowS };
      const signature = await signedBy(account, setMandateTypedData(domain, consent));
      return { from: strangerOf(draw), call: setMandateWithSignatureCall(domain, consent, signature) };
    },
  ];
}
