import { type Address, isAddressEqual } from "viem";
import { type Agreement, type Party, signatoriesOf } from "../../protocol/agreement.ts";
import type { AgreementFold } from "../../protocol/agreementFold.ts";
import { LEG_KIND, PPM } from "../../protocol/terms.ts";
import type { Share } from "../settlement/index.ts";

/** draft: nobody signed. accepting: some did, or did on the chain. active: all did there. revoked: one took it back there. */
export type AgreementState = "draft" | "accepting" | "active" | "revoked";

/** What people read; `expired` by time: its validity is over, or nobody can sign it any more. */
export const SHOWN_STATES = ["draft", "accepting", "active", "revoked", "expired"] as const;
export type ShownState = (typeof SHOWN_STATES)[number];

/** How deep the newest log of an agreement lies: in a block, under enough blocks, or where no reorg is expected. */
export type Confidence = "seen" | "confirmed" | "final";

/** How the parts of an agreement are called, and their kinds on the chain. */
export const PARTY_KINDS = {
  channel: LEG_KIND.channel,
  agent: LEG_KIND.agent,
  carrier: LEG_KIND.carrier,
  platform: LEG_KIND.platform,
} as const;
export type PartyKind = keyof typeof PARTY_KINDS;
export type Role = "operator" | "merchant" | PartyKind;

/** How long signatures may be gathered, in seconds. */
export const SIGNING_WINDOW_S = 7 * 24 * 3_600;
/** How long an agreement is valid unless said, in seconds. */
export const USUAL_VALIDITY_S = 365 * 24 * 3_600;
/** How long a revocation that is offered for signing stays good, in seconds. */
export const REVOKING_WINDOW_S = 24 * 3_600;

interface Times {
  readonly deadlineS: number;
  readonly validUntilS: number;
}

/** What people read of an agreement at chain second `nowS`. */
export function shownState(
  { state, deadlineS, validUntilS }: Times & { readonly state: AgreementState },
  nowS: number,
) {
  const gathers = state === "draft" || state === "accepting";
  const over = nowS >= validUntilS || (gathers && nowS > deadlineS);
  return state !== "revoked" && over ? ("expired" as const) : state;
}

/** The state that logs and signatures make. @param signed whether a signature was handed in */
export function stateOf(fold: AgreementFold | undefined, signed: boolean): AgreementState {
  if (fold?.revokedBy !== undefined) return "revoked";
  if (fold?.complete) return "active";
  return fold !== undefined || signed ? "accepting" : "draft";
}

const ROLE_OF_KIND: ReadonlyMap<number, PartyKind> = new Map(
  Object.entries(PARTY_KINDS).map(([name, kind]) => [kind, name as PartyKind]),
);

/** How a party's kind is called. Throws `RangeError` for a kind that no agreement has. */
export function roleOfKind(kind: number): PartyKind {
  const role = ROLE_OF_KIND.get(kind);
  if (role === undefined) throw new RangeError(`no party is of kind ${kind}`);
  return role;
}

/** The signatories of an agreement, each once, with all it is there. */
export const rolesIn = (agreement: Agreement): { account: Address; roles: Role[] }[] =>
  signatoriesOf(agreement).map((account) => {
    const named: [Address, Role][] = [
      [agreement.operator, "operator"],
      [agreement.merchant, "merchant"],
      ...agreement.parties.map((party): [Address, Role] => [party.account, roleOfKind(party.kind)]),
    ];
    return { account, roles: named.filter(([each]) => isAddressEqual(each, account)).map(([, role]) => role) };
  });

/**
 * The shares of an order under an agreement: what the house wishes, inside the range that was signed, in the order of
 * kinds. A wish is its party's by kind and account; one for the channel or the platform is also that of the first
 * party of its kind, for their accounts may have changed since. A party nobody wishes for has its least share, and an
 * agent that the agreement does not know has none. Where the wishes reach above the whole, the later ones get less.
 * @param wishes parts per million, a kind and account once
 */
export function ratesWithin({ parties }: Pick<Agreement, "parties">, wishes: readonly Share[]): Share[] {
  const inOrder = [...parties].sort((a, b) => a.kind - b.kind);
  let room = inOrder.reduce((rest, { leastPpm }) => rest - leastPpm, Number(PPM));
  return inOrder.flatMap((party) => {
    const { kind, account, leastPpm, mostPpm } = party;
    const wish = Math.min(wishFor(party, parties, wishes), mostPpm);
    const more = Math.min(Math.max(0, wish - leastPpm), room);
    room -= more;
    const ppm = leastPpm + more;
    return ppm > 0 ? [{ kind, account, ppm }] : [];
  });
}

function wishFor(party: Party, parties: readonly Party[], wishes: readonly Share[]): number {
  const own = wishes.find((wish) => isOf(wish, party));
  if (own !== undefined) return own.ppm;
  if (party.kind !== LEG_KIND.channel && party.kind !== LEG_KIND.platform) return 0;
  const alike = parties.filter(({ kind }) => kind === party.kind);
  const claimed = alike.some((each) => wishes.some((wish) => isOf(wish, each)));
  if (claimed || alike[0] !== party) return 0;
  return wishes.find(({ kind }) => kind === party.kind)?.ppm ?? 0;
}

const isOf = (a: { kind: number; account: Address }, b: { kind: number; account: Address }): boolean =>
  a.kind === b.kind && isAddressEqual(a.account, b.account);

/** Most base units of freight that an agreement lets a carrier have; undefined when it is no party. */
export const mostFreight = ({ parties }: Pick<Agreement, "parties">, carrier: Address): bigint | undefined =>
  parties.find((party) => isOf(party, { kind: LEG_KIND.carrier, account: carrier }))?.mostFixed;

/**
 * Says in a sentence why the escrow would take no such agreement.
 * @param fault as `proposalFault` names it
 */
export function faultSentence(fault: string): string {
  const [, name = fault, values = ""] = /^(\w+)\((.*)\)$/.exec(fault) ?? [];
  const [first = "", second = ""] = values.split(", ");
  const party = `Party ${Number(first) + 1}`;
  switch (name) {
    case "PartyCountOutOfRange":
      return `An agreement has 1 to ${second} parties beside the merchant; this one has ${first}.`;
    case "PartyRepeated":
      return `${party} is there twice in the same part.`;
    case "PartyRangeRefused":
      return `${party} could never earn anything, or its least share is above its most.`;
    case "LeastSharesAboveWhole":
      return `The least shares sum to ${first} parts per million, above the whole.`;
    case "ValidityEmpty":
      return "It would end before it begins.";
    case "TextTooLong":
      return `Its text has ${first} bytes; at most ${second} are taken.`;
    case "AddressRefused":
      return `${first} is the escrow, its token or nobody, and cannot take part.`;
    default:
      return `The escrow would answer ${fault}.`;
  }
}
