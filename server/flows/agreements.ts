import { randomBytes } from "node:crypto";
import { type Address, type Hex, isAddressEqual, toHex, zeroAddress } from "viem";
import type { ChainConfig } from "../config.ts";
import type { Context, ReadContext } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import type { UserActor } from "../core/http/door.ts";
import type { PageRequest, Slice } from "../core/http/paging.ts";
import type { Id } from "../core/ids.ts";
import type { Currency } from "../core/money.ts";
import { walletsOf } from "../modules/accounts/index.ts";
import * as agreements from "../modules/agreements/index.ts";
import {
  type AgreementFilter,
  type AgreementWithSignatories,
  agreementProblems,
  type ChainClocks,
  type HandedIn,
  type Revocation,
} from "../modules/agreements/index.ts";
import {
  allChains,
  type ChainLog,
  chainAsked,
  chainTimeS,
  chainTimes,
  logsOfAgreements,
} from "../modules/chains/index.ts";
import { channelByCode } from "../modules/channels/index.ts";
import { assertPayee, type Merchant, mayManage, merchantById, merchantProblems } from "../modules/merchants/index.ts";
import { paymentProblems } from "../modules/payments/index.ts";
import { type Share, tokenFor } from "../modules/settlement/index.ts";
import { channelWord, type Party } from "../protocol/agreement.ts";
import { canonicalSignature, isSignedBy } from "../protocol/signatures.ts";
import { LEG_KIND } from "../protocol/terms.ts";
import { acceptAgreementTypedData, revokeAgreementTypedData, type TypedDataJson } from "../protocol/typedData.ts";

/** What a merchant proposes to its partners. Times are chain seconds. */
export interface AgreementProposal {
  readonly merchantId: Id;
  /** Code of a channel. */
  readonly channel: string;
  /** The chain it is accepted on, whose orders may name it; the usual one unless said. */
  readonly chainId?: number | undefined;
  /** One that can pay the channel's currency; the first of them that takes signed payments unless said. */
  readonly token?: Address | undefined;
  /** From now on, unless said. */
  readonly validFrom?: number | undefined;
  /** For a year, unless said. */
  readonly validUntil?: number | undefined;
  readonly parties: readonly Party[];
  readonly text: string;
}

/**
 * Proposes the next version of a merchant's agreement for a channel and a token, as the merchant's owner or as staff.
 * @throws merchant_not_found, channel_not_found, chain_unknown, payment_method_unavailable, payee_refused, agreement_refused,
 * agreement_version_taken
 */
export const proposeAgreement = (
  house: House,
  actor: UserActor,
  proposal: AgreementProposal,
): Promise<AgreementOverview> =>
  house.db.write(actor, async (ctx) => {
    const { settlement } = house.config;
    const chain = chainAsked(house.config, proposal.chainId);
    const merchant = await managed(ctx, proposal.merchantId);
    const channel = await channelByCode(ctx, proposal.channel);
    const token = tokenIn(chain, channel.currency, proposal.token);
    for (const { account } of proposal.parties) assertPayee([chain], account);
    assertEarners(proposal.parties, [
      { kind: LEG_KIND.channel, account: channel.payee, ppm: channel.commissionPpm },
      { kind: LEG_KIND.platform, account: settlement.platformPayee, ppm: settlement.platformFeePpm },
    ]);
    const [earliest, nowS] = await clocks(ctx, house, chain.id);
    const validFrom = proposal.validFrom ?? earliest;
    const proposed = await agreements.propose(
      ctx,
      { chainId: chain.id, escrow: chain.escrow },
      {
        ...{ merchantId: merchant.id, channelId: channel.id },
        content: {
          ...{ channel: channelWord(channel.id), token, operator: chain.operator, arbiter: zeroAddress },
          ...{ validFrom, validUntil: proposal.validUntil ?? validFrom + agreements.USUAL_VALIDITY_S },
          ...{ merchant: merchant.payee, parties: proposal.parties, text: proposal.text },
        },
      },
      nowS,
    );
    return { ...proposed, nowS };
  });

async function managed(ctx: ReadContext, merchantId: Id): Promise<Merchant> {
  const merchant = await merchantById(ctx, merchantId);
  if (!mayManage(ctx.actor, merchant) && !isStaff(ctx)) throw merchantProblems.merchant_not_found();
  return merchant;
}

/**
 * Whoever earns on orders without an agreement has to sign one that changes it, so it must be a party. The operator
 * accepts what all parties signed, and asks nobody else.
 * @throws agreement_refused
 */
