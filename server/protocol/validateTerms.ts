import { type Address, getAddress, isAddressEqual, zeroAddress, zeroHash } from "viem";
import type { Agreement } from "./agreement.ts";
import { agreementFault, validityFault } from "./agreementFault.ts";
import { addressFault, firstFault } from "./faults.ts";
import { FIXED, isFixed, LEG_KIND, type Leg, PPM, packTerms, TERMS_FLAG, type Terms } from "./terms.ts";

const DAY_S = 86_400;
const LONGEST_HOLD_S = 180 * DAY_S;
const LONGEST_DELAY_S = 90 * DAY_S;
const SHORTEST_RULING_S = DAY_S;
const LONGEST_RULING_S = 90 * DAY_S;
const MOST_LEGS = 10;
const LAST_KIND = LEG_KIND.platform;
const KNOWN_FLAGS = TERMS_FLAG.merchantMayCapture | TERMS_FLAG.operatorMayRefund;

/**
 * Whether the escrow would take these terms at chain second `nowS`: its own rules in its own order (TermsLib.sol).
 * @param escrow    the contract's address, which may be no party of its orders
 * @param agreement the agreement that the terms name, where it is active
 * @returns undefined when valid, else the error with which the contract would revert, as `Name(arguments)`
 */
export function validateTerms(terms: Terms, nowS: number, escrow: Address, agreement?: Agreement): string | undefined {
  return (
    widthFault(terms) ??
    // Their id cannot be told, so nothing else of them is looked at.
    (terms.legs.length > MOST_LEGS ? `LegCountOutOfRange(${terms.legs.length}, ${MOST_LEGS})` : undefined) ??
    (terms.amount === 0n ? "AmountZero()" : undefined) ??
    scheduleFault(terms, nowS) ??
    addressFault(terms.payer, terms.token, escrow) ??
    addressFault(terms.operator, terms.token, escrow) ??
    arbiterFault(terms, escrow) ??
    legsFault(terms, (account) => addressFault(account, terms.token, escrow) ?? partyFault(terms, account)) ??
    agreedFault(terms, nowS, agreement)
  );
}

function arbiterFault(terms: Terms, escrow: Address): string | undefined {
  const { arbiter, payer, operator, token } = terms;
  if (arbiter === zeroAddress) return undefined;
  return addressFault(arbiter, token, escrow) ?? partyFault(terms, payer) ?? partyFault(terms, operator);
}

/** Nobody rules disputes about money that is in part its own. */
const partyFault = ({ arbiter }: Terms, account: Address): string | undefined =>
  isAddressEqual(arbiter, account) ? `ArbiterIsParty(${getAddress(arbiter)})` : undefined;

function agreedFault(terms: Terms, nowS: number, agreement: Agreement | undefined): string | undefined {
  if (terms.agreement === zeroHash) return undefined;
  if (agreement === undefined) return `AgreementNotActive(${terms.agreement})`;
  return validityFault(agreement, nowS) ?? agreementFault(terms, agreement);
}

/**
 * Whether the legs can share the terms' amount: undefined, or the contract's error as `Name(arguments)`.
 * @param accountFault what is wrong with a leg's account, where that matters
 */
export function legsFault(
  { legs, amount }: Pick<Terms, "legs" | "amount">,
  accountFault: (account: Address) => string | undefined = () => undefined,
): string | undefined {
  const [merchant, ...others] = legs;
  if (!merchant || legs.length > MOST_LEGS) return `LegCountOutOfRange(${legs.length}, ${MOST_LEGS})`;
  if (merchant.kind !== LEG_KIND.merchant) return `LegKindRefused(0, ${merchant.kind})`;
  const fault = accountFault(merchant.account) ?? firstFault(others, (_, at) => legFault(legs, at + 1, accountFault));
  if (fault) return fault;

  const fixed = total(others.filter(isFixed));
  if (fixed > amount) return `FixedAboveAmount(${fixed}, ${amount})`;
  const ppm = total(others.filter((leg) => !isFixed(leg)));
  if (ppm > PPM) return `PpmAboveWhole(${ppm}, ${PPM})`;
  return merchant.share === PPM - ppm ? undefined : `MerchantShareWrong(${merchant.share}, ${PPM - ppm})`;
}

function legFault(legs: readonly Leg[], at: number, accountFault: (account: Address) => string | undefined) {
  const leg = legs[at];
  if (!leg) return undefined;
  const fault = accountFault(leg.account);
  if (fault) return fault;
  const kind = leg.kind & ~FIXED;
  if (kind <= LEG_KIND.merchant || kind > LAST_KIND) return `LegKindRefused(${at}, ${leg.kind})`;
  if (leg.share === 0n) return `LegZero(${at})`;
  if (isFixed(leg) && legs.slice(1, at).some((earlier) => !isFixed(earlier))) return `LegOutOfOrder(${at})`;
  return undefined;
}

function widthFault(terms: Terms): string | undefined {
  try {
    packTerms(terms);
    return undefined;
  } catch {
    return "TermsDirty()";
  }
}

function scheduleFault(terms: Terms, nowS: number): string | undefined {
  const { authorizeBy, captureBy, releaseDelay, defaultToPayerPpm, flags } = terms;
  const latest = nowS + LONGEST_HOLD_S;
  if (nowS >= authorizeBy) return `AuthorizeClosed(${nowS}, ${authorizeBy})`;
  if (captureBy < authorizeBy || captureBy > latest) {
    return `CaptureByOutOfRange(${captureBy}, ${authorizeBy}, ${latest})`;
  }
  if (releaseDelay > LONGEST_DELAY_S) return `ReleaseDelayTooLong(${releaseDelay}, ${LONGEST_DELAY_S})`;
  const ruling = rulingFault(terms);
  if (ruling) return ruling;
  if (defaultToPayerPpm > PPM) return `PpmAboveWhole(${defaultToPayerPpm}, ${PPM})`;
  return flags > KNOWN_FLAGS ? `FlagsUnknown(${flags}, ${KNOWN_FLAGS})` : undefined;
}

function rulingFault({ arbiter, releaseDelay, rulingTime }: Terms): string | undefined {
  if (arbiter === zeroAddress) return rulingTime === 0 ? undefined : `RulingTimeWithoutArbiter(${rulingTime})`;
  if (releaseDelay === 0) return `ArbiterNeedsDelay(${getAddress(arbiter)})`;
  const inRange = rulingTime >= SHORTEST_RULING_S && rulingTime <= LONGEST_RULING_S;
  return inRange ? undefined : `RulingTimeOutOfRange(${rulingTime}, ${SHORTEST_RULING_S}, ${LONGEST_RULING_S})`;
}

const total = (legs: readonly Leg[]): bigint => legs.reduce((sum, leg) => sum + leg.share, 0n);
