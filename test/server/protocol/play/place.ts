import { type Address, type Hex, isAddressEqual, keccak256, toHex, zeroAddress } from "viem";
import { type Agreement, agreementHash, signatoriesOf } from "../../../../server/protocol/agreement.ts";
import { acceptAgreementWithSignaturesCall, approveCall, type Call } from "../../../../server/protocol/calls.ts";
import type { EscrowEvent, Undecodable } from "../../../../server/protocol/decode.ts";
import type { OrderFold } from "../../../../server/protocol/fold.ts";
import type { Mandate } from "../../../../server/protocol/sale.ts";
import { type EscrowDomain, LEG_KIND, type Terms } from "../../../../server/protocol/terms.ts";
import {
  acceptAgreementTypedData,
  type TokenDomain,
  type TypedDataJson,
} from "../../../../server/protocol/typedData.ts";
import { wallet } from "../../../support/wallets.ts";

/** Everybody who may pay, operate, earn or relay. */
export const PARTIES = Array.from({ length: 8 }, (_, index) => wallet(index));
/** Who rules disputes; no party of any order. */
export const JUDGE = wallet(8);

/** More than all orders of a game can cost. */
export const FORTUNE = 1n << 120n;
/** Code that refuses whatever it is sent: PUSH0 PUSH0 REVERT. */
const REFUSES: Hex = "0x5f5ffd";

/** The quantities of an order as `orderOf` answers. */
export type OrderSeen = Pick<
  OrderFold,
  "held" | "captured" | "releaseAt" | "disputed" | "rulingBy" | "round" | "cancelled"
> & { readonly used: boolean; readonly returned: bigint; readonly refunded: bigint };

/** A chain with an escrow and tokens: what it takes to play, and the views that the books are held against. */
export interface Place {
  readonly domain: EscrowDomain;
  /** ERC-20s that know permits and ERC-3009; every party has a fortune of each and lets the escrow take it. */
  readonly tokens: readonly TokenDomain[];
  nowS(): Promise<number>;
  /** Sends a call in a block at second `atS`; throws when it reverts. */
  send(from: Address, call: Call, atS?: number): Promise<void>;
  /** The code at an address, and other code in its place. */
  codeOf(address: Address): Promise<Hex>;
  setCode(address: Address, code: Hex): Promise<void>;
  /** Height of the newest block. */
  height(): Promise<number>;
  /** The logs of the escrow above a block, decoded, in the order of block and index. */
  eventsAbove(height: number): Promise<(EscrowEvent | Undecodable)[]>;
  orderOf(terms: Terms): Promise<OrderSeen>;
  creditOf(account: Address, token: Address): Promise<bigint>;
  /** What `account` has of `token` (zero: ETH) outside of the escrow. */
  balanceOf(token: Address, account: Address): Promise<bigint>;
  mandateOf(account: Address, spender: Address, token: Address): Promise<{ mandate: Mandate; left: bigint }>;
  isDistributed(account: Address, ref: Hex): Promise<boolean>;
  isNonceUsed(account: Address, nonce: bigint): Promise<boolean>;
  /** The token's own next permit nonce of `owner`. */
  permitNonce(token: Address, owner: Address): Promise<bigint>;
}

/** The same while a push of `token` to `payer` fails: the payer refuses ETH, or the token has no code. */
export async function sendWhilePushesFail(place: Place, from: Address, call: Call, atS: number, terms: Terms) {
  const { token, payer } = terms;
  const address = token === zeroAddress ? payer : token;
  const code = await place.codeOf(address);
  await place.setCode(address, token === zeroAddress ? REFUSES : "0x");
  await place.send(from, call, atS).finally(() => place.setCode(address, code));
}

/** The signature of one of the parties. */
export function signedBy(account: Address, typed: TypedDataJson): Promise<Hex> {
  const signer = [...PARTIES, JUDGE].find(({ address }) => isAddressEqual(address, account));
  if (!signer) throw new RangeError(`nobody here is ${account}`);
  return signer.signTypedData(typed);
}

export const partyAt = (who: number): Address => {
  const party = PARTIES[who % PARTIES.length];
  if (!party) throw new RangeError(`no party ${who}`);
  return party.address;
};

/** What sales in a token are shared by: the first party operates, the second sells, the next four earn anything. */
export const agreementOn = (token: Address): Agreement => ({
  ...{ channel: keccak256(toHex("play")), version: 1, token, operator: partyAt(0), arbiter: zeroAddress },
  ...{ validFrom: 0, validUntil: 2 ** 40 - 1, merchant: partyAt(1), text: "" },
  parties: [LEG_KIND.channel, LEG_KIND.agent, LEG_KIND.carrier, LEG_KIND.platform].map((kind, at) => ({
    ...{ account: partyAt(at + 2), kind, leastPpm: 0, mostPpm: 1_000_000, mostFixed: (1n << 88n) - 1n },
  })),
});

export const agreementIdOn = ({ domain }: Place, token: Address): Hex => agreementHash(domain, agreementOn(token));

/** The tokens by their addresses, ETH first. */
export const moneys = ({ tokens }: Pick<Place, "tokens">): Address[] => [
  zeroAddress,
  ...tokens.map(({ address }) => address),
];

/** Far from those that tests use. */
const NONCES = 1n << 255n;

/** Lets the escrow take everybody's tokens, and makes an agreement on each money binding. */
export async function prepare(place: Place): Promise<void> {
  const { domain, tokens } = place;
  for (const { address: token } of tokens)
    for (const { address } of PARTIES) await place.send(address, approveCall(token, domain.escrow, (1n << 256n) - 1n));
  const deadline = (await place.nowS()) + 86_400;
  for (const token of moneys(place)) {
    const agreement = agreementOn(token);
    const until = { nonce: NONCES + BigInt(moneys(place).indexOf(token)), deadline };
    const typed = acceptAgreementTypedData(domain, agreement, until);
    const acceptances = await Promise.all(
      signatoriesOf(agreement).map(async (account) => ({
        account,
        ...until,
        signature: await signedBy(account, typed),
      })),
    );
    await place.send(partyAt(7), acceptAgreementWithSignaturesCall(domain, agreement, acceptances));
  }
}
