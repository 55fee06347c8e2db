import assert from "node:assert/strict";
import { type Address, zeroAddress } from "viem";
import { exceptionGauges } from "../../../server/chain/exceptionMetrics.ts";
import { system } from "../../../server/core/db/context.ts";
import { createMetrics } from "../../../server/core/metrics.ts";
import { type ExceptionPlace, recordExceptions } from "../../../server/flows/paymentExceptions.ts";
import { type Mail, startMail } from "../../../server/modules/mail/index.ts";
import {
  escrowOrderOf,
  exceptionsIn,
  exceptionsOf,
  ordersBySalt,
  ripeExceptions,
  termsOf,
  trailsOf,
} from "../../../server/modules/payments/index.ts";
import { foldOrder } from "../../../server/protocol/fold.ts";
import { type Terms, termsHash } from "../../../server/protocol/terms.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { eventually } from "../../support/eventually.ts";
import { wallet } from "../../support/wallets.ts";
import { plansOf, scans, sorts } from "../catalog/plans.ts";
import { done, NOBODY, told, USD } from "../flows/market.ts";
import { PRICE, Sale } from "../flows/sale.ts";

const TEST = system("test");
const PATH = "/api/v1/payment_exceptions";
const TX = `0x${"77".repeat(32)}` as const;
const mallory = wallet(9);

type ExceptionBody = {
  exception_id: string;
  terms_hash: string;
  kind: string;
  state: string;
  order_id: string | null;
  payer: string;
  token: { address: string; symbol: string | null; decimals: number | null };
  expected: string | null;
  paid: string;
  due: string;
  returned: string;
  reclaim: { to: string; data: string } | null;
  trail: { event: string; note: string; tx_hash: string | null }[];
};
type List = { total: number; next_cursor: string | null; data: ExceptionBody[] };

