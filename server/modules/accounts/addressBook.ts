import { LessThan } from "typeorm";
import { z } from "zod";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { cutPage, decodeCursor, offsetOf, type PageRequest, type Slice } from "../../core/http/paging.ts";
import { problems } from "../../core/http/problems.ts";
import { Uuid } from "../../core/http/schemas.ts";
import { type Id, newId } from "../../core/ids.ts";
import { UserAddress } from "./entities.ts";
import { accountProblems } from "./problems.ts";

/** Enough for anybody, and few enough to count. */
const MOST_ADDRESSES = 100;

/** What a user says of an address. */
export type AddressDetails = Omit<UserAddress, "id" | "userId" | "createdAt" | "updatedAt">;

const Key = z.tuple([Uuid]);

/** A user's own addresses, newest first. */
export async function addressesOf(ctx: ReadContext, userId: Id, request: PageRequest): Promise<Slice<UserAddress>> {
  const before = request.cursor === undefined ? {} : { id: LessThan(decodeCursor(request.cursor, Key)[0]) };
  const found = await ctx.db.find(UserAddress, {
    where: { userId, ...before },
    order: { id: "DESC" },
    skip: request.cursor === undefined ? offsetOf(request) : 0,
    take: request.per_page + 1,
  });
  const total = await ctx.db.countBy(UserAddress, { userId });
  return { ...cutPage(found, request.per_page, ({ id }) => [id]), total };
}

/** One of a user's own addresses. @throws not_found for anybody else's too */
export async function addressOf(ctx: ReadContext, userId: Id, id: Id): Promise<UserAddress> {
  const address = await ctx.db.findOneBy(UserAddress, { id, userId });
  if (address === null) throw problems.not_found();
  return address;
}

/** Writes a new address into a user's book. @throws address_book_full */
export async function addAddress(ctx: Context, userId: Id, details: AddressDetails): Promise<UserAddress> {
  if ((await ctx.db.countBy(UserAddress, { userId })) >= MOST_ADDRESSES)
    throw accountProblems.address_book_full(`It has ${MOST_ADDRESSES} addresses; remove one first.`);
  const now = ctx.clock.now();
  const address: UserAddress = { ...details, id: newId(), userId, createdAt: now, updatedAt: now };
  await ctx.db.insert(UserAddress, address);
  return address;
}

/** Replaces what one of a user's own addresses says. @throws not_found */
export async function changeAddress(ctx: Context, userId: Id, id: Id, details: AddressDetails): Promise<UserAddress> {
  const { affected } = await ctx.db.update(UserAddress, { id, userId }, { ...details, updatedAt: ctx.clock.now() });
  if (affected !== 1) throw problems.not_found();
  return addressOf(ctx, userId, id);
}

/** Removes one of a user's own addresses; orders keep their copies. @throws not_found */
export async function removeAddress(ctx: Context, userId: Id, id: Id): Promise<void> {
  const { affected } = await ctx.db.delete(UserAddress, { id, userId });
  if (affected !== 1) throw problems.not_found();
}
