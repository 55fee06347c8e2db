import { Column, Entity, IsNull, LessThan, PrimaryColumn } from "typeorm";
import type { Address, Hex } from "viem";
import { z } from "zod";
import { time, tokenAmount, whole } from "../../core/db/columns.ts";
import type { Context, ReadContext } from "../../core/db/context.ts";
import { countRows, cutPage, decodeCursor, offsetOf, type PageRequest, type Slice } from "../../core/http/paging.ts";
import { Uuid } from "../../core/http/schemas.ts";
import { type Id, newId } from "../../core/ids.ts";
import type { EscrowDomain } from "../../protocol/terms.ts";
import { type TypedDataJson, withdrawTypedData } from "../../protocol/typedData.ts";
import { operatorLane } from "../chains/index.ts";
import { paymentProblems } from "./problems.ts";

/** Credit that a user wants out of the escrow; without a signature only the account itself can have it. */
@Entity("withdrawal")
export class Withdrawal {
  @PrimaryColumn({ type: "uuid" })
  id!: Id;
  /** Who asked for it. */
  @Column({ type: "uuid" })
  userId!: Id;
  @whole()
  chainId!: number;
  @Column({ type: "text" })
  escrow!: Address;
  /** Whose credit it is of. */
  @Column({ type: "text" })
  account!: Address;
  /** The zero address is ETH. */
  @Column({ type: "text" })
  token!: Address;
  /** Base units of `token`. */
  @tokenAmount()
  amount!: bigint;
  @Column({ type: "text", name: "destination" })
  to!: Address;
  /** Of the account, in the escrow; its own and used once. */
  @tokenAmount()
  nonce!: bigint;
  /** Last chain second at which the account's signature is good. */
  @whole()
  deadlineS!: number;
  @Column({ type: "text", nullable: true })
  signature!: Hex | null;
  @time()
  createdAt!: number;
}

/** A withdrawal whose account has signed it, for the operator to relay. */
export type SignedWithdrawal = Withdrawal & { readonly signature: Hex };

/** Keeps what a user wants to withdraw. */
export async function openWithdrawal(
  ctx: Context,
  wanted: Omit<Withdrawal, "id" | "signature" | "createdAt">,
): Promise<Withdrawal> {
  const withdrawal: Withdrawal = { ...wanted, id: newId(), signature: null, createdAt: ctx.clock.now() };
  await ctx.db.insert(Withdrawal, withdrawal);
  return withdrawal;
}

/** A user's own withdrawal. @throws withdrawal_not_found for anybody else's too */
export async function ownWithdrawal(ctx: ReadContext, userId: Id, id: Id): Promise<Withdrawal> {
  const withdrawal = await ctx.db.findOneBy(Withdrawal, { id, userId });
  if (withdrawal === null) throw paymentProblems.withdrawal_not_found();
  return withdrawal;
}

const Key = z.tuple([Uuid]);

/** A user's withdrawals, newest first. @throws cursor_invalid */
export async function withdrawalsOf(ctx: ReadContext, userId: Id, request: PageRequest): Promise<Slice<Withdrawal>> {
  const before = request.cursor === undefined ? {} : { id: LessThan(decodeCursor(request.cursor, Key)[0]) };
  const found = await ctx.db.find(Withdrawal, {
    where: { userId, ...before },
    order: { id: "DESC" },
    skip: request.cursor === undefined ? offsetOf(request) : 0,
    take: request.per_page + 1,
  });
  return {
    ...cutPage(found, request.per_page, ({ id }) => [id]),
    ...(await countRows(ctx, "withdrawal WHERE user_id = :userId", { userId })),
  };
}

/** What the operator relays; throws unless there is such a withdrawal and its account signed it. */
export async function withdrawalById(ctx: ReadContext, id: Id): Promise<SignedWithdrawal> {
  const withdrawal = await ctx.db.findOneByOrFail(Withdrawal, { id });
  const { signature } = withdrawal;
  if (signature === null) throw new Error(`withdrawal ${id} is not signed`);
  return { ...withdrawal, signature };
}

/** What the account of a withdrawal signs for the operator to send it. */
export function withdrawalRequest({ chainId, escrow, deadlineS, ...consent }: Withdrawal): TypedDataJson {
  const { account, token, amount, to, nonce } = consent;
  const domain: EscrowDomain = { chainId, escrow };
  return withdrawTypedData(domain, { account, token, amount, to, nonce, deadline: deadlineS });
}

/**
 * Keeps the account's signature and asks the operator to relay it (task `operator.withdraw`). A second one is nothing.
 */
export async function signWithdrawal(ctx: Context, id: Id, signature: Hex): Promise<void> {
  const { affected } = await ctx.db.update(Withdrawal, { id, signature: IsNull() }, { signature });
  if (affected !== 1) return;
  const { chainId } = await ctx.db.findOneByOrFail(Withdrawal, { id });
  await ctx.emit(
    "operator.withdraw",
    { withdrawal_id: id },
    { key: `operator.withdraw:${id}`, lane: operatorLane(chainId) },
  );
}
