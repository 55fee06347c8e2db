import { deepEqual, equal, match } from "node:assert/strict";
import { type Hex, keccak256, toHex } from "viem";
import { system } from "../../server/core/db/context.ts";
import { newId } from "../../server/core/ids.ts";
import * as agreements from "../../server/modules/agreements/index.ts";
import { newestFor, withdrawalPurpose } from "../../server/modules/chains/index.ts";
import * as orderBook from "../../server/modules/orders/index.ts";
import * as payments from "../../server/modules/payments/index.ts";
import { LEG_KIND } from "../../server/protocol/terms.ts";
import {
  acceptAgreementTypedData,
  cancelTermsTypedData,
  receiveBasketTypedData,
  reclaimTypedData,
  revokeAgreementTypedData,
  type TypedDataJson,
} from "../../server/protocol/typedData.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { openStage } from "./support/stage.ts";
import { type Issued, merchant, operator, platform, shopper, stranger, tokenDomain } from "./support/world.ts";

const ACTOR = system("test");

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const world = stage.world(db, chain);
  stage.running(world);

  const domain = () => ({ chainId: chain().chainId, escrow: chain().escrow });
  const signedBy = (account: typeof shopper, typed: TypedDataJson): Promise<Hex> =>
    account.signTypedData(typed as never);
  const newest = async (purpose: string) =>
    (await db.database().read(ACTOR, (ctx) => newestFor(ctx, [chain().chainId], [purpose]))).get(purpose);
  const ended = (purpose: string, state: string) =>
    eventually(async () => {
      const transaction = await newest(purpose);
      return transaction?.state === state && transaction;
    });
  const emit = (kind: string, payload: Record<string, string>) =>
    db.database().write(ACTOR, (ctx) => ctx.emit(kind, payload, { key: newId() }));
  const state = async (order: Issued) => (await world().row(order)).state;
  const confirmed = (order: Issued) => eventually(async () => (await world().state(order)) === "confirmed");
  const cancelled = (order: Issued) =>
    db.database().write(ACTOR, async (ctx) => {
      const found = await orderBook.lock(ctx, order.orderId);
      if (found) await orderBook.move(ctx, found, { event: "order.cancelled", state: "cancelled" });
    });

  /** The shopper's one signature for several orders, handed to the operator. */
  async function signBasket(orders: readonly Issued[]): Promise<void> {
    const terms = orders.map((order) => order.terms);
    const signature = await signedBy(shopper, receiveBasketTypedData(tokenDomain(chain()), domain(), terms));
    const [first] = orders;
    if (!first) throw new Error("no orders");
    const { paymentId } = await world().row(first);
    const ids = orders.map(({ orderId }) => orderId);
    await db.database().write(ACTOR, (ctx) => payments.authorizeBasket(ctx, paymentId, ids, signature));
  }

  describe("a basket", () => {
    it("is paid by one transaction, which is listed with each of its orders", async () => {
      const orders = [await world().issue(), await world().issue({ amount: 7_000_000n }), await world().issue()];
      await signBasket(orders);
      for (const order of orders) await confirmed(order);
      const [one, two, three] = await Promise.all(orders.map(({ id }) => ended(`authorize:${id}`, "mined")));
      deepEqual([two?.hash, three?.hash], [one?.hash, one?.hash]);
    });

    it("is not sent when one of its orders ended after it was signed, and says so with each", async () => {
      const orders = [await world().issue(), await world().issue()];
      const [first, second] = orders;
      if (!first || !second) throw new Error("no orders");
      await cancelled(second);
      await signBasket(orders);
      for (const { id } of orders) {
        const refused = await ended(`authorize:${id}`, "failed");
        equal(refused.hash, null);
        match(refused.error ?? "", /order is cancelled/);
      }
      equal(await state(first), "pending");
    });

    it("is not sent when an order of it was paid alone meanwhile", async () => {
      const [alone, other] = [await world().issue(), await world().issue()];
      await world().sign(alone);
      await confirmed(alone);
      await signBasket([alone, other]);
      match((await ended(`authorize:${other.id}`, "failed")).error ?? "", /together with it is paid already/);
      equal(await state(other), "pending");
      await ended(`authorize:${alone.id}`, "mined");
    });
  });

  it("relays no payment of an order that ended between the signature and now", async () => {
    const order = await world().issue();
    await cancelled(order);
    await world().sign(order);
    const refused = await ended(`authorize:${order.id}`, "failed");
    match(refused.error ?? "", /order is cancelled, it is not to be paid/);
    equal(await state(order), "pending");
  });

  it("burns terms that their payer cancelled by signature; they can never be paid", async () => {
    const order = await world().issue();
    const deadline = (await chain().nowS()) + 3_600;
    const signature = await signedBy(shopper, cancelTermsTypedData(domain(), { id: order.id, deadline }));
    await emit("operator.cancel_terms", { order_id: order.orderId, deadline: String(deadline), signature });
    await ended(`cancel:${order.id}`, "mined");
    await eventually(async () => (await state(order)) === "cancelled");
    await world().sign(order);
    await eventually(async () => {
      const open = await world().rows("SELECT id FROM task WHERE key = :key AND done_at IS NULL", {
        key: `relay:${order.orderId}`,
      });
      return open.length === 0;
    });
    equal(await newest(`authorize:${order.id}`), undefined);
  });

  it("reclaims what was not captured in time, by the payer's signature", async () => {
    const order = await world().issue({ captureBy: (await chain().nowS()) + 1_900 });
    await world().sign(order);
    await confirmed(order);
    await chain().increaseTime(1_901);
    await world().caughtUp();
    const deadline = (await chain().nowS()) + 3_600;
    const signature = await signedBy(shopper, reclaimTypedData(domain(), { id: order.id, deadline }));
    await db.database().write(ACTOR, async (ctx) => {
      const proof = { deadline: String(deadline), signature };
      const asked = { kind: "reclaim" as const, amount: order.terms.amount, proof };
      await payments.ask(ctx, await world().row(order), asked, await chain().nowS());
    });
    await eventually(async () => (await state(order)) === "reclaimed");
  });

  describe("a withdrawal", () => {
    const withdrawal = async (amount: bigint) => {
      const opened = await db.database().write(ACTOR, (ctx) =>
        payments.openWithdrawal(ctx, {
          ...{ userId: newId(), ...domain(), account: merchant.address, token: chain().token, amount },
          ...{ to: stranger.address, nonce: BigInt(keccak256(toHex(newId()))) },
          deadlineS: Math.floor(Date.now() / 1_000) + 40 * 86_400,
        }),
      );
      const signature = await signedBy(merchant, payments.withdrawalRequest(opened));
      return { ...opened, signature };
    };

    it("goes out by its account's signature", async () => {
      const order = await world().issue({ releaseDelay: 0 });
      await world().sign(order);
      await confirmed(order);
      await world().ask(order, "capture", order.terms.amount);
      await eventually(async () => (await state(order)) === "released");
      const { id, signature } = await withdrawal(1_000_000n);
      await db.database().write(ACTOR, (ctx) => payments.signWithdrawal(ctx, id, signature));
      await ended(withdrawalPurpose(id), "mined");
      await world().caughtUp();
      const rows = await world().rows("SELECT 1 FROM chain_log WHERE event LIKE '%ithdrawn%'");
      equal(rows.length, 1);
    });

    it("of more than the credit is refused with the contract's own error", async () => {
      const { id, signature } = await withdrawal(10n ** 20n);
      await db.database().write(ACTOR, (ctx) => payments.signWithdrawal(ctx, id, signature));
      match((await ended(withdrawalPurpose(id), "failed")).error ?? "", /^CreditTooSmall\(/);
    });

    it("that does not exist fails alone", async () => {
      const { id, signature } = await withdrawal(1_000_000n);
      await db.database().write(ACTOR, async (ctx) => {
        await ctx.emit("operator.withdraw", { withdrawal_id: newId() });
        await payments.signWithdrawal(ctx, id, signature);
      });
      await ended(withdrawalPurpose(id), "mined");
    });
  });

  it("accepts an agreement for all who signed it and for itself, and revokes it by a signature", async () => {
    const nowS = await chain().nowS();
    const party = { account: platform.address, kind: LEG_KIND.platform, leastPpm: 0, mostPpm: 50_000, mostFixed: 0n };
    const { agreement } = await db.database().write(ACTOR, (ctx) =>
      agreements.propose(
        ctx,
        domain(),
        {
          ...{ merchantId: newId(), channelId: newId() },
          content: {
            ...{ channel: toHex(7, { size: 32 }), token: chain().token, operator: operator.address },
            ...{ arbiter: "0x0000000000000000000000000000000000000000", validFrom: nowS, validUntil: nowS + 86_400 },
            ...{ merchant: merchant.address, parties: [party], text: "The platform has up to five per cent." },
          },
        },
        nowS,
      ),
    );
    const until = { nonce: agreement.nonce, deadline: agreement.deadlineS };
    const content = agreements.contentOf(agreement);
    const handedIn = await Promise.all(
      [merchant, platform].map(async (account) => ({
        account: account.address,
        signature: await signedBy(account, acceptAgreementTypedData(domain(), content, until)),
      })),
    );
    await db.database().write(ACTOR, (ctx) => agreements.keepSignatures(ctx, agreement.id, handedIn, nowS));
    await ended(`accept:${agreement.hash}`, "mined");
    const found = () => db.database().read(ACTOR, (ctx) => agreements.byId(ctx, agreement.id));
    await eventually(async () => (await found()).agreement.state === "active");

    const ends = { nonce: 77n, deadline: nowS + 86_000 };
    const typed = revokeAgreementTypedData(domain(), { id: agreement.hash, ...ends });
    const revocation = { ...ends, account: merchant.address, signature: await signedBy(merchant, typed) };
    await db.database().write(ACTOR, (ctx) => agreements.askRevocation(ctx, agreement.id, revocation));
    await ended(`revoke:${agreement.hash}`, "mined");
    await eventually(async () => (await found()).agreement.state === "revoked");
  });
});
