import { type Address, getAddress, isAddressEqual, size, stringToHex } from "viem";
import { type Agreement, type Party, signatoriesOf } from "./agreement.ts";
import { addressFault, firstFault } from "./faults.ts";
import { FIXED, isFixed, LEG_KIND, type Leg, PPM, type Terms } from "./terms.ts";

const MOST_PARTIES = 9;
const LONGEST_TEXT = 8_192;

/**
 * Whether terms keep to an agreement, whatever its state and the time: the registry's own rules in its own order.
 * @returns undefined when they do, else the error with which the contract would revert, as `Name(arguments)`
 */
export const agreementFault = (terms: Terms, agreement: Agreement): string | undefined =>
  namesFault(terms, agreement) ?? legsOutside(terms, agreement.parties) ?? missingShare(terms, agreement.parties);

/** Whether an agreement is valid at chain second `nowS`: undefined, or the contract's error. */
export const validityFault = ({ validFrom, validUntil }: Agreement, nowS: number): string | undefined =>
  nowS >= validFrom && nowS < validUntil ? undefined : `AgreementNotInTime(${nowS}, ${validFrom}, ${validUntil})`;

function namesFault(terms: Terms, agreement: Agreement): string | undefined {
  const [merchant] = terms.legs;
  const pairs: [Address, Address][] = [
    [terms.operator, agreement.operator],
    [terms.arbiter, agreement.arbiter],
    [terms.token, agreement.token],
    [merchant?.account ?? terms.payer, agreement.merchant],
  ];
  return firstFault(pairs, ([actual, expected]) =>
    isAddressEqual(actual, expected) ? undefined : `AgreementOfOthers(${getAddress(actual)}, ${getAddress(expected)})`,
  );
}

function legsOutside({ legs }: Terms, parties: readonly Party[]): string | undefined {
  const seen = new Set<string>();
  return firstFault(legs.slice(1), (leg, index) => {
    const at = index + 1;
    const party = parties.findIndex((each) => isOf(leg, each));
    const range = parties[party];
    if (range === undefined) return `LegOfNoParty(${at})`;
    const sort = `${party}:${isFixed(leg)}`;
    const fault = outside(leg, at, range) ?? (seen.has(sort) ? `LegRepeated(${at})` : undefined);
    seen.add(sort);
    return fault;
  });
}

const isOf = (leg: Leg, { account, kind }: Party): boolean =>
  (leg.kind & ~FIXED) === kind && isAddressEqual(leg.account, account);

function outside(leg: Leg, at: number, { leastPpm, mostPpm, mostFixed }: Party): string | undefined {
  const [least, most] = isFixed(leg) ? [0n, mostFixed] : [BigInt(leastPpm), BigInt(mostPpm)];
  return leg.share < least || leg.share > most ? `LegOutsideRange(${at}, ${leg.share}, ${least}, ${most})` : undefined;
}

const missingShare = ({ legs }: Terms, parties: readonly Party[]): string | undefined =>
  firstFault(parties, (party, at) => {
    const has = legs.slice(1).some((leg) => !isFixed(leg) && isOf(leg, party));
    return party.leastPpm > 0 && !has ? `LeastShareMissing(${at})` : undefined;
  });

/**
 * Whether anybody may accept an agreement: the registry's own rules in its own order.
 * @param escrow the contract's address, which may be no party of its agreements
 * @returns undefined when they may, else the error with which the contract would revert, as `Name(arguments)`
 */
export function proposalFault(agreement: Agreement, escrow: Address): string | undefined {
  const { parties, token, operator, merchant, validFrom, validUntil } = agreement;
  const count = parties.length;
  if (count === 0 || count > MOST_PARTIES) return `PartyCountOutOfRange(${count}, ${MOST_PARTIES})`;
  if (validFrom >= validUntil) return `ValidityEmpty(${validFrom}, ${validUntil})`;
  const length = size(stringToHex(agreement.text));
  if (length > LONGEST_TEXT) return `TextTooLong(${length}, ${LONGEST_TEXT})`;
  return (
    addressFault(operator, token, escrow) ??
    addressFault(merchant, token, escrow) ??
    firstFault(parties, (party, at) => addressFault(party.account, token, escrow) ?? partyFault(parties, party, at)) ??
    leastSharesFault(parties) ??
    arbiterFault(agreement)
  );
}

function partyFault(parties: readonly Party[], party: Party, at: number): string | undefined {
  const { account, kind, leastPpm, mostPpm, mostFixed } = party;
  if (kind <= LEG_KIND.merchant || kind > LEG_KIND.platform) return `PartyKindRefused(${at}, ${kind})`;
  const earnsNothing = mostPpm === 0 && mostFixed === 0n;
  if (earnsNothing || leastPpm > mostPpm || BigInt(mostPpm) > PPM) return `PartyRangeRefused(${at})`;
  const before = parties.slice(0, at);
  const repeated = before.some((each) => each.kind === kind && isAddressEqual(each.account, account));
  return repeated ? `PartyRepeated(${at})` : undefined;
}

function leastSharesFault(parties: readonly Party[]): string | undefined {
  const least = parties.reduce((sum, { leastPpm }) => sum + BigInt(leastPpm), 0n);
  return least > PPM ? `LeastSharesAboveWhole(${least}, ${PPM})` : undefined;
}

function arbiterFault(agreement: Agreement): string | undefined {
  const { arbiter } = agreement;
  const signs = signatoriesOf(agreement).some((account) => isAddressEqual(account, arbiter));
  return signs ? `ArbiterIsSignatory(${getAddress(arbiter)})` : undefined;
}
