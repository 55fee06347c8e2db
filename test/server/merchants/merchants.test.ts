import assert from "node:assert/strict";
import { zeroAddress } from "viem";
import { payeeFault } from "../../../server/modules/merchants/rules.ts";
import { onBothDatabases } from "../../support/databases.ts";
import type { SignedInClient } from "../../support/http.ts";
import { wallet } from "../../support/wallets.ts";
import { NOBODY, openShop, type Shop, told } from "../goods/shop.ts";

type MerchantBody = { id: string; name: string; payee: string; created_at: string };
type MerchantList = { total: number; next_cursor: string | null; data: MerchantBody[] };

describe("a payee", () => {
  const chain = { escrow: wallet(5).address, operator: wallet(6).address, tokens: [{ address: wallet(7).address }] };

  it("may be any wallet", () => assert.equal(payeeFault(wallet(1).address, chain), undefined));
  it("may not be what holds no credit, in whatever case it is written", () => {
    for (const refused of [zeroAddress, chain.escrow, chain.operator, wallet(7).address])
      assert.match(payeeFault(refused.toLowerCase() as typeof refused, chain) ?? "", /^The payee is /);
  });
});

onBothDatabases((db) => {
  let shop: Shop;
  let ada: SignedInClient;
  before(async () => {
    shop = await openShop(db);
    ada = await shop.server.signIn(wallet(2));
  });
  after(() => shop.server.stop());

  const create = (body: unknown, headers = {}) => ada.client.post<MerchantBody>("/api/v1/merchants", body, headers);

  it("makes its owner a merchant", async () => {
    const { status, body } = await create({ name: "  Ada's  ", payee: wallet(2).address.toLowerCase() });
    assert.equal(status, 201);
    assert.deepEqual([body.name, body.payee], ["Ada's", wallet(2).address]);
    const again = await shop.server.signIn(wallet(2));
    assert.deepEqual(again.tokens.user.roles, ["merchant", "shopper"]);
  });

  it("is made once for one Idempotency-Key", async () => {
    const headers = { "idempotency-key": "one-merchant-only" };
    const [first, second] = [
      await create({ name: "Once", payee: wallet(2).address }, headers),
      await create({ name: "Once", payee: wallet(2).address }, headers),
    ];
    assert.equal(first.body.id, second.body.id);
    assert.equal(second.headers.get("idempotency-replayed"), "true");
  });

  it("shows its payee to its owner only", async () => {
    const { body: made } = await create({ name: "Public", payee: wallet(2).address });
    const seen = await shop.server.client.get(`/api/v1/merchants/${made.id}`);
    assert.deepEqual(seen.body, { id: made.id, name: "Public" });
    assert.equal((await shop.server.client.get("/api/v1/merchants")).status, 401);
    const { body: hers } = await ada.client.get<MerchantList>("/api/v1/merchants");
    assert.ok(hers.data.some(({ id, payee }) => id === made.id && payee === wallet(2).address));
    const { body: his } = await shop.seller.client.get<MerchantList>("/api/v1/merchants");
    assert.deepEqual([his.total, his.data.map(({ id }) => id)], [1, [shop.merchantId]]);
  });

  it("is listed by page and by cursor", async () => {
    const eve = await shop.server.signIn(wallet(3));
    for (const name of ["one", "two", "three"])
      await eve.client.post("/api/v1/merchants", { name, payee: wallet(3).address });
    const { body: first } = await eve.client.get<MerchantList>("/api/v1/merchants?per_page=2");
    assert.deepEqual([first.total, first.data.map(({ name }) => name)], [3, ["one", "two"]]);
    const rest = await eve.client.get<MerchantList>(`/api/v1/merchants?per_page=2&cursor=${first.next_cursor}`);
    assert.deepEqual([rest.body.next_cursor, rest.body.data.map(({ name }) => name)], [null, ["three"]]);
    const second = await eve.client.get<MerchantList>("/api/v1/merchants?per_page=2&page=2");
    assert.deepEqual(second.body.data, rest.body.data);
  });

  it("is not found under an id that nobody has", async () => {
    const { status, body } = told(await shop.server.client.get(`/api/v1/merchants/${NOBODY}`));
    assert.deepEqual([status, body.code], [404, "merchant_not_found"]);
    assert.equal((await shop.server.client.get("/api/v1/merchants/1")).status, 400);
  });

  it("refuses what cannot be paid", async () => {
    const { escrow, operator } = shop.house.config.chain;
    for (const payee of [escrow, operator]) {
      const { status, body } = told(await create({ name: "X", payee }));
      assert.deepEqual([status, body.code], [400, "payee_refused"]);
    }
    const broken = wallet(2).address.replace(/[a-f]/, (letter) => letter.toUpperCase());
    for (const payee of [zeroAddress, broken, "0x1", "", null, 7, ["0x"]])
      assert.equal((await create({ name: "X", payee })).status, 400, String(payee));
  });

  it("refuses names that nobody can read, and fields of its own making", async () => {
    const payee = wallet(2).address;
    for (const name of ["", "   ", "a\0b", "\ud800", "\u202egnp", "x".repeat(101), 5, null, ["a"]])
      assert.equal((await create({ name, payee })).status, 400, JSON.stringify(name));
    for (const field of ["role", "balance", "status", "owner_id", "id", "constructor", "__proto__"]) {
      const { status, body } = told(await create(`{"name":"X","payee":"${payee}","${field}":1}`));
      assert.deepEqual([status, body.code], [400, "unknown_field"], field);
    }
    const { body: twins } = await create({ name: "Caf\u0065\u0301", payee });
    assert.equal(twins.name, "Caf\u00e9");
  });
});
