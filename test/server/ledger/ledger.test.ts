import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { system } from "../../../server/core/db/context.ts";
import { sql } from "../../../server/core/db/sql.ts";
import { BadJournal, balancesOf, type NewJournal, post } from "../../../server/modules/ledger/index.ts";
import { ledgerAccount } from "../../../server/protocol/positions.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { wallet } from "../../support/wallets.ts";
import { plansOf, scans } from "../catalog/plans.ts";
import { ETHER, USD } from "../flows/market.ts";

const TEST = system("test");
const CHAIN = 31_337;

onBothDatabases((db) => {
  let people = 100;
  const person = () => {
    people += 1;
    return wallet(people).address;
  };
  const journal = (deltas: Record<string, bigint>, more: Partial<NewJournal> = {}): NewJournal => ({
    ...{ key: randomUUID(), chainId: CHAIN, blockHash: "0x01", height: 10 },
    deltas: new Map(Object.entries(deltas)),
    ...more,
  });
  const bookAll = (journals: NewJournal[]) => db.database().write(TEST, (ctx) => post(ctx, journals));
  const book = (each: NewJournal) => bookAll([each]);
  const balances = (owners: string[], height = 1_000) =>
    db.database().read(TEST, (ctx) => balancesOf(ctx, owners, new Map([[CHAIN, height]])));
  const account = (kind: "credit" | "withdrawn" | "payer", owner: string, token = USD) =>
    ledgerAccount(kind, owner, CHAIN, token);

  it("books a journal once, whatever else comes under its key", async () => {
    const ada = person();
    const each = journal({ [account("payer", ada)]: -5n, [account("credit", ada)]: 5n });
    assert.equal(await book(each), 1);
    assert.equal(await book(each), 0);
    assert.equal((await balances([ada]))[0]?.credit, 5n);
    assert.equal(await book(journal({})), 0);
  });

  it("books many at once as if one after the other, and a key among them once", async () => {
    const [ada, eve] = [person(), person()];
    const pays = (owner: string, amount: bigint) =>
      journal({ [account("payer", owner)]: -amount, [account("credit", owner)]: amount });
    const twice = pays(ada, 7n);
    assert.equal(await bookAll([pays(ada, 1n), twice, pays(eve, 5n), twice, pays(ada, 30n)]), 4);
    const credits = new Map((await balances([ada, eve])).map(({ owner, credit }) => [owner, credit]));
    assert.deepEqual([credits.get(ada.toLowerCase()), credits.get(eve.toLowerCase())], [38n, 5n]);
    await assert.rejects(bookAll([pays(eve, 1n), journal({ [account("credit", eve)]: 1n })]), BadJournal);
    assert.equal((await balances([eve]))[0]?.credit, 5n, "one that does not balance leaves none");
  });

  it("books thousands of journals in one transaction", async () => {
    const people = Array.from({ length: 40 }, person);
    const journals = Array.from({ length: 2_500 }, (_, n) => {
      const [from = "", to = ""] = [people[n % 40], people[(n * 7 + 1) % 40]];
      return journal({ [account("payer", from)]: -3n, [account("credit", to)]: 3n });
    });
    assert.equal(await bookAll(journals), 2_500);
    const credit = (await balances(people)).reduce((sum, one) => sum + one.credit, 0n);
    assert.equal(credit, 7_500n);
  });

  it("refuses what does not sum to zero in every asset, and writes nothing of it", async () => {
    const ada = person();
    for (const deltas of [
      { [account("credit", ada)]: 1n },
      { [account("credit", ada)]: 1n, [account("payer", ada, ETHER)]: -1n },
      { [ledgerAccount("credit", ada, 1, USD)]: 1n, [ledgerAccount("payer", ada, 1, USD)]: -1n },
      { [`tip:${ada}:${CHAIN}:${USD}`.toLowerCase()]: 1n, [account("payer", ada)]: -1n },
      { [`credit:${ada}`]: 1n, [account("payer", ada)]: -1n },
    ])
      await assert.rejects(book(journal(deltas)), BadJournal);
    assert.deepEqual(await balances([ada]), []);
  });

  it("keeps amounts to the last of 78 digits", async () => {
    const ada = person();
    const huge = 2n ** 255n + 1n;
    await book(journal({ [account("payer", ada)]: -huge, [account("credit", ada)]: huge }));
    assert.equal((await balances([ada]))[0]?.credit, huge);
  });

  it("lets only final credit be paid, and never more than there is", async () => {
    const ada = person();
    const credit = (amount: bigint, height: number) =>
      book(journal({ [account("payer", ada)]: -amount, [account("credit", ada)]: amount }, { height }));
    await credit(100n, 5);
    await credit(7n, 20);
    const at = async (height: number) => {
      const [found] = await balances([ada], height);
      return [found?.credit, found?.payable, found?.withdrawn];
    };
    assert.deepEqual(await at(4), [107n, 0n, 0n]);
    assert.deepEqual(await at(19), [107n, 100n, 0n]);
    assert.deepEqual(await at(20), [107n, 107n, 0n]);

    await book(journal({ [account("credit", ada)]: -90n, [account("withdrawn", ada)]: 90n }, { height: 21 }));
    assert.deepEqual(await at(20), [17n, 17n, 90n], "what is withdrawn is gone, final or not");
    await credit(-7n, 20);
    assert.deepEqual(await at(19), [10n, 10n, 90n], "what a reorg took is taken back at its own height");
  });

  it("tells the owners asked for and no others, per token", async () => {
    const [ada, eve] = [person(), person()];
    for (const [owner, token] of [
      [ada, USD],
      [ada, ETHER],
      [eve, USD],
    ] as const)
      await book(journal({ [account("payer", owner, token)]: -3n, [account("credit", owner, token)]: 3n }));
    assert.deepEqual(
      (await balances([ada])).map(({ owner, token }) => [owner, token]),
      [
        [ada.toLowerCase(), ETHER],
        [ada.toLowerCase(), USD.toLowerCase()],
      ],
    );
    assert.equal((await balances([ada, eve])).length, 3);
    assert.deepEqual(await balances([]), []);
  });

  it("has balances that are the sum of their postings, after any journals, many at once", async () => {
    const owners = [person(), person(), person()];
    const move = fc.record({
      from: fc.constantFrom(...owners),
      to: fc.constantFrom(...owners),
      amount: fc.bigInt({ min: 1n, max: 2n ** 104n }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 1, maxLength: 6 }), async (moves) => {
        for (const { from, to, amount } of moves)
          await book(journal({ [account("payer", from)]: -amount, [account("credit", to)]: amount }));
      }),
      { numRuns: 8 },
    );
    await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) =>
        book(
          journal({ [account("payer", owners[n % 3] ?? "")]: -1n, [account("credit", owners[(n + 1) % 3] ?? "")]: 1n }),
        ),
      ),
    );
    const { rows } = await db
      .database()
      .read(TEST, (ctx) => sql<{ account: string; amount: string }>(ctx.db, "SELECT account, amount FROM posting"));
    const sums = new Map<string, bigint>();
    for (const { account: name, amount } of rows) sums.set(name, (sums.get(name) ?? 0n) + BigInt(amount));
    const accounts = await db
      .database()
      .read(TEST, (ctx) => sql<{ name: string; balance: string }>(ctx.db, "SELECT name, balance FROM ledger_account"));
    for (const { name, balance } of accounts.rows) assert.equal(BigInt(balance), sums.get(name) ?? 0n, name);
    assert.equal(
      accounts.rows.reduce((sum, { balance }) => sum + BigInt(balance), 0n),
      0n,
    );
  });

  it("reads balances by index", async () => {
    const ada = person();
    await book(journal({ [account("payer", ada)]: -1n, [account("credit", ada)]: 1n }));
    const plans = await plansOf(db.database(), (ctx) => balancesOf(ctx, [ada], new Map([[CHAIN, 5]])));
    assert.deepEqual([plans.length, scans(plans)], [2, []]);
  });
});
