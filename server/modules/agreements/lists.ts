import { In, LessThanOrEqual, MoreThan } from "typeorm";
import type { Address, Hex } from "viem";
import { z } from "zod";
import type { ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { countRows, cutPage, decodeCursor, offsetOf, type PageRequest, type Slice } from "../../core/http/paging.ts";
import { Uuid } from "../../core/http/schemas.ts";
import type { Id } from "../../core/ids.ts";
import type { Agreement } from "../../protocol/agreement.ts";
import type { EscrowDomain } from "../../protocol/terms.ts";
import { AgreementVersion } from "./entities.ts";
import type { ShownState } from "./rules.ts";
import { type AgreementWithSignatories, contentOf, signatoriesIn } from "./service.ts";

/** Which agreements a list has; all of them unless something is said. */
export interface AgreementFilter {
  readonly merchantId?: Id | undefined;
  readonly channelId?: Id | undefined;
  readonly state?: ShownState | undefined;
  /** Only those that one of these accounts is to sign. */
  readonly signatories?: readonly Address[] | undefined;
}

/** By which clocks agreements expire, in seconds. */
export interface ChainClocks {
  /** Chain seconds, by chain id. */
  readonly chains: ReadonlyMap<number, number>;
  /** For agreements of a chain that the house has left. */
  readonly serverS: number;
}

const BeforeId = z.tuple([Uuid]);

const GATHERING = "state IN ('draft', 'accepting')";
/** Condition of an agreement that is over. @param nowS SQL of the second on its chain */
const over = (nowS: string) => `(valid_until_s <= ${nowS} OR (${GATHERING} AND deadline_s < ${nowS}))`;

/** Agreements, newest first. @throws cursor_invalid */
export async function list(
  ctx: ReadContext,
  filter: AgreementFilter,
  request: PageRequest,
  now: ChainClocks,
): Promise<Slice<AgreementWithSignatories>> {
  const { rows: which, values } = condition(filter, now);
  const before = request.cursor === undefined ? undefined : decodeCursor(request.cursor, BeforeId)[0];
  const found = await sql<{ id: Id }>(
    ctx.db,
    `SELECT id FROM ${which} ${before === undefined ? "" : "AND id < :before"} ORDER BY id DESC LIMIT :take OFFSET :skip`,
    {
      ...values,
      before: before ?? null,
      take: request.per_page + 1,
      skip: before === undefined ? offsetOf(request) : 0,
    },
  );
  const page = cutPage(found.rows, request.per_page, ({ id }) => [id]);
  const rows = await withSignatories(
    ctx,
    page.rows.map(({ id }) => id),
  );
  return { rows, nextCursor: page.nextCursor, ...(await countRows(ctx, which, values)) };
}

/** Table and condition of a filter, and the values of its names. */
function condition({ merchantId, channelId, state, signatories }: AgreementFilter, now: ChainClocks) {
  const values: Record<string, string> = {};
  const named = (name: string, value: string) => {
    values[name] = value;
    return `:${name}`;
  };
  const parts = [
    ...(merchantId === undefined ? [] : [`merchant_id = ${named("merchantId", merchantId)}`]),
    ...(channelId === undefined ? [] : [`channel_id = ${named("channelId", channelId)}`]),
    ...(state === undefined ? [] : [stateCondition(state, over(secondOf(now, named)))]),
    ...(signatories === undefined
      ? []
      : [signedBy(signatories.map((each, at) => named(`account${at}`, each.toLowerCase())))]),
  ];
  return { rows: `agreement WHERE ${["TRUE", ...parts].join(" AND ")}`, values };
}

/** SQL of the second on an agreement's chain. */
function secondOf({ chains, serverS }: ChainClocks, named: (name: string, value: string) => string): string {
  const second = (name: string, value: number) => `CAST(${named(name, String(value))} AS bigint)`;
  const each = [...chains].map(([chainId, timeS]) => `WHEN ${Number(chainId)} THEN ${second(`now${chainId}`, timeS)}`);
  return `(CASE chain_id ${each.join(" ")} ELSE ${second("nowElsewhere", serverS)} END)`;
}

function stateCondition(state: ShownState, isOver: string): string {
  if (state === "expired") return `state <> 'revoked' AND ${isOver}`;
  return state === "revoked" ? "state = 'revoked'" : `state = '${state}' AND NOT ${isOver}`;
}

const signedBy = (accounts: readonly string[]): string =>
  `id IN (SELECT agreement_id FROM agreement_signatory WHERE account IN (${accounts.join(", ") || "NULL"}))`;

async function withSignatories(ctx: ReadContext, ids: readonly Id[]): Promise<AgreementWithSignatories[]> {
  const found = await ctx.db.find(AgreementVersion, { where: { id: In([...ids]) }, order: { id: "DESC" } });
  const signatories = await signatoriesIn(ctx, ids);
  return found.map((agreement) => ({ agreement, signatories: signatories.get(agreement.id) ?? [] }));
}

/** An agreement that terms may name now. */
export interface AgreementInForce {
  readonly id: Id;
  readonly version: number;
  /** Its name on the chain, which the terms carry. */
  readonly hash: Hex;
  readonly agreement: Agreement;
}

/** Where and when somebody wants to sell. */
export interface Selling {
  readonly merchantIds: readonly Id[];
  readonly channelId: Id;
  readonly token: Address;
  readonly domain: EscrowDomain;
  /** The house's operator; an agreement that names another binds nobody here. */
  readonly operator: Address;
  /** The later of the server's and the chain's clock, in seconds. */
  readonly nowS: number;
}

/** Of each merchant the agreement of the highest version that is confirmed to be active, and valid now. */
export async function inForce(ctx: ReadContext, selling: Selling): Promise<ReadonlyMap<Id, AgreementInForce>> {
  const { merchantIds, channelId, token, domain, operator, nowS } = selling;
  const found = await ctx.db.find(AgreementVersion, {
    where: {
      ...{ merchantId: In([...merchantIds]), channelId, token, ...domain },
      ...{ state: "active" as const, confidence: In(["confirmed", "final"]) },
      ...{ validFromS: LessThanOrEqual(nowS), validUntilS: MoreThan(nowS) },
    },
    order: { version: "ASC" },
  });
  return new Map(
    found
      .filter(({ content }) => content.operator === operator)
      .map((row) => [row.merchantId, { id: row.id, version: row.version, hash: row.hash, agreement: contentOf(row) }]),
  );
}
