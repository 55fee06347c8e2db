import assert from "node:assert/strict";
import { addressRoutes } from "../../../server/api/addresses/routes.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { testHouse } from "../../support/house.ts";
import { type SignedInClient, startTestServer, type TestServer } from "../../support/http.ts";
import { wallet } from "../../support/wallets.ts";

type AddressBody = { id: string; recipient: string; created_at: string };

const DETAILS = {
  recipient: "Ada Lovelace",
  phone: "+44 20 7946 0000",
  country: "GB",
  region: "",
  city: "London",
  street: "12 St James's Square\nTop floor",
  postal_code: "SW1Y 4JH",
};

onBothDatabases((db) => {
  let server: TestServer;
  let ada: SignedInClient;
  let bob: SignedInClient;

  before(async () => {
    server = await startTestServer(testHouse(db.database()), (house) => [addressRoutes(house)]);
    ada = await server.signIn(wallet(1));
    bob = await server.signIn(wallet(2));
  });
  after(() => server.stop());

  it("keeps, changes and removes an address", async () => {
    const made = await ada.client.post<AddressBody>("/api/v1/addresses", DETAILS);
    assert.equal(made.status, 201);
    const { id } = made.body;
    assert.deepEqual(made.body, {
      ...DETAILS,
      id,
      created_at: made.body.created_at,
      updated_at: made.body.created_at,
    });

    assert.deepEqual((await ada.client.get(`/api/v1/addresses/${id}`)).body, made.body);
    const changed = await ada.client.put<AddressBody>(`/api/v1/addresses/${id}`, {
      ...DETAILS,
      recipient: "Ada King",
    });
    assert.equal(changed.body.recipient, "Ada King");
    assert.equal((await ada.client.delete(`/api/v1/addresses/${id}`)).status, 204);
    assert.equal((await ada.client.get(`/api/v1/addresses/${id}`)).status, 404);
  });

  it("answers the same for somebody else's address as for one that does not exist", async () => {
    const { body: hers } = await ada.client.post<AddressBody>("/api/v1/addresses", DETAILS);
    const path = `/api/v1/addresses/${hers.id}`;
    const unknown = "/api/v1/addresses/0190a0a0-0000-7000-8000-000000000000";
    for (const ask of [
      (at: string) => bob.client.get(at),
      (at: string) => bob.client.put(at, DETAILS),
      (at: string) => bob.client.delete(at),
    ]) {
      const [foreign, missing] = [await ask(path), await ask(unknown)];
      assert.equal(foreign.status, 404);
      assert.deepEqual({ ...foreign.body, request_id: "" }, { ...missing.body, request_id: "" });
    }
    assert.equal((await ada.client.get<AddressBody>(path)).body.recipient, DETAILS.recipient);
  });

  it("lists only one's own, newest first, by page and by cursor", async () => {
    const eve = await server.signIn(wallet(3));
    for (const name of ["one", "two", "three"])
      await eve.client.post("/api/v1/addresses", { ...DETAILS, recipient: name });
    type List = { total: number; current_page: number | null; next_cursor: string | null; data: AddressBody[] };
    const names = ({ data }: List) => data.map(({ recipient }) => recipient);

    const { body: first } = await eve.client.get<List>("/api/v1/addresses?per_page=2");
    assert.deepEqual(names(first), ["three", "two"]);
    assert.equal(first.total, 3);
    assert.equal(first.current_page, 1);
    const { body: second } = await eve.client.get<List>(`/api/v1/addresses?per_page=2&cursor=${first.next_cursor}`);
    assert.deepEqual(names(second), ["one"]);
    assert.equal(second.next_cursor, null);
    assert.deepEqual(names((await eve.client.get<List>("/api/v1/addresses?per_page=2&page=2")).body), ["one"]);
  });

  it("has room for a hundred", async () => {
    const full = await server.signIn(wallet(4));
    for (let n = 0; n < 100; n += 1) await full.client.post("/api/v1/addresses", DETAILS);
    const { status, body } = await full.client.post("/api/v1/addresses", DETAILS);
    assert.deepEqual([status, body.code], [409, "address_book_full"]);
  });

  for (const [field, values] of Object.entries({
    country: ["gb", "XX", "GBR", "", 7, null],
    phone: ["call me", "", "1", "+".repeat(20)],
    recipient: ["", "   ", "x".repeat(101), "Ada\nKing", "a\u0000b", "\ud800", "\u202eadA", ["Ada"], { first: "Ada" }],
    city: [undefined],
  }))
    it(`refuses a bad ${field} and names it`, async () => {
      for (const value of values) {
        const { status, body } = await ada.client.post("/api/v1/addresses", { ...DETAILS, [field]: value });
        assert.equal(status, 400, `${field} = ${JSON.stringify(value)}`);
        assert.equal((body.fields as { path: string }[])[0]?.path, field);
      }
    });

  it("writes twin names in one form and drops marks nobody sees", async () => {
    const decomposed = await ada.client.post<AddressBody>("/api/v1/addresses", {
      ...DETAILS,
      recipient: " Zoe\u0308\u200f ",
    });
    assert.equal(decomposed.body.recipient, "Zo\u00eb");
  });
});
