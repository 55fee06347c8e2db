import { pino } from "pino";
import { type Address, type Hex, zeroAddress, zeroHash } from "viem";
import type { HDAccount } from "viem/accounts";
import type { Config } from "../../../server/config.ts";
import { systemClock } from "../../../server/core/clock.ts";
import { system } from "../../../server/core/db/context.ts";
import type { Database } from "../../../server/core/db/database.ts";
import { sql } from "../../../server/core/db/sql.ts";
import { type Id, newId } from "../../../server/core/ids.ts";
import { cancel } from "../../../server/flows/cancel.ts";
import { userOfWallet } from "../../../server/modules/accounts/index.ts";
import { chainTimeS } from "../../../server/modules/chains/index.ts";
import { createMerchant } from "../../../server/modules/merchants/index.ts";
import * as orderBook from "../../../server/modules/orders/index.ts";
import * as payments from "../../../server/modules/payments/index.ts";
import { type EscrowDomain, LEG_KIND, TERMS_FLAG, type Terms, termsHash } from "../../../server/protocol/terms.ts";
import {
  receiveAuthorizationTypedData,
  receiveBasketTypedData,
  type TypedDataJson,
} from "../../../server/protocol/typedData.ts";
import { placeOrder } from "../../support/placeOrder.ts";
import { ARBITER, MERCHANT, OPERATOR, PLATFORM, SHOPPERS } from "../cast.ts";
import type { Draw } from "../draw.ts";

const ACTOR = system("simulation");
const DAY_S = 86_400;

/** An order that this house placed, or somebody else's with terms of the same kind. */
export interface Order {
  /** Undefined where it is not ours. */
  readonly orderId: Id | undefined;
  readonly id: Hex;
  readonly terms: Terms;
}

/** What the house does when people ask for it, by the verbs that its doors use. */
export interface Shop {
  readonly orders: readonly Order[];
  readonly domain: EscrowDomain;
  /** Of ours or not, by the name on the chain. */
  isOurs(id: string): boolean;
  /** The payer signs, and the operator is asked to relay it. */
  sign(order: Order): Promise<void>;
  /** A payer signs for several orders at once. @returns whether there were any */
  signBasket(draw: Draw): Promise<boolean>;
  /** The buyer cancels an order; what is paid for it nevertheless has to go back. @returns whether it could be */
  cancel(order: Order): Promise<boolean>;
  /** A payee signs that its credit goes out. */
  withdraw(account: HDAccount, token: Address, amount: bigint, draw: Draw): Promise<void>;
  /** Asks the operator to move the money of one of the orders. @returns whether it was taken on */
  ask(draw: Draw): Promise<boolean>;
}

/** Puts in what every simulation's house has: its people and its merchant. */
export async function openShop(db: Database, config: Config): Promise<void> {
  await db.write(ACTOR, async (ctx) => {
    for (const { address } of SHOPPERS) await userOfWallet(ctx, address, []);
    const owner = await userOfWallet(ctx, MERCHANT.address, []);
    await createMerchant(ctx, [config.chain], { ownerId: owner.id, name: "Mugs", payee: MERCHANT.address });
  });
}