function assertEarners(parties: readonly Party[], earners: readonly Share[]): void {
  for (const { kind, account, ppm } of earners) {
    if (ppm === 0 || parties.some((party) => party.kind === kind && isAddressEqual(party.account, account))) continue;
    throw agreementProblems.agreement_refused(
      `The ${agreements.roleOfKind(kind)} earns here by ${account}, so that account has to be a party of this kind.`,
      { account, kind: agreements.roleOfKind(kind) },
    );
  }
}

const isStaff = ({ actor }: ReadContext): boolean => actor.kind === "user" && actor.roles.includes("staff");

function tokenIn({ id, tokens }: ChainConfig, currency: Currency, wanted: Address | undefined): Address {
  const found =
    wanted === undefined
      ? (tokenFor(tokens, currency, "escrow_erc3009") ?? tokens.find((token) => token.currency === currency))
      : tokens.find((token) => token.currency === currency && isAddressEqual(token.address, wanted));
  if (found === undefined)
    throw paymentProblems.payment_method_unavailable(
      `${wanted ?? "No token"} does not pay ${currency} on chain ${id}.`,
    );
  return found.address;
}

/** The earlier and the later of the server's and a chain's clock, in seconds; a chain without blocks has none. */
async function clocks(
  ctx: ReadContext,
  { clock }: Pick<House, "clock">,
  chainId: number,
): Promise<[earlier: number, later: number]> {
  const server = Math.floor(clock.now() / 1_000);
  const chain = (await chainTimeS(ctx, chainId)) || server;
  return [Math.min(server, chain), Math.max(server, chain)];
}

/** The later of the server's and each chain's clock, in seconds. */
async function clockOfEach(ctx: ReadContext, { clock, config }: House): Promise<ChainClocks> {
  const serverS = Math.floor(clock.now() / 1_000);
  const times = await chainTimes(
    ctx,
    allChains(config).map(({ id }) => id),
  );
  return { serverS, chains: new Map([...times].map(([id, timeS]) => [id, Math.max(serverS, timeS)])) };
}

/** An agreement with who signs it, at chain second `nowS`. */
export interface AgreementOverview extends AgreementWithSignatories {
  readonly nowS: number;
}

/** The same with what the chain said of it, oldest first. */
export interface AgreementDetails extends AgreementOverview {
  readonly logs: readonly ChainLog[];
}

/** An agreement for staff, its merchant's owner and whoever has the wallet of a signatory. @throws agreement_not_found */
export const agreementDetails = (house: House, actor: UserActor, id: Id): Promise<AgreementDetails> =>
  house.db.read(actor, async (ctx) => {
    const found = await agreements.byId(ctx, id);
    if (!(await maySee(ctx, actor, found))) throw agreementProblems.agreement_not_found();
    return detailed(ctx, house, found);
  });

async function detailed(ctx: ReadContext, house: House, found: AgreementWithSignatories): Promise<AgreementDetails> {
  const { chainId, hash } = found.agreement;
  const [, nowS] = await clocks(ctx, house, chainId);
  return { ...found, nowS, logs: await logsOfAgreements(ctx, chainId, [hash]) };
}

async function maySee(ctx: ReadContext, actor: UserActor, found: AgreementWithSignatories): Promise<boolean> {
  if (isStaff(ctx) || mayManage(actor, await merchantById(ctx, found.agreement.merchantId))) return true;
  const wallets = (await walletsOf(ctx, actor.id)).map((wallet) => wallet.toLowerCase());
  return found.signatories.some(({ account }) => wallets.includes(account));
}

/** What a list of agreements is asked for. */
export interface ListAgreements extends PageRequest {
  readonly merchant_id?: Id | undefined;
  /** Code of a channel. */
  readonly channel?: string | undefined;
  readonly state?: AgreementFilter["state"];
}

/**
 * A page of agreements, newest first: all for staff, those of a merchant for its owner, and for everybody else those
 * that one of their wallets is to sign.
 * @throws channel_not_found, merchant_not_found, cursor_invalid
 */
