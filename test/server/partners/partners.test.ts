import assert from "node:assert/strict";
import { partnerRoutes } from "../../../server/api/partners/routes.ts";
import { VISITOR } from "../../../server/core/db/context.ts";
import { agentByCode } from "../../../server/modules/partners/index.ts";
import { partnerReview } from "../../../server/modules/partners/rules.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { testHouse } from "../../support/house.ts";
import { type Answer, type SignedInClient, startTestServer, type TestServer, type Tokens } from "../../support/http.ts";
import { wallet } from "../../support/wallets.ts";

type PartnerBody = {
  id: string;
  kind: string;
  code: string;
  name: string;
  owner_id: string;
  payee: string;
  commission_ppm: number;
  state: string;
  note: string;
  reviewed_at: string | null;
};
type Failure = { code?: string };
type List = { total: number; next_cursor: string | null; data: PartnerBody[] };

onBothDatabases((db) => {
  let server: TestServer;
  let ada: SignedInClient;
  let bob: SignedInClient;
  let staff: SignedInClient;
  before(async () => {
    server = await startTestServer(testHouse(db.database()), (house) => [partnerRoutes(house)]);
    ada = await server.signIn(wallet(1));
    bob = await server.signIn(wallet(2));
    staff = await server.signIn(wallet(18));
  });
  after(() => server.stop());

  const failed = ({ status, body }: Answer<Failure>, expected: readonly [number, string]) =>
    assert.deepEqual([status, body.code], expected, JSON.stringify(body));
  const apply = (who: SignedInClient, details: object = {}) =>
    who.client.post<PartnerBody>("/api/v1/partners", {
      kind: "agent",
      name: "Ada's links",
      payee: wallet(1).address,
      ...details,
    });
  const decide = (id: string, verdict: "approve" | "reject", body?: object, who = staff) =>
    who.client.post<PartnerBody>(`/api/v1/partners/${id}/${verdict}`, body);
  const rolesOf = async (who: SignedInClient) => (await who.client.get<Tokens["user"]>("/api/v1/me")).body.roles;
  const agent = (code: string) => db.database().read(VISITOR, (ctx) => agentByCode(ctx, code));

  it("applies, is approved, and then has the role and a commission", async () => {
    const { status, body } = await apply(ada, { code: "ada2026" });
    assert.equal(status, 201);
    assert.deepEqual(
      [body.kind, body.code, body.state, body.commission_ppm, body.reviewed_at],
      ["agent", "ADA2026", "pending", 0, null],
    );
    assert.equal(await agent("ADA2026"), undefined);
    assert.deepEqual(await rolesOf(ada), ["shopper"]);

    const approved = await decide(body.id, "approve", { note: "welcome", commission_ppm: 20_000 });
    assert.deepEqual([approved.status, approved.body.state, approved.body.commission_ppm], [200, "approved", 20_000]);
    assert.deepEqual(await rolesOf(ada), ["agent", "shopper"]);
    const found = await agent(" ada2026");
    assert.deepEqual([found?.id, found?.payee, found?.commissionPpm], [body.id, wallet(1).address, 20_000]);
    assert.deepEqual((await ada.client.get<PartnerBody>(`/api/v1/partners/${body.id}`)).body.note, "welcome");
  });

  it("has a code of its own unless it says one, and no other has it", async () => {
    const made = await apply(ada);
    assert.match(made.body.code, /^[2-9A-Z]{8}$/);
    failed(await apply(bob, { code: "Ada2026" }), [409, "partner_code_taken"]);
    const answers = await Promise.all(Array.from({ length: 5 }, () => apply(bob, { code: "SHARED" })));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409]);
  });

  it("is decided by staff, and by one of two at once", async () => {
    const { body } = await apply(bob);
    failed(await decide(body.id, "approve", undefined, bob), [403, "forbidden"]);
    failed(await decide(body.id, "reject", { note: "mine" }, bob), [403, "forbidden"]);
    const answers = await Promise.all([1, 2, 3].map(() => decide(body.id, "approve")));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409]);
    failed(await decide(body.id, "approve"), [409, "partner_decided"]);
    failed(await decide("0190a0a0-0000-7000-8000-000000000000", "approve"), [404, "partner_not_found"]);
  });

  it("loses the role with the last one of its kind", async () => {
    const carol = await server.signIn(wallet(3));
    const first = await apply(carol, { kind: "carrier" });
    const second = await apply(carol, { kind: "carrier" });
    await decide(first.body.id, "approve");
    await decide(second.body.id, "approve");
    failed(await decide(first.body.id, "reject"), [400, "validation_failed"]);
    assert.equal((await decide(first.body.id, "reject", { note: "late parcels" })).body.state, "rejected");
    assert.deepEqual(await rolesOf(carol), ["carrier", "shopper"]);
    await decide(second.body.id, "reject", { note: "late parcels" });
    assert.deepEqual(await rolesOf(carol), ["shopper"]);
    assert.equal((await decide(second.body.id, "approve")).body.state, "approved");
    assert.deepEqual(await rolesOf(carol), ["carrier", "shopper"]);
  });

  it("has a commission that staff say, if it is an agent", async () => {
    const carrier = await apply(bob, { kind: "carrier" });
    const set = (id: string, commission_ppm: unknown, who = staff) =>
      who.client.patch<PartnerBody>(`/api/v1/partners/${id}`, { commission_ppm });
    failed(await set(carrier.body.id, 1), [409, "partner_no_agent"]);
    failed(await decide(carrier.body.id, "approve", { commission_ppm: 1 }), [409, "partner_no_agent"]);
    assert.equal((await ada.client.get(`/api/v1/partners/${carrier.body.id}`)).status, 404);
    const own = await apply(bob);
    assert.equal((await set(own.body.id, 500_000)).body.commission_ppm, 500_000);
    for (const wrong of [-1, 500_001, 1.5, "1", null])
      failed(await set(own.body.id, wrong), [400, "validation_failed"]);
    failed(await set(own.body.id, 1, bob), [403, "forbidden"]);
  });

  it("has a payee that can be paid", async () => {
    const escrow = testHouse(db.database()).config.chain.escrow;
    failed(await apply(bob, { payee: escrow }), [400, "payee_refused"]);
    failed(await apply(bob, { payee: "0x0000000000000000000000000000000000000000" }), [400, "validation_failed"]);
  });

  it("is refused with what is no partner", async () => {
    const wrong: [object, string][] = [
      [{ kind: "merchant" }, "validation_failed"],
      [{ code: "a b" }, "validation_failed"],
      [{ code: "abc" }, "validation_failed"],
      [{ name: "" }, "validation_failed"],
      [{ state: "approved" }, "unknown_field"],
      [{ commission_ppm: 1 }, "unknown_field"],
      [{ owner_id: ada.userId }, "unknown_field"],
    ];
    for (const [details, code] of wrong) failed(await apply(bob, details), [400, code]);
  });

  it("is listed to its owner, and to staff with all others, by state", async () => {
    const list = async (who: SignedInClient, query = "") =>
      (await who.client.get<List>(`/api/v1/partners${query}`)).body;
    const adas = await list(ada);
    assert.deepEqual([adas.total, new Set(adas.data.map(({ owner_id }) => owner_id))], [2, new Set([ada.userId])]);
    assert.deepEqual(
      (await list(ada, "?state=approved")).data.map(({ code }) => code),
      ["ADA2026"],
    );
    const everybodys = await list(staff);
    assert.ok(everybodys.total > adas.total);
    const pending = await list(staff, "?state=pending&per_page=1");
    assert.deepEqual(
      pending.data.map(({ state }) => state),
      ["pending"],
    );
    const next = await list(staff, `?state=pending&per_page=1&cursor=${pending.next_cursor}`);
    assert.ok((next.data[0]?.id ?? "z") < (pending.data[0]?.id ?? ""));
    assert.equal((await server.client.get("/api/v1/partners")).status, 401);
    failed(await ada.client.get<Failure>("/api/v1/partners?state=x"), [400, "validation_failed"]);
  });

  it("is applied for so often, and no more", async () => {
    const eager = await server.signIn(wallet(4));
    const answers = await Promise.all(Array.from({ length: 24 }, () => apply(eager)));
    assert.equal(answers.filter(({ status }) => status === 201).length, 20);
    for (const answer of answers.filter(({ status }) => status !== 201)) failed(answer, [409, "partners_full"]);
  });
});

describe("The review of a partner", () => {
  it("never makes one wait again", () =>
    assert.deepEqual(
      partnerReview.states.filter((state) => partnerReview.can(state, "pending")),
      [],
    ));
});
