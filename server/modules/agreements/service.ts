import { randomBytes } from "node:crypto";
import { In, IsNull } from "typeorm";
import { type Address, type Hex, toHex } from "viem";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { type Id, newId } from "../../core/ids.ts";
import {
  type Agreement,
  agreementFromJson,
  agreementHash,
  agreementToJson,
  signatoriesOf,
} from "../../protocol/agreement.ts";
import { proposalFault } from "../../protocol/agreementFault.ts";
import type { EscrowDomain } from "../../protocol/terms.ts";
import { operatorLane } from "../chains/index.ts";
import { AgreementSignatory, AgreementVersion } from "./entities.ts";
import { agreementProblems } from "./problems.ts";
import { faultSentence, SIGNING_WINDOW_S, shownState } from "./rules.ts";

/** What is proposed; the version is the next one. */
interface Proposal {
  readonly merchantId: Id;
  readonly channelId: Id;
  readonly content: Omit<Agreement, "version">;
}

/** An agreement with its signatories, in its own order. */
export interface AgreementWithSignatories {
  readonly agreement: AgreementVersion;
  readonly signatories: readonly AgreementSignatory[];
}

/**
 * Writes down a proposal, which every signatory may sign from now on.
 * @param nowS the later of the server's and the chain's clock, in seconds
 * @throws agreement_refused, agreement_version_taken
 */
export async function propose(
  ctx: Context,
  domain: EscrowDomain,
  { merchantId, channelId, content }: Proposal,
  nowS: number,
): Promise<AgreementWithSignatories> {
  const agreement: Agreement = {
    ...content,
    version: await nextVersion(ctx, domain.chainId, merchantId, channelId, content.token),
  };
  if (agreement.validUntil <= nowS) throw agreementProblems.agreement_refused("It would be over before it is signed.");
  const fault = proposalFault(agreement, domain.escrow);
  if (fault !== undefined) throw agreementProblems.agreement_refused(faultSentence(fault), { fault });
  const row: AgreementVersion = {
    ...{ id: newId(), merchantId, channelId, ...domain, token: agreement.token, version: agreement.version },
    ...{ hash: agreementHash(domain, agreement), content: agreementToJson(agreement) },
    ...{ nonce: BigInt(toHex(randomBytes(32))), deadlineS: Math.min(nowS + SIGNING_WINDOW_S, agreement.validUntil) },
    ...{ validFromS: agreement.validFrom, validUntilS: agreement.validUntil },
    ...{ createdBy: ctx.actor.kind === "user" ? ctx.actor.id : newId(), createdAt: ctx.clock.now() },
    ...{ state: "draft", confidence: null, accepted: [], revokedBy: null, activatedAt: null },
  };
  await insertVersion(ctx, row);
  const signatories = signatoriesOf(agreement).map((account, position) => ({
    ...{ agreementId: row.id, account: account.toLowerCase(), position, signature: null, signedAt: null },
  }));
  await ctx.db.insert(AgreementSignatory, signatories);
  return { agreement: row, signatories };
}

async function nextVersion(
  ctx: Context,
  chainId: number,
  merchantId: Id,
  channelId: Id,
  token: Address,
): Promise<number> {
  const { rows } = await sql<{ version: number | string | null }>(
    ctx.db,
    `SELECT MAX(version) AS version FROM agreement
     WHERE merchant_id = :merchantId AND channel_id = :channelId AND chain_id = :chainId AND token = :token`,
    { chainId, merchantId, channelId, token },
  );
  return Number(rows[0]?.version ?? 0) + 1;
}

/** One statement, so that of two proposals at the same moment one sees that it was second. */
async function insertVersion(ctx: Context, row: AgreementVersion): Promise<void> {
  await ctx.db
    .createQueryBuilder()
    .insert()
    .into(AgreementVersion)
    .values(row)
    .orIgnore()
    .updateEntity(false)
    .execute();
  const written = await ctx.db.countBy(AgreementVersion, { id: row.id });
  if (written !== 1) throw agreementProblems.agreement_version_taken("Propose it again.");
}

/** What an agreement says. */
export const contentOf = ({ content }: Pick<AgreementVersion, "content">): Agreement => agreementFromJson(content);

/** Where an agreement lives on the chain. */
export const domainOf = ({ chainId, escrow }: Pick<AgreementVersion, "chainId" | "escrow">): EscrowDomain => ({
  chainId,
  escrow,
});

/** @throws agreement_not_found */
export async function byId(ctx: ReadContext, id: Id): Promise<AgreementWithSignatories> {
  const agreement = await ctx.db.findOneBy(AgreementVersion, { id });
  if (agreement === null) throw agreementProblems.agreement_not_found();
  const signatories = await signatoriesIn(ctx, [id]);
  return { agreement, signatories: signatories.get(id) ?? [] };
}

