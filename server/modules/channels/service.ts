import { In, MoreThan } from "typeorm";
import type { Address } from "viem";
import { z } from "zod";
import type { Config } from "../../config.ts";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { countRows, cutPage, decodeCursor, offsetOf, type PageRequest, type Slice } from "../../core/http/paging.ts";
import { Uuid } from "../../core/http/schemas.ts";
import { type Id, newId } from "../../core/ids.ts";
import type { Currency } from "../../core/money.ts";
import { allChains } from "../chains/index.ts";
import { assertPayee } from "../merchants/index.ts";
import { Channel } from "./entities.ts";
import { channelProblems } from "./problems.ts";
import { type ChannelType, isPayable, leavesAShare } from "./rules.ts";

const AfterId = z.tuple([Uuid]);

export interface NewChannel {
  readonly code: string;
  readonly name: string;
  readonly type: ChannelType;
  readonly currency: Currency;
  readonly payee: Address;
  /** Parts per million. */
  readonly commission_ppm: number;
}

/** What a channel has to agree with. */
export type ChannelTerms = Pick<Config, "chain" | "chains" | "settlement">;

/**
 * Opens a channel.
 * @throws payee_refused, channel_currency_not_payable, channel_commission_too_high, channel_code_taken
 */
export async function createChannel(ctx: Context, terms: ChannelTerms, details: NewChannel): Promise<Channel> {
  assertAgrees(terms, details);
  const { commission_ppm: commissionPpm, ...rest } = details;
  const channel = ctx.db.create(Channel, {
    id: newId(),
    ...rest,
    commissionPpm,
    open: true,
    createdAt: ctx.clock.now(),
  });
  const { affected } = await sql(
    ctx.db,
    `INSERT INTO channel (id, code, name, type, currency, payee, commission_ppm, open, created_at)
     VALUES (:id, :code, :name, :type, :currency, :payee, :commissionPpm, :open, :createdAt)
     ON CONFLICT (code) DO NOTHING`,
    { ...channel },
  );
  if (affected !== 1) throw channelProblems.channel_code_taken(`There is a channel "${details.code}" already.`);
  return channel;
}

function assertAgrees(terms: ChannelTerms, { payee, currency, commission_ppm }: NewChannel): void {
  const chains = allChains(terms);
  assertPayee(chains, payee);
  const tokens = chains.flatMap((chain) => chain.tokens);
  if (!isPayable(currency, tokens)) throw channelProblems.channel_currency_not_payable(undefined, { currency });
  const { platformFeePpm } = terms.settlement;
  if (!leavesAShare(commission_ppm, platformFeePpm))
    throw channelProblems.channel_commission_too_high(
      `${commission_ppm} ppm and the platform's ${platformFeePpm} ppm reach the whole.`,
    );
}

/**
 * Opens or closes a channel. A closed one sells nothing; its listings and its place in carts stay.
 * @throws channel_not_found
 */
export async function setChannelOpen(ctx: Context, id: Id, open: boolean): Promise<Channel> {
  await ctx.db.update(Channel, { id }, { open });
  const channel = await ctx.db.findOneBy(Channel, { id });
  if (channel === null) throw channelProblems.channel_not_found();
  return channel;
}

/** The open channels, oldest first. */
export async function openChannels(ctx: ReadContext, request: PageRequest): Promise<Slice<Channel>> {
  const after = request.cursor === undefined ? undefined : decodeCursor(request.cursor, AfterId)[0];
  const found = await ctx.db.find(Channel, {
    where: { open: true, ...(after === undefined ? {} : { id: MoreThan(after) }) },
    order: { id: "ASC" },
    take: request.per_page + 1,
    skip: after === undefined ? offsetOf(request) : 0,
  });
  return { ...cutPage(found, request.per_page, ({ id }) => [id]), ...(await countRows(ctx, "channel WHERE open")) };
}

/**
 * The channel of this code, or without a code the oldest open one.
 * @throws channel_not_found
 */
export async function channelByCode(ctx: ReadContext, code?: string): Promise<Channel> {
  const [channel] = await ctx.db.find(Channel, {
    where: code === undefined ? { open: true } : { code },
    order: { id: "ASC" },
    take: 1,
  });
  if (channel === undefined) throw channelProblems.channel_not_found();
  return channel;
}

/**
 * The same, among the channels that sell now.
 * @throws channel_not_found
 */
export async function openChannel(ctx: ReadContext, code?: string): Promise<Channel> {
  const channel = await channelByCode(ctx, code);
  if (!channel.open) throw channelProblems.channel_not_found();
  return channel;
}

/** @throws channel_closed unless the channel sells now */
export function assertSelling({ open, code }: Pick<Channel, "open" | "code">): void {
  if (!open) throw channelProblems.channel_closed(`The channel "${code}" does not sell now.`);
}

/** @throws channel_not_found */
export async function channelById(ctx: ReadContext, id: Id): Promise<Channel> {
  const channel = await ctx.db.findOneBy(Channel, { id });
  if (channel === null) throw channelProblems.channel_not_found();
  return channel;
}

/** The channels of these ids, by id; unknown ids are not in it. */
export async function channelsByIds(ctx: ReadContext, ids: readonly Id[]): Promise<ReadonlyMap<Id, Channel>> {
  const channels = await ctx.db.findBy(Channel, { id: In([...ids]) });
  return new Map(channels.map((channel) => [channel.id, channel]));
}

/** The channels of these codes, by code, closed ones too; unknown codes are not in it. */
export async function channelsByCodes(
  ctx: ReadContext,
  codes: readonly string[],
): Promise<ReadonlyMap<string, Channel>> {
  const channels = await ctx.db.findBy(Channel, { code: In([...codes]) });
  return new Map(channels.map((channel) => [channel.code, channel]));
}
