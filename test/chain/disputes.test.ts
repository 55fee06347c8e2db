import { deepEqual, equal, partialDeepStrictEqual } from "node:assert/strict";
import { type Hex, toHex, zeroAddress, zeroHash } from "viem";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { type Agreement, agreementHash } from "../../server/protocol/agreement.ts";
import {
  acceptAgreementCall,
  approveCall,
  authorizeWithCreditCall,
  captureCall,
  chargeWithAllowanceCall,
  concedeCall,
  depositCall,
  disputeCall,
  distributeCall,
  endDisputeCall,
  refundReleasedCall,
  ruleCall,
  setMandateCall,
  withdrawManyCall,
} from "../../server/protocol/calls.ts";
import { creditKey } from "../../server/protocol/creditFold.ts";
import { ledgerAccount } from "../../server/protocol/positions.ts";
import type { Sale } from "../../server/protocol/sale.ts";
import { LEG_KIND } from "../../server/protocol/terms.ts";
import { termsTypedData } from "../../server/protocol/typedData.ts";
import { onBothDatabases } from "../support/databases.ts";
import { wallet } from "../support/wallets.ts";
import { openStage } from "./support/stage.ts";
import { type Issued, merchant, operator, platform, shopper, stranger } from "./support/world.ts";

const judge = wallet(6);
const DAY_S = 86_400;
const USD = 1_000_000n;

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const world = stage.world(db, chain);
  let agreement: Hex;
  before(async () => {
    for (const { address } of [merchant, stranger, judge, operator]) await chain().mint(address, 1_000n * USD);
    for (const from of [merchant, stranger]) await chain().send(from, approveAll());
    agreement = await agree();
  });
  stage.running(world);

  const domain = () => ({ chainId: chain().chainId, escrow: chain().escrow });
  const approveAll = () => approveCall(chain().token, chain().escrow, 1_000n * USD);

  /** An agreement of merchant, operator and platform on the token. */
  async function agree(): Promise<Hex> {
    const now = await chain().nowS();
    const agreed: Agreement = {
      ...{ channel: zeroHash, version: 1, token: chain().token, operator: operator.address, arbiter: zeroAddress },
      ...{ validFrom: now, validUntil: now + 365 * DAY_S, merchant: merchant.address, text: "" },
      parties: [{ account: platform.address, kind: LEG_KIND.platform, leastPpm: 0, mostPpm: 200_000, mostFixed: 0n }],
    };
    await chain().mint(platform.address, 0n);
    for (const signatory of [operator, merchant, platform])
      await chain().send(signatory, acceptAgreementCall(domain(), agreed));
    return agreementHash(domain(), agreed);
  }

  /** A sale that was paid in cash, of which the platform has a tenth. */
  const sale = (gross: bigint, ref: number): Sale => ({
    ...{ account: merchant.address, operator: operator.address, token: chain().token, gross, agreement },
    ref: toHex(ref, { size: 32 }),
    legs: [
      { account: merchant.address, share: 900_000n, kind: LEG_KIND.merchant },
      { account: platform.address, share: 100_000n, kind: LEG_KIND.platform },
    ],
  });

  /** A paid and captured order whose disputes somebody rules. */
  async function captured(amount = 20n * USD): Promise<Issued> {
    const judged = {
      arbiter: judge.address,
      rulingTime: 2 * DAY_S,
      defaultToPayerPpm: 500_000,
      releaseDelay: 7 * DAY_S,
    };
    const order = await world().issue(judged);
    await world().pay(order);
    await chain().send(operator, captureCall(domain(), order.terms, amount, order.terms.amount));
    return order;
  }

  const balance = async (kind: Parameters<typeof ledgerAccount>[0], owner: string): Promise<bigint> => {
    const name = ledgerAccount(kind, owner, chain().chainId, chain().token);
    const rows = await world().rows<{ balance: string }>("SELECT balance FROM ledger_account WHERE name = :name", {
      name,
    });
    return BigInt(rows[0]?.balance ?? 0);
  };

  /** Chain and house agree on everything, and no log was put aside. */
  async function agreed() {
    await world().caughtUp();
    const { differences, totals } = await reconcile(world().house);
    deepEqual(differences, []);
    deepEqual(await world().rows("SELECT height FROM chain_log WHERE state = 'quarantined'"), []);
    return totals.get(chain().token);
  }

  it("follows a dispute from its beginning to the arbiter's ruling", async () => {
    const order = await captured();
    await chain().send(shopper, disputeCall(domain(), order.terms, 8n * USD, zeroHash));
    await agreed();
    const during = { state: "disputed", held: 5n * USD, captured: 12n * USD, disputed: 8n * USD, released: 0n };
    partialDeepStrictEqual(await world().row(order), during);
    equal(await balance("escrow_disputed", order.id), 8n * USD);
    equal(await world().state(order), "confirmed");

    await chain().send(judge, ruleCall(domain(), order.terms, { round: 1, amount: 8n * USD, toPayerPpm: 250_000 }));
    await agreed();
    const after = {
      state: "partially_captured",
      captured: 12n * USD,
      disputed: 0n,
      released: 6n * USD,
      returned: 2n * USD,
    };
    partialDeepStrictEqual(await world().row(order), after);
    equal(await balance("escrow_disputed", order.id), 0n);
  });

  it("follows disputes that a side or time ends, one after the other", async () => {
    const order = await captured(25n * USD);
    await chain().send(shopper, disputeCall(domain(), order.terms, 4n * USD, zeroHash));
    await chain().send(merchant, concedeCall(domain(), order.terms, 1));
    await chain().send(shopper, disputeCall(domain(), order.terms, 6n * USD, zeroHash));
    await chain().send(shopper, concedeCall(domain(), order.terms, 2));
    await chain().send(shopper, disputeCall(domain(), order.terms, 100n * USD, zeroHash));
    await agreed();
    partialDeepStrictEqual(await world().row(order), {
      state: "disputed",
      captured: 0n,
      disputed: 15n * USD,
      releaseAtS: 0,
    });

    const before = await balance("credit", shopper.address);
    await chain().increaseTime(2 * DAY_S);
    await chain().send(stranger, endDisputeCall(domain(), order.terms));
    await agreed();
    partialDeepStrictEqual(await world().row(order), {
      state: "released",
      disputed: 0n,
      released: 13_500_000n,
      returned: 11_500_000n,
    });
    equal((await balance("credit", shopper.address)) - before, 7_500_000n);
    equal(await world().state(order), "completed");
  });

  it("books deposits, sales paid elsewhere, payments by credit and refunds after release", async () => {
    const totals = (await agreed()) ?? { deposited: 0n, spent: 0n };
    await chain().send(stranger, depositCall(domain(), merchant.address, chain().token, 30n * USD));
    await chain().send(
      merchant,
      setMandateCall(domain(), stranger.address, chain().token, {
        ...{ perCall: 100n * USD, perPeriod: 100n * USD, period: DAY_S, until: (await chain().nowS()) + DAY_S },
      }),
    );
    await chain().send(stranger, distributeCall(domain(), sale(50n * USD, 1)));
    await chain().send(stranger, depositCall(domain(), shopper.address, chain().token, 25n * USD));
    const order = await world().issue({ releaseDelay: 0 });
    await chain().send(shopper, authorizeWithCreditCall(domain(), order.terms, "0x"));
    await chain().send(operator, captureCall(domain(), order.terms, 25n * USD, 25n * USD));
    await agreed();
    partialDeepStrictEqual(await world().row(order), { state: "released", released: 25n * USD });
    equal(await balance("deposited", stranger.address), -55n * USD);
    const paidIn = await balance("payer", shopper.address);

    const credit = await balance("credit", merchant.address);
    await chain().send(
      merchant,
      withdrawManyCall(domain(), [{ token: chain().token, amount: credit - USD, to: merchant.address }]),
    );
    await chain().send(merchant, refundReleasedCall(domain(), order.terms, 3n * USD, 0n, USD));
    const sums = await agreed();
    partialDeepStrictEqual(await world().row(order), {
      state: "released",
      released: 25n * USD,
      refundedReleased: 3n * USD,
    });
    equal(await balance("credit", merchant.address), 0n);
    equal(await balance("deposited", merchant.address), -2n * USD);
    equal((await balance("payer", shopper.address)) - paidIn, 3n * USD);
    equal((sums?.deposited ?? 0n) - totals.deposited, 55n * USD);
    equal((sums?.spent ?? 0n) - totals.spent, 25n * USD + 5n * USD + USD);
  });

  it("takes back what a reorganisation takes, and books what comes instead", async () => {
    const order = await captured();
    await agreed();
    const ledger = () => world().rows("SELECT name, balance FROM ledger_account WHERE balance <> '0' ORDER BY name");
    const before = await ledger();
    const fork = await chain().mark();
    await chain().send(shopper, disputeCall(domain(), order.terms, 5n * USD, zeroHash));
    await chain().send(stranger, depositCall(domain(), merchant.address, chain().token, 9n * USD));
    await chain().send(merchant, distributeCall(domain(), sale(20n * USD, 2)));
    await chain().send(merchant, concedeCall(domain(), order.terms, 1));
    await agreed();
    partialDeepStrictEqual(await world().row(order), { returned: 5n * USD, captured: 15n * USD });

    await chain().revertTo(fork);
    await chain().mine(6);
    await agreed();
    partialDeepStrictEqual(await world().row(order), {
      state: "partially_captured",
      captured: 20n * USD,
      returned: 0n,
    });
    deepEqual(await ledger(), before);

    await chain().send(stranger, depositCall(domain(), merchant.address, chain().token, 4n * USD));
    await chain().send(merchant, distributeCall(domain(), sale(10n * USD, 2)));
    await chain().send(shopper, disputeCall(domain(), order.terms, 7n * USD, zeroHash));
    await agreed();
    partialDeepStrictEqual(await world().row(order), { state: "disputed", disputed: 7n * USD, captured: 13n * USD });
    const reverted = await world().rows<{ event: string }>(
      "SELECT DISTINCT event FROM chain_log WHERE state = 'reverted' ORDER BY event",
    );
    deepEqual(
      reverted.map(({ event }) => event),
      ["deposited", "disputed", "distributed", "resolved"],
    );
  });

  it("books an order that its operator charged", async () => {
    const order = await world().issue({ releaseDelay: 0 });
    const signature = await shopper.signTypedData(termsTypedData(domain(), order.terms) as never);
    await chain().send(operator, chargeWithAllowanceCall(domain(), order.terms, signature));
    await agreed();
    partialDeepStrictEqual(await world().row(order), { state: "released", released: 25n * USD });
    equal(await world().state(order), "completed");
  });

  it("names one corrupted row each of what is disputed, of deposits and of distributions", async () => {
    const order = await captured();
    await chain().send(shopper, disputeCall(domain(), order.terms, 3n * USD, zeroHash));
    await agreed();
    const write = (statement: string) =>
      db.database().write({ kind: "system", name: "vandal" }, async (ctx) => {
        await ctx.db.query(statement);
      });
    await write(`UPDATE escrow_order SET disputed = '1' WHERE order_id = '${order.orderId}'`);
    const names = [
      ledgerAccount("escrow_disputed", order.id, chain().chainId, chain().token),
      ledgerAccount("deposited", stranger.address, chain().chainId, chain().token),
    ];
    for (const name of names) await write(`UPDATE ledger_account SET balance = '2' WHERE name = '${name}'`);
    await write(
      "UPDATE chain_log SET state = 'reverted' WHERE event IN ('distributed', 'disputed') AND state = 'applied'",
    );
    const { differences } = await reconcile(world().house);
    const wheres = (what: string) => differences.filter((one) => one.what === what).map(({ where }) => where);
    deepEqual(wheres("orders"), [`escrow_order ${order.orderId}`]);
    deepEqual(wheres("ledger").sort(), names.map((name) => `ledger_account ${name}`).sort());
    const folds = wheres("fold");
    for (const owner of [merchant, platform])
      equal(folds.includes(`chain_log of account ${creditKey(owner.address, chain().token)}`), true);
    equal(folds.includes(`chain_log of order ${order.id}`), true);
    deepEqual(wheres("chain"), []);
  });
});
