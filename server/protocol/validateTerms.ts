import { type Address, getAddress, isAddressEqual, zeroAddress, zeroHash } from "viem";
import { FIXED, isFixed, LEG_KIND, type Leg, PPM, packTerms, TERMS_FLAG, type Terms } from "./terms.ts";

const DAY_S = 86_400;
const LONGEST_HOLD_S = 180 * DAY_S;
const LONGEST_DELAY_S = 90 * DAY_S;
const MOST_LEGS = 10;
const LAST_KIND = LEG_KIND.platform;
const KNOWN_FLAGS = TERMS_FLAG.merchantMayCapture | TERMS_FLAG.operatorMayRefund;

/**
 * Whether the escrow would take these terms at chain second `nowS`: its own rules in its own order (TermsLib.sol).
 * Disputes and agreements are not yet supported: `arbiter`, `rulingTime` and `agreement` must be zero.
 * @param escrow the contract's address, which may be no party of its orders
 * @returns undefined when valid, else the error with which the contract would revert, as `Name(arguments)`
 */
export function validateTerms(terms: Terms, nowS: number, escrow: Address): string | undefined {
  return (
    widthFault(terms) ??
    (terms.amount === 0n ? "AmountZero()" : undefined) ??
    scheduleFault(terms, nowS) ??
    unsupported(terms) ??
    addressFault(terms.payer, terms.token, escrow) ??
    addressFault(terms.operator, terms.token, escrow) ??
    legsFault(terms, (account) => addressFault(account, terms.token, escrow))
  );
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
  const fault = accountFault(merchant.account) ?? first(others, (_, at) => legFault(legs, at + 1, accountFault));
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
  const { authorizeBy, captureBy, releaseDelay, rulingTime, defaultToPayerPpm, flags } = terms;
  const latest = nowS + LONGEST_HOLD_S;
  if (nowS >= authorizeBy) return `AuthorizeClosed(${nowS}, ${authorizeBy})`;
  if (captureBy < authorizeBy || captureBy > latest) {
    return `CaptureByOutOfRange(${captureBy}, ${authorizeBy}, ${latest})`;
  }
  if (releaseDelay > LONGEST_DELAY_S) return `ReleaseDelayTooLong(${releaseDelay}, ${LONGEST_DELAY_S})`;
  if (rulingTime !== 0) return `RulingTimeWithoutArbiter(${rulingTime})`;
  if (defaultToPayerPpm > PPM) return `PpmAboveWhole(${defaultToPayerPpm}, ${PPM})`;
  return flags > KNOWN_FLAGS ? `FlagsUnknown(${flags}, ${KNOWN_FLAGS})` : undefined;
}

function unsupported({ arbiter, agreement }: Terms): string | undefined {
  if (arbiter !== zeroAddress) return `ArbiterNotSupported(${getAddress(arbiter)})`;
  return agreement === zeroHash ? undefined : `AgreementNotSupported(${agreement})`;
}

function addressFault(account: Address, token: Address, escrow: Address): string | undefined {
  const refused = [zeroAddress, escrow, token].some((address) => isAddressEqual(account, address));
  return refused ? `AddressRefused(${getAddress(account)})` : undefined;
}

function first<T>(items: readonly T[], fault: (item: T, at: number) => string | undefined): string | undefined {
  for (const [at, item] of items.entries()) {
    const found = fault(item, at);
    if (found) return found;
  }
  return undefined;
}

const total = (legs: readonly Leg[]): bigint => legs.reduce((sum, leg) => sum + leg.share, 0n);