/** Places the orders of one simulation. @param nowS chain second */
export async function placeOrders(
  db: Database,
  config: Config,
  nowS: number,
  count: number,
  draw: Draw,
): Promise<Shop> {
  const { chain } = config;
  const domain = { chainId: chain.id, escrow: chain.escrow };
  const token = chain.tokens.find(({ symbol }) => symbol === "TUSD");
  if (!token?.name || !token.version) throw new Error("the address book has no TestUSD");
  const house = { config, clock: systemClock, log: pino({ level: "silent" }) };
  const tokenDomain = { name: token.name, version: token.version, chainId: chain.id, address: token.address };
  const orders = Array.from({ length: count }, (): Order => {
    const terms = drawTerms(draw, nowS, draw.chance(0.75) ? token.address : zeroAddress);
    return { orderId: newId(), id: termsHash(domain, terms), terms };
  });
  await db.write(ACTOR, async (ctx) => {
    const [merchant] = (await sql<{ id: Id }>(ctx.db, "SELECT id FROM merchant", {})).rows;
    for (const { orderId = "", terms } of orders) {
      const buyer = await userOfWallet(ctx, terms.payer, []);
      await placeOrder(ctx, chain, { orderId, terms, buyerId: buyer.id, merchantId: merchant?.id ?? "" });
    }
  });
  const ours = new Set<string>(orders.map(({ id }) => id));
  return {
    ...{ orders, domain, isOurs: (id) => ours.has(id) },
    sign: async ({ orderId = "", terms }) => {
      const payer = SHOPPERS.find(({ address }) => address === terms.payer);
      if (!payer) throw new Error(`nobody can sign for ${terms.payer}`);
      const signature = await signedBy(payer, receiveAuthorizationTypedData(tokenDomain, domain, terms));
      await db.write(ACTOR, (ctx) => payments.authorize(ctx, orderId, signature));
    },
    signBasket: async (drawn) => {
      const payer = drawn.of(SHOPPERS);
      const own = orders.filter(({ terms }) => terms.payer === payer.address && terms.token === token.address);
      const basket = drawn.shuffled(own).slice(0, drawn.whole(2, 3));
      if (basket.length < 2) return false;
      const all = basket.map(({ terms }) => terms);
      const signature = await signedBy(payer, receiveBasketTypedData(tokenDomain, domain, all));
      const ids = basket.map(({ orderId = "" }) => orderId);
      await db.write(ACTOR, async (ctx) => {
        const { paymentId } = await payments.escrowOrderOf(ctx, ids[0] ?? "");
        await payments.authorizeBasket(ctx, paymentId, ids, signature);
      });
      return true;
    },
    cancel: ({ orderId = "" }) =>
      unlessRefused(async () => {
        const order = await db.read(ACTOR, (ctx) => orderBook.byId(ctx, orderId));
        await cancel({ ...house, db }, { kind: "user", id: order?.userId ?? "", roles: [] }, { orderId });
      }),
    withdraw: async (account, of, amount, drawn) => {
      const nonce = BigInt(drawn.bytes(16));
      const wanted = { ...domain, account: account.address, token: of, amount, to: account.address, nonce };
      const deadlineS = nowS + 60 * DAY_S;
      await db.write(ACTOR, async (ctx) => {
        const user = await userOfWallet(ctx, account.address, []);
        const withdrawal = await payments.openWithdrawal(ctx, { ...wanted, userId: user.id, deadlineS });
        const signature = await signedBy(account, payments.withdrawalRequest(withdrawal));
        await payments.signWithdrawal(ctx, withdrawal.id, signature);
      });
    },
    ask: async (drawn) => {
      const rows = await db.read(ACTOR, (ctx) =>
        payments.escrowOrdersOf(
          ctx,
          orders.map(({ orderId = "" }) => orderId),
        ),
      );
      const wanted = rows.flatMap(({ orderId, held, captured }) => [
        ...(held > 0n ? HELD.map((kind) => ({ orderId, kind, side: "held" as const })) : []),
        ...(captured > 0n ? CAPTURED.map((kind) => ({ orderId, kind, side: "captured" as const })) : []),
      ]);
      if (wanted.length === 0) return false;
      const { orderId, kind, side } = drawn.of(wanted);
      return unlessRefused(() =>
        db.write(ACTOR, async (ctx) => {
          const row = await payments.escrowOrderOf(ctx, orderId);
          const amount = kind === "release" ? row[side] : drawn.part(row[side]);
          await payments.ask(ctx, row, { kind, amount }, await chainTimeS(ctx, chain.id));
        }),
      );
    },
  };
}

/** What may be asked of money on either side; a capture twice as often. */
const HELD = ["capture", "capture", "void"] as const;
const CAPTURED = ["release", "refund"] as const;

/** Whether a verb did it; one that says no with a code, as a door would answer it, did not. */
async function unlessRefused(verb: () => Promise<unknown>): Promise<boolean> {
  try {
    await verb();
    return true;
  } catch (error) {
    if (error instanceof Error && "status" in error) return false;
    throw error;
  }
}

const signedBy = (account: HDAccount, data: TypedDataJson): Promise<Hex> => account.signTypedData(data as never);

/** Terms of an order of ours that may be paid now. */
export function drawTerms(draw: Draw, nowS: number, token: Address): Terms {
  const leg = (account: Address, share: bigint, kind: number) => ({ account, share, kind });
  const disputable = draw.chance(0.3);
  const dispute = { arbiter: ARBITER.address, rulingTime: 5 * DAY_S, defaultToPayerPpm: draw.whole(0, 1_000_000) };
  return {
    ...{ payer: draw.of(SHOPPERS).address, operator: OPERATOR.address, token },
    ...{ amount: BigInt(draw.whole(1, 100_000)) * 1_000n, authorizeBy: nowS + 1_800 },
    ...{ captureBy: nowS + 14 * DAY_S, releaseDelay: disputable ? 7 * DAY_S : draw.of([0, 0, 3_600, 7 * DAY_S]) },
    ...(disputable ? dispute : { arbiter: zeroAddress, rulingTime: 0, defaultToPayerPpm: 0 }),
    flags: draw.of([0, TERMS_FLAG.operatorMayRefund, TERMS_FLAG.operatorMayRefund | TERMS_FLAG.merchantMayCapture]),
    agreement: zeroHash,
    legs: [leg(MERCHANT.address, 970_000n, LEG_KIND.merchant), leg(PLATFORM.address, 30_000n, LEG_KIND.platform)],
    salt: BigInt(draw.bytes(16)),
  };
}