/** Signatories of these agreements, by agreement, in the order in which each names them. */
export async function signatoriesIn(
  ctx: ReadContext,
  ids: readonly Id[],
): Promise<ReadonlyMap<Id, AgreementSignatory[]>> {
  const found = await ctx.db.find(AgreementSignatory, {
    where: { agreementId: In([...ids]) },
    order: { agreementId: "ASC", position: "ASC" },
  });
  return Map.groupBy(found, ({ agreementId }) => agreementId);
}

/** One account's signature of an agreement's acceptance, known to be its own. */
export interface HandedIn {
  readonly account: Address;
  readonly signature: Hex;
}

/**
 * Keeps signatures of acceptance; one that is there already is nothing. Once all but the operator have signed, or have
 * accepted on the chain, the operator is asked to relay them and accept itself.
 * @param nowS the later of the server's and the chain's clock, in seconds
 * @throws agreement_closed, agreement_not_signatory
 */
export async function keepSignatures(ctx: Context, id: Id, handedIn: readonly HandedIn[], nowS: number): Promise<void> {
  await hold(ctx, id);
  const { agreement, signatories } = await byId(ctx, id);
  assertOpen(agreement, nowS);
  for (const { account, signature } of handedIn) {
    const own = signatories.find((each) => each.account === account.toLowerCase());
    if (own === undefined) throw agreementProblems.agreement_not_signatory(undefined, { account });
    await ctx.db.update(
      AgreementSignatory,
      { agreementId: id, account: own.account, signature: IsNull() },
      { signature, signedAt: ctx.clock.now() },
    );
  }
  await ctx.db.update(AgreementVersion, { id, state: "draft" }, { state: "accepting" });
  await askOperator(ctx, id);
}

/** @throws agreement_closed unless the agreement still takes signatures at chain second `nowS` */
function assertOpen(agreement: AgreementVersion, nowS: number): void {
  const shown = shownState(agreement, nowS);
  if (shown !== "draft" && shown !== "accepting")
    throw agreementProblems.agreement_closed(`It is ${shown}; propose a new version.`);
}

/** Whoever changes an agreement holds its row, so that the last two of its signatures see each other. */
export const hold = (ctx: Context, id: Id): Promise<unknown> =>
  sql(ctx.db, "UPDATE agreement SET state = state WHERE id = :id", { id });

/** Asks the operator to accept, and to relay what was signed, once nobody else is missing. */
export async function askOperator(ctx: Context, id: Id): Promise<void> {
  const { agreement, signatories } = await byId(ctx, id);
  if (agreement.state !== "accepting") return;
  const { operator } = agreement.content;
  if (missingOf(agreement, signatories).some((account) => account !== operator.toLowerCase())) return;
  await ctx.emit(
    "operator.accept_agreement",
    { agreement_id: id },
    { key: `operator.accept_agreement:${id}`, lane: operatorLane(agreement.chainId) },
  );
}

/** Accounts, in lower case, that have neither signed nor accepted on the chain. */
export function missingOf(agreement: AgreementVersion, signatories: readonly AgreementSignatory[]): string[] {
  const onChain = new Set(agreement.accepted.map((account) => account.toLowerCase()));
  return signatories
    .filter(({ account, signature }) => signature === null && !onChain.has(account))
    .map(({ account }) => account);
}

/** What the operator relays, beside its own acceptance: signatures of those who have not accepted on the chain. */
export async function acceptancesOf(ctx: ReadContext, id: Id) {
  const { agreement, signatories } = await byId(ctx, id);
  const { chainId, escrow, hash, nonce, deadlineS, accepted } = agreement;
  const onChain = new Set(accepted.map((account) => account.toLowerCase()));
  return {
    ...{ agreement: contentOf(agreement), hash, chainId, escrow },
    acceptances: signatories.flatMap(({ account, signature }) =>
      signature === null || onChain.has(account) ? [] : [{ account: account as Address, nonce, deadlineS, signature }],
    ),
  };
}

/** A signatory's signed revocation, known to be its own; `deadline` is its last chain second. */
export interface Revocation extends HandedIn {
  readonly nonce: bigint;
  readonly deadline: number;
}

/**
 * Asks the operator to relay a signed revocation.
 * @throws agreement_not_revocable unless the chain knows the agreement and nobody revoked it
 */
export async function askRevocation(ctx: Context, id: Id, { account, nonce, deadline, signature }: Revocation) {
  const { agreement } = await byId(ctx, id);
  assertRevocable(agreement);
  await ctx.emit(
    "operator.revoke_agreement",
    { agreement_id: id, account, nonce: nonce.toString(), deadline: deadline.toString(), signature },
    { key: `operator.revoke_agreement:${id}:${account.toLowerCase()}:${nonce}`, lane: operatorLane(agreement.chainId) },
  );
}

/** @throws agreement_not_revocable unless the chain knows the agreement and nobody revoked it */
export function assertRevocable({ state, confidence }: AgreementVersion): void {
  if (state === "revoked") throw agreementProblems.agreement_not_revocable("It was revoked already.");
  if (confidence === null)
    throw agreementProblems.agreement_not_revocable("Nobody has accepted it on the chain yet; let it expire.");
}