export const listAgreements = (
  house: House,
  actor: UserActor,
  { merchant_id: merchantId, channel, state, ...page }: ListAgreements,
): Promise<Slice<AgreementOverview>> =>
  house.db.read(actor, async (ctx) => {
    const all = isStaff(ctx) || (merchantId !== undefined && mayManage(actor, await merchantById(ctx, merchantId)));
    const filter: AgreementFilter = {
      ...{ merchantId, state, signatories: all ? undefined : await walletsOf(ctx, actor.id) },
      channelId: channel === undefined ? undefined : (await channelByCode(ctx, channel)).id,
    };
    const now = await clockOfEach(ctx, house);
    const slice = await agreements.list(ctx, filter, page, now);
    const timeOf = ({ agreement }: AgreementWithSignatories) => now.chains.get(agreement.chainId) ?? now.serverS;
    return { ...slice, rows: slice.rows.map((row) => ({ ...row, nowS: timeOf(row) })) };
  });

/**
 * Takes signatures of acceptance, whoever brings them: each proves itself. Brought again, they are nothing.
 * @throws agreement_not_found, agreement_closed, agreement_not_signatory, agreement_signature_refused
 */
export async function handInSignatures(
  house: House,
  actor: UserActor,
  id: Id,
  signatures: readonly HandedIn[],
): Promise<AgreementDetails> {
  const { agreement } = await house.db.read(actor, (ctx) => agreements.byId(ctx, id));
  const proven = await Promise.all(signatures.map((each) => proved(toSign(agreement), each)));
  return house.db.write(actor, async (ctx) => {
    const [, nowS] = await clocks(ctx, house, agreement.chainId);
    await agreements.keepSignatures(ctx, id, proven, nowS);
    return detailed(ctx, house, await agreements.byId(ctx, id));
  });
}

/** What every signatory of an agreement signs. */
export const toSign = (agreement: AgreementWithSignatories["agreement"]): TypedDataJson =>
  acceptAgreementTypedData(agreements.domainOf(agreement), agreements.contentOf(agreement), {
    nonce: agreement.nonce,
    deadline: agreement.deadlineS,
  });

/** The signature in the form the escrow takes. @throws agreement_signature_refused unless `account` made it by its key */
async function proved<Given extends HandedIn>(typedData: TypedDataJson, given: Given): Promise<Given> {
  const signature = canonicalSignature(given.signature);
  if (signature === undefined || !(await isSignedBy(given.account, typedData, signature)))
    throw agreementProblems.agreement_signature_refused(
      `${given.account} did not sign this. A wallet that is a contract accepts by a call of its own.`,
      { account: given.account },
    );
  return { ...given, signature };
}

/** A revocation ready to be signed by any signatory, under a nonce nobody has used. */
export interface RevocationOffer {
  readonly hash: Hex;
  readonly nonce: bigint;
  readonly deadline: number;
  readonly typedData: TypedDataJson;
}

/** @throws agreement_not_found, agreement_not_revocable */
export async function offerRevocation(house: House, actor: UserActor, id: Id): Promise<RevocationOffer> {
  const { agreement, nowS } = await agreementDetails(house, actor, id);
  agreements.assertRevocable(agreement);
  const until = { nonce: BigInt(toHex(randomBytes(32))), deadline: nowS + agreements.REVOKING_WINDOW_S };
  return { hash: agreement.hash, ...until, typedData: revocationTypedData(agreement, until) };
}

const revocationTypedData = (
  agreement: AgreementWithSignatories["agreement"],
  until: { readonly nonce: bigint; readonly deadline: number },
): TypedDataJson => revokeAgreementTypedData(agreements.domainOf(agreement), { id: agreement.hash, ...until });

/**
 * Takes a signatory's signed revocation and has the operator relay it; orders that were authorized before stay as they are.
 * @throws agreement_not_found, agreement_not_revocable, agreement_not_signatory, agreement_signature_refused,
 * agreement_closed when its deadline is over
 */
export async function revokeAgreement(
  house: House,
  actor: UserActor,
  id: Id,
  given: Revocation,
): Promise<AgreementDetails> {
  const { agreement, signatories } = await house.db.read(actor, (ctx) => agreements.byId(ctx, id));
  if (!signatories.some(({ account }) => account === given.account.toLowerCase()))
    throw agreementProblems.agreement_not_signatory(undefined, { account: given.account });
  const proven = await proved(revocationTypedData(agreement, given), given);
  return house.db.write(actor, async (ctx: Context) => {
    const [, nowS] = await clocks(ctx, house, agreement.chainId);
    if (nowS > given.deadline) throw agreementProblems.agreement_closed("The deadline you signed is over; sign anew.");
    await agreements.askRevocation(ctx, id, proven);
    return detailed(ctx, house, await agreements.byId(ctx, id));
  });
}
