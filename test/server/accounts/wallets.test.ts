import assert from "node:assert/strict";
import type { LocalAccount } from "viem";
import { type ReadContext, VISITOR } from "../../../server/core/db/context.ts";
import { ownWallet, walletOf, walletsOf } from "../../../server/modules/accounts/index.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { type Answer, loginMessage, type NonceAnswer, type SignedInClient, type Tokens } from "../../support/http.ts";
import { wallet } from "../../support/wallets.ts";
import { type Failure, GOOD, People } from "./people.ts";

type UserAnswer = Answer<Tokens["user"] & Failure>;

onBothDatabases((db) => {
  let people: People;
  before(async () => {
    people = await People.open(db);
  });
  after(() => people.stop());

  const failed = ({ status, body }: Answer<Failure>, expected: readonly [number, string]) =>
    assert.deepEqual([status, body.code], expected, JSON.stringify(body));
  const proof = async (account: LocalAccount) => {
    const nonce = await people.server.client.post<NonceAnswer>("/api/v1/auth/nonce", {});
    const message = loginMessage(account, nonce.body);
    return { message, signature: await account.signMessage({ message }) };
  };
  const link = async (who: SignedInClient, account: LocalAccount): Promise<UserAnswer> =>
    who.client.post("/api/v1/me/wallets", await proof(account));
  const unlink = (who: SignedInClient, account: LocalAccount) =>
    who.client.delete<Failure>(`/api/v1/me/wallets/${account.address}`);
  const makePrimary = (who: SignedInClient, account: LocalAccount): Promise<UserAnswer> =>
    who.client.put(`/api/v1/me/wallets/${account.address}/primary`);
  const shown = ({ body }: UserAnswer) => body.wallets.map(({ address, primary }) => [address, primary]);

  it("is linked by its own signature, and then signs the same user in", async () => {
    const ada = await people.joinVerified("ada");
    const linked = await link(ada, wallet(30));
    assert.equal(linked.status, 201);
    assert.deepEqual(shown(linked), [[wallet(30).address, true]]);
    assert.equal(linked.body.wallet, wallet(30).address);
    await link(ada, wallet(31));
    assert.equal((await people.server.signIn(wallet(31))).userId, ada.userId);
    assert.equal((await people.enter("ada")).userId, ada.userId);
    assert.match((await people.letter("ada@example.com", /wallet was linked/)).text, new RegExp(wallet(31).address));
  });

  it("is linked once, however often it is said", async () => {
    const ada = await people.enter("ada");
    assert.equal((await link(ada, wallet(30))).status, 201);
    assert.deepEqual(shown(await ada.client.get("/api/v1/me")), [
      [wallet(30).address, true],
      [wallet(31).address, false],
    ]);
  });

  it("is refused when it is somebody else's, whoever asks first of many", async () => {
    const bob = await people.join("bob");
    failed(await link(bob, wallet(30)), [409, "wallet_taken"]);
    const many = await Promise.all(Array.from({ length: 10 }, (_, n) => people.join(`racer${n}`)));
    const answers = await Promise.all(many.map((who) => link(who, wallet(32))));
    assert.equal(answers.filter(({ status }) => status === 201).length, 1);
    assert.equal(answers.filter(({ status }) => status === 409).length, 9);
  });

  it("needs a nonce that nobody has used, and its own signature", async () => {
    const bob = await people.enter("bob");
    const once = await proof(wallet(33));
    const post = (body: object) => bob.client.post<Failure>("/api/v1/me/wallets", body);
    failed(await post({ ...once, signature: (await proof(wallet(34))).signature }), [401, "login_refused"]);
    assert.equal((await post(once)).status, 201);
    failed(await post(once), [401, "login_refused"]);
    failed(await people.server.client.post<Failure>("/api/v1/auth/wallet", once), [401, "login_refused"]);
    failed(await people.server.client.post<Failure>("/api/v1/me/wallets", await proof(wallet(34))), [
      401,
      "unauthorized",
    ]);
  });

  it("may be the primary one, and the oldest follows when that goes", async () => {
    const ada = await people.enter("ada");
    assert.deepEqual(shown(await makePrimary(ada, wallet(31))), [
      [wallet(31).address, true],
      [wallet(30).address, false],
    ]);
    assert.equal((await unlink(ada, wallet(31))).status, 204);
    assert.deepEqual(shown(await ada.client.get("/api/v1/me")), [[wallet(30).address, true]]);
    assert.notEqual((await people.server.signIn(wallet(31))).userId, ada.userId);
  });

  it("of somebody else or of nobody is not there", async () => {
    const bob = await people.enter("bob");
    for (const account of [wallet(30), wallet(99)]) {
      failed(await unlink(bob, account), [404, "not_found"]);
      failed(await makePrimary(bob, account), [404, "not_found"]);
    }
    failed(await bob.client.delete<Failure>("/api/v1/me/wallets/0x12"), [400, "validation_failed"]);
  });

  it("is not unlinked while it is the last way in, also not two at once", async () => {
    const purse = await people.server.signIn(wallet(40));
    failed(await unlink(purse, wallet(40)), [409, "last_way_in"]);
    await link(purse, wallet(41));
    const answers = await Promise.all([unlink(purse, wallet(40)), unlink(purse, wallet(41))]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 409]);
    const first = await people.server.client.post<Tokens>("/api/v1/auth/wallet", await proof(wallet(40)));
    const second = await people.server.client.post<Tokens>("/api/v1/auth/wallet", await proof(wallet(41)));
    assert.equal([first, second].filter(({ body }) => body.user.id === purse.userId).length, 1);
  });

  it("takes the logins it may have opened with it", async () => {
    const ada = await people.enter("ada");
    const byWallet = await people.server.signIn(wallet(30));
    assert.equal((await unlink(ada, wallet(30))).status, 204);
    assert.equal((await byWallet.client.get("/api/v1/me")).status, 401);
    assert.equal((await ada.client.get("/api/v1/me")).status, 200);
  });

  it("of the staff makes staff while it is linked", async () => {
    const bob = await people.enter("bob");
    const roles = async () => (await bob.client.get<Tokens["user"]>("/api/v1/me")).body.roles;
    await link(bob, wallet(18));
    assert.deepEqual(await roles(), ["shopper", "staff"]);
    await unlink(bob, wallet(18));
    assert.deepEqual(await roles(), ["shopper"]);
  });

  it("is what other rooms act with: the primary one, or another of their own", async () => {
    const carol = await people.join("carol");
    const read = <T>(verb: (ctx: ReadContext) => Promise<T>) => db.database().read(VISITOR, verb);
    const missing = { code: "wallet_missing", status: 409 };
    await assert.rejects(
      read((ctx) => walletOf(ctx, carol.userId)),
      missing,
    );
    await assert.rejects(
      read((ctx) => ownWallet(ctx, carol.userId)),
      missing,
    );
    assert.deepEqual(await read((ctx) => walletsOf(ctx, carol.userId)), []);
    await link(carol, wallet(50));
    await link(carol, wallet(51));
    assert.equal(await read((ctx) => walletOf(ctx, carol.userId)), wallet(50).address);
    assert.equal(await read((ctx) => ownWallet(ctx, carol.userId, wallet(51).address)), wallet(51).address);
    await assert.rejects(
      read((ctx) => ownWallet(ctx, carol.userId, wallet(40).address)),
      { code: "wallet_not_linked", status: 409 },
    );
  });

  describe("A profile", () => {
    it("has a name, a language and a time zone", async () => {
      const dora = await people.join("dora");
      const { status, body } = await dora.client.patch<Tokens["user"]>("/api/v1/me", {
        name: "  朵拉  ",
        language: "zh",
        time_zone: "Asia/Shanghai",
      });
      assert.equal(status, 200);
      assert.deepEqual([body.name, body.language, body.time_zone], ["朵拉", "zh", "Asia/Shanghai"]);
      const again = await dora.client.patch<Tokens["user"]>("/api/v1/me", { name: "" });
      assert.deepEqual([again.body.name, again.body.language], ["", "zh"]);
      assert.equal((await dora.client.patch("/api/v1/me", {})).status, 200);
    });

    it("takes nothing that is not the user's to say", async () => {
      const dora = await people.enter("dora");
      const wrong: [object, string][] = [
        [{ roles: ["staff"] }, "unknown_field"],
        [{ username: "root" }, "unknown_field"],
        [{ pending_email: "a@example.com" }, "unknown_field"],
        [{ time_zone: "Mars/Olympus" }, "validation_failed"],
        [{ language: "xx" }, "validation_failed"],
        [{ name: "a\u202eb" }, "validation_failed"],
        [{ email: null }, "validation_failed"],
      ];
      for (const [body, code] of wrong) failed(await dora.client.patch<Failure>("/api/v1/me", body), [400, code]);
    });
  });

  describe("A password", () => {
    const change = (who: SignedInClient, body: object) => who.client.post<Failure>("/api/v1/password", body);
    const NEXT = "eight purple lanterns";

    it("is changed by whoever knows it, and ends their other logins", async () => {
      const erin = await people.join("erin");
      const elsewhere = await people.enter("erin");
      failed(await change(erin, { next: NEXT }), [403, "current_password_wrong"]);
      failed(await change(erin, { current: "wrong", next: NEXT }), [403, "current_password_wrong"]);
      failed(await change(erin, { current: GOOD, next: "erin erin erin" }), [400, "password_weak"]);
      failed(await change(erin, { current: GOOD, next: NEXT, username: "erin2" }), [409, "username_kept"]);
      assert.equal((await change(erin, { current: GOOD, next: NEXT })).status, 204);
      assert.equal((await erin.client.get("/api/v1/me")).status, 200);
      assert.equal((await elsewhere.client.get("/api/v1/me")).status, 401);
      failed(await people.login("erin"), [401, "password_refused"]);
      assert.equal((await people.login("erin", NEXT)).status, 200);
    });

    it("is guessed at no more often here than at the login", async () => {
      const frank = await people.join("frank");
      for (let attempt = 0; attempt < 10; attempt += 1) await change(frank, { current: "wrong", next: NEXT });
      failed(await change(frank, { current: GOOD, next: NEXT }), [429, "rate_limited"]);
    });

    it("is had by who came with a wallet, together with a user name", async () => {
      const gina = await people.server.signIn(wallet(60));
      failed(await change(gina, { next: NEXT }), [400, "username_needed"]);
      failed(await change(gina, { next: NEXT, username: "ERIN" }), [409, "username_taken"]);
      failed(await change(gina, { current: GOOD, next: NEXT, username: "gina" }), [403, "current_password_wrong"]);
      assert.equal((await change(gina, { next: NEXT, username: "Gina" })).status, 204);
      assert.equal((await people.enter("gina", NEXT)).userId, gina.userId);
      assert.equal((await unlink(gina, wallet(60))).status, 204);
    });

    it("with a name that several want at once is one's", async () => {
      const wanting = await Promise.all(Array.from({ length: 8 }, (_, n) => people.server.signIn(wallet(70 + n))));
      const answers = await Promise.all(wanting.map((who) => change(who, { next: NEXT, username: "wanted" })));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [204, ...Array<number>(7).fill(409)]);
      for (const answer of answers.filter(({ status }) => status === 409)) failed(answer, [409, "username_taken"]);
    });
  });
});