onBothDatabases((db) => {
  let sale: Sale;
  let place: ExceptionPlace;
  before(async () => {
    sale = await Sale.open(db);
    const { id: chainId, escrow, operator, tokens, returnUnknown } = sale.market.house.config.chain;
    place = { domain: { chainId, escrow }, operator, tokens, returnUnknown };
  });
  after(() => sale.market.server.stop());

  /** The chain tells of terms that are no order's. */
  const chainTells = async (terms: Terms, { confirmed = true, voided = false, gone = false, at = place } = {}) => {
    const id = termsHash(place.domain, terms);
    const events = [
      { kind: "authorized" as const, id, terms, route: terms.token === zeroAddress ? 2 : 1 },
      ...(voided ? [{ kind: "voided" as const, id, amount: terms.amount }] : []),
    ];
    const order = {
      termsHash: id,
      fold: gone ? undefined : foldOrder(events),
      height: gone ? 0 : 5,
      txHash: gone ? null : TX,
    };
    const confidence = confirmed ? ("confirmed" as const) : ("seen" as const);
    await db.database().write(TEST, (ctx) =>
      recordExceptions(ctx, at, {
        unmatched: [{ ...order, confidence }],
        changes: [],
        confirmedHeight: confirmed ? 5 : 4,
      }),
    );
  };
  const termsOfOrder = async (id: string) => termsOf(await db.database().read(TEST, (ctx) => escrowOrderOf(ctx, id)));
  const list = async (who: { client: Sale["seller"] }, query = ""): Promise<List> =>
    done(who.client.get<List>(`${PATH}${query}`));
  const inPayment = async (id: string, client?: Sale["seller"]) =>
    ((await sale.payment(id, client)) as unknown as { exceptions: ExceptionBody[] }).exceptions;

  it("are shown with their trail to staff, to who paid, and in the order's payment to its parties", async () => {
    const { id } = await sale.placed();
    const terms = { ...(await termsOfOrder(id)), amount: PRICE - 7n };
    await chainTells(terms, { confirmed: false });
    const [open] = await inPayment(id);
    assert.deepEqual(
      [open?.kind, open?.state, open?.expected, open?.paid, open?.due],
      ["underpaid", "open", `${PRICE}`, `${PRICE - 7n}`, `${PRICE - 7n}`],
    );
    await chainTells(terms);
    await chainTells(terms, { voided: true });
    await chainTells(terms, { voided: true });
    for (const shown of [
      await inPayment(id),
      await inPayment(id, sale.seller),
      (await list(sale.market.staff)).data,
      (await list(sale.ada)).data,
    ]) {
      const found = shown.find(({ exception_id }) => exception_id === open?.exception_id);
      assert.deepEqual(
        found?.trail.map(({ event, tx_hash }) => [event, tx_hash]),
        [
          ["open", TX],
          ["returning", TX],
          ["returned", TX],
        ],
      );
      assert.deepEqual([found?.state, found?.due, found?.returned], ["returned", "0", `${PRICE - 7n}`]);
      assert.deepEqual(found?.token, { address: USD, symbol: "TUSD", decimals: 6 });
    }
    assert.deepEqual(await sale.states(id), ["placed", "unfulfilled", "pending_payment"]);
    assert.equal((await sale.payloads("operator.void_exception")).length, 1);
    assert.deepEqual((await list(sale.market.sellers[0])).data, []);
  });

  it("for no order of ours are given back, unless a second house has the key", async () => {
    const { id } = await sale.placed();
    const terms = { ...(await termsOfOrder(id)), amount: PRICE - 3n };
    const stateOf = async (salt: bigint, at: ExceptionPlace) => {
      await chainTells({ ...terms, salt }, { at });
      const hash = termsHash(place.domain, { ...terms, salt });
      return (await list(sale.market.staff)).data.find(({ terms_hash }) => terms_hash === hash)?.state;
    };
    assert.equal(await stateOf(terms.salt + 1n, place), "returning");
    assert.equal(await stateOf(terms.salt + 2n, { ...place, returnUnknown: false }), "left_to_payer");
    const cautious = { ...place, returnUnknown: false };
    await chainTells(terms, { at: cautious });
    assert.equal((await inPayment(id))[0]?.state, "returning");
  });

  it("of a stranger who copies an order's terms are staff's and the stranger's to see, not its parties'", async () => {
    const { id } = await sale.placed();
    const own = await termsOfOrder(id);
    await chainTells({ ...own, payer: mallory.address, amount: PRICE - 1n });
    assert.deepEqual([await inPayment(id), await inPayment(id, sale.seller)], [[], []]);
    const [seen] = (await list(sale.market.staff)).data;
    assert.deepEqual([seen?.payer, seen?.order_id, seen?.kind], [mallory.address, id, "underpaid"]);
    const stranger = await sale.market.server.signIn(mallory);
    assert.deepEqual(
      (await list(stranger)).data.map(({ payer }) => payer),
      [mallory.address],
    );
    assert.deepEqual(await sale.told("payment.exception", id), []);
  });

  it("show the payer the call that brings back what we cannot give back", async () => {
    const { id } = await sale.placed();
    const foreign: Address = "0x9999999999999999999999999999999999999999";
    const terms = { ...(await termsOfOrder(id)), token: foreign };
    await chainTells(terms);
    const [left] = await inPayment(id);
    assert.deepEqual([left?.state, left?.token], ["left_to_payer", { address: foreign, symbol: null, decimals: null }]);
    assert.equal(left?.reclaim?.to, place.domain.escrow);
    await chainTells(terms, { gone: true });
    const [gone] = await inPayment(id);
    assert.deepEqual([gone?.state, gone?.due, gone?.reclaim], ["gone", "0", null]);
    assert.equal((await sale.told("payment.exception", id)).length, 1);
  });

  it("are told to who paid by mail as well: what came, what was expected, what goes back", async () => {
    const mails: Mail[] = [];
    const mailer = startMail(sale.market.house, { send: async (mail) => void mails.push(mail) });
    await sale.ada.client.patch("/api/v1/me", { email: "ada@example.com" });
    await eventually(() => mails.length === 1);
    const token = /^[\w-]{43}$/m.exec(mails[0]?.text ?? "")?.[0];
    await sale.market.server.client.post("/api/v1/email/verify", { token });
    const { id, body } = await sale.placed();
    await chainTells({ ...(await termsOfOrder(id)), amount: PRICE + 10_000n });
    const subject = `Order ${body.orders[0]?.order_sn}: a payment is not as agreed`;
    const mail = await eventually(() => mails.find((each) => each.subject === subject));
    assert.equal(mail.to, "ada@example.com");
    assert.match(mail.text, /Paid {2}17\.35 TUSD\nExpected {2}17\.34 TUSD\nGoes back {2}17\.35 TUSD/);
    await mailer.stop();
  });

  it("are counted for who looks after the house", async () => {
    const metrics = createMetrics();
    exceptionGauges(sale.market.house, metrics);
    const text = await metrics.registry.metrics();
    const { data } = await list(sale.market.staff);
    const due = data.filter(({ state }) => ["open", "returning", "left_to_payer"].includes(state)).length;
    assert.ok(due > 0);
    assert.match(text, new RegExp(`tributary_chain_refunds_due{chain="31337"} ${due}\\n`));
    assert.match(text, /tributary_chain_payment_exceptions{[^}]*kind="altered"[^}]*state="gone"[^}]*} 1\n/);
  });

  it("are listed by state and kind, page by page, and to nobody who has not signed in", async () => {
    const all = await list(sale.market.staff);
    const kinds = async (query: string) =>
      (await list(sale.market.staff, query)).data.map(({ kind, state }) => `${kind} ${state}`);
    assert.deepEqual(await kinds("?state=returned"), ["underpaid returned"]);
    assert.deepEqual(await kinds("?kind=altered&state=gone"), ["altered gone"]);
    assert.deepEqual(await kinds("?kind=late"), []);
    const first = await list(sale.market.staff, "?per_page=1");
    const second = await list(sale.market.staff, `?per_page=1&cursor=${first.next_cursor}`);
    assert.deepEqual([first.total, ...first.data, ...second.data], [all.total, ...all.data.slice(0, 2)]);
    for (const query of ["?state=lost", "?kind=", "?payer=0x0", "?cursor=x"])
      assert.equal((await sale.market.staff.client.get(`${PATH}${query}`)).status, 400, query);
    assert.deepEqual(await told(sale.market.server.client.get(PATH)), [401, "unauthorized"]);
  });

  it("are found by indices, whatever is asked", async () => {
    const cursor = Buffer.from(JSON.stringify([NOBODY])).toString("base64url");
    for (const filter of [
      { state: "open" as const },
      { kind: "late" as const },
      { state: "open" as const, kind: "late" as const },
      { payers: [mallory.address] },
    ]) {
      const plans = await plansOf(db.database(), async (ctx) => {
        await exceptionsIn(ctx, { per_page: 20, ...filter });
        await exceptionsIn(ctx, { per_page: 20, cursor, ...filter });
      });
      assert.deepEqual(scans(plans), [], JSON.stringify(filter));
      if (db.dialect === "sqlite") assert.deepEqual(sorts(plans), [], JSON.stringify(filter));
    }
    const plans = await plansOf(db.database(), async (ctx) => {
      await exceptionsOf(ctx, [NOBODY]);
      await trailsOf(ctx, [NOBODY]);
      await ordersBySalt(ctx, place.domain, [1n]);
      await ripeExceptions(ctx, place.domain.chainId, 5);
    });
    assert.deepEqual(scans(plans), []);
    if (db.dialect === "sqlite")
      assert.ok(
        plans.some(({ plan }) => plan.includes("payment_exception_ripe")),
        JSON.stringify(plans),
      );
  });
});
