import { type Address, type Hex, padHex, toHex, zeroAddress, zeroHash } from "viem";
import { LEG_KIND, type Terms, termsHash } from "../../../server/protocol/terms.ts";
import { LOCAL_DOMAIN, TOKEN } from "./place.ts";

/** What happened to an order, in base units of its token. */
export interface Deed {
  readonly id: Hex;
  readonly terms: Terms;
  readonly event: "Authorized" | "Captured" | "Released" | "Voided" | "Refunded";
  readonly amount: bigint;
}

/** One order's whole life: what happens, and how many blocks after the deed before. */
export interface Life {
  readonly id: Hex;
  readonly terms: Terms;
  readonly deeds: readonly { readonly deed: Deed; readonly after: number }[];
}

const WALLETS = 1_000;
const MERCHANTS = 20;
const DAY_S = 86_400;
/** Most blocks between two deeds of an order. */
const LONGEST_WAIT = 8;

/** An address that only this bench knows: `kind` parts merchants, payers and the rest. */
const somebody = (kind: number, at: number): Address =>
  padHex(toHex(0xbe_0000_0000 + kind * 0x1_0000 + at), { size: 20 });

/**
 * The life of order number `at`: most are authorized, captured and released; one in ten is voided, one in ten refunded
 * in part before its release.
 * @param random 0 to 1, of a seed
 * @param nowS   chain second of the block that authorizes it
 */
export function lifeOf(at: number, random: () => number, nowS: number): Life {
  const pick = (most: number): number => Math.floor(random() * most);
  const terms = termsOf(at, pick, nowS);
  const id = termsHash(LOCAL_DOMAIN, terms);
  const deed = (event: Deed["event"], amount = terms.amount) => ({
    deed: { id, terms, event, amount },
    after: event === "Authorized" ? 0 : 1 + pick(LONGEST_WAIT),
  });
  const part = terms.amount / 4n;
  const kind = random();
  if (kind < 0.1) return { id, terms, deeds: [deed("Authorized"), deed("Voided")] };
  const captured = [deed("Authorized"), deed("Captured")];
  const rest = kind < 0.2 ? [deed("Refunded", part), deed("Released", terms.amount - part)] : [deed("Released")];
  return { id, terms, deeds: [...captured, ...rest] };
}

function termsOf(at: number, pick: (most: number) => number, nowS: number): Terms {
  const leg = (account: Address, share: bigint, kind: number) => ({ account, share, kind });
  return {
    ...{ payer: somebody(1, pick(WALLETS)), operator: ESCROW_OPERATOR, token: TOKEN },
    ...{ amount: 1_000_000n + BigInt(pick(100_000_000)), salt: BigInt(at + 1) },
    ...{ authorizeBy: nowS + 1_800, captureBy: nowS + 14 * DAY_S, releaseDelay: 7 * DAY_S },
    ...{ arbiter: zeroAddress, rulingTime: 0, defaultToPayerPpm: 0, flags: 0, agreement: zeroHash },
    legs: [
      leg(somebody(2, pick(MERCHANTS)), 870_000n, LEG_KIND.merchant),
      leg(somebody(3, pick(MERCHANTS)), 80_000n, LEG_KIND.channel),
      leg(somebody(4, pick(WALLETS)), 20_000n, LEG_KIND.agent),
      leg(somebody(5, 0), 30_000n, LEG_KIND.platform),
    ],
  };
}

const ESCROW_OPERATOR = somebody(6, 0);
