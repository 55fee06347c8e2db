import assert from "node:assert/strict";
import { VISITOR } from "../../../server/core/db/context.ts";
import { sql } from "../../../server/core/db/sql.ts";
import { onBothDatabases } from "../../support/databases.ts";
import type { Answer } from "../../support/http.ts";
import { wallet } from "../../support/wallets.ts";
import { SetClock } from "./clock.ts";
import { type Failure, GOOD, People } from "./people.ts";

const clock = new SetClock();
const HOUR_MS = 3_600_000;
const NEXT = "eight purple lanterns";

onBothDatabases(
  (db) => {
    let people: People;
    before(async () => {
      people = await People.open(db, { clock });
    });
    after(() => people.stop());

    const failed = ({ status, body }: Answer<Failure>, expected: readonly [number, string]) =>
      assert.deepEqual([status, body.code], expected, JSON.stringify(body));

    describe("a mail address", () => {
      it("is verified by the code that was mailed to it, once", async () => {
        const { client } = await people.join("ada");
        const code = await people.code("ada@example.com", /confirm/i);
        const answers = await Promise.all(Array.from({ length: 20 }, () => people.verify(code)));
        assert.equal(answers.filter(({ status }) => status === 204).length, 1);
        for (const answer of answers.filter(({ status }) => status !== 204))
          failed(answer, [400, "mail_token_refused"]);
        const { body } = await client.get("/api/v1/me");
        assert.deepEqual([body.email, body.pending_email], ["ada@example.com", null]);
      });

      it("is not verified by a code that has expired, is another's or is none", async () => {
        await people.join("late");
        const code = await people.code("late@example.com", /confirm/i);
        for (const other of [code.slice(0, -2).padEnd(43, "A"), "A".repeat(43)])
          failed(await people.verify(other), [400, "mail_token_refused"]);
        failed(await people.verify("x"), [400, "validation_failed"]);
        failed(await people.reset(code, NEXT), [400, "mail_token_refused"]);
        clock.pass(24 * HOUR_MS);
        failed(await people.verify(code), [400, "mail_token_refused"]);
      });

      it("is mailed again when asked, a few times an hour", async () => {
        let { client } = await people.join("again");
        const again = () => client.post<Failure>("/api/v1/email/verification");
        for (let mail = 1; mail < 5; mail += 1) assert.equal((await again()).status, 202);
        failed(await again(), [429, "rate_limited"]);
        await people.quiet();
        assert.equal(people.lettersTo("again@example.com").length, 5);
        clock.pass(HOUR_MS + 1);
        ({ client } = await people.enter("again"));
        assert.equal((await again()).status, 202);
        await people.quiet();
        assert.equal((await people.verify(await people.code("again@example.com", /confirm/i))).status, 204);
        failed(await again(), [409, "email_verified_already"]);
      });

      it("belongs to who verifies it first, and whoever else asks learns nothing", async () => {
        const first = await people.register("owner", { email: "shared@example.com" });
        const second = await people.register("squatter", { email: "Shared@example.com" });
        assert.deepEqual([first.status, second.status], [201, 201]);
        assert.equal((await people.verify(await people.code("shared@example.com", /confirm/i))).status, 204);
        failed(await people.verify(await people.code("Shared@example.com", /confirm/i)), [409, "email_taken"]);

        const third = await people.register("curious", { email: "shared@example.com" });
        const fourth = await people.register("curious2", { email: "unshared@example.com" });
        assert.deepEqual(Object.keys(third.body), Object.keys(fourth.body));
        assert.equal(third.status, fourth.status);
        const letter = await people.letter("shared@example.com", /account already/);
        assert.match(letter.text, /owner/);
        assert.doesNotMatch(letter.text, /^[\w-]{43}$/m);
      });

      it("changes once the new one is verified, and only by the password", async () => {
        const { client } = await people.joinVerified("mover");
        const change = (body: object) => client.patch<Failure & Record<string, unknown>>("/api/v1/me", body);
        failed(await change({ email: "moved@example.com" }), [403, "current_password_wrong"]);
        failed(await change({ email: "moved@example.com", password: "wrong" }), [403, "current_password_wrong"]);
        const { body } = await change({ email: "moved@example.com", password: GOOD });
        assert.deepEqual([body.email, body.pending_email], ["mover@example.com", "moved@example.com"]);
        await people.forgot("mover@example.com");
        const oldReset = await people.code("mover@example.com", /reset/i);
        assert.equal((await people.verify(await people.code("moved@example.com", /confirm/i))).status, 204);
        assert.equal((await client.get("/api/v1/me")).body.email, "moved@example.com");
        await people.letter("mover@example.com", /address was changed/);
        failed(await people.reset(oldReset, NEXT), [400, "mail_token_refused"]);
      });

      it("is verified by the newest address's code only", async () => {
        const { client } = await people.join("fickle");
        const code = await people.code("fickle@example.com", /confirm/i);
        await client.patch("/api/v1/me", { email: "fickle2@example.com", password: GOOD });
        failed(await people.verify(code), [400, "mail_token_refused"]);
      });
    });

    describe("a forgotten password", () => {
      it("is answered alike for every address", async () => {
        await people.joinVerified("forgetful");
        const known = await people.forgot("forgetful@example.com");
        const unknown = await people.forgot("stranger@example.com");
        assert.deepEqual([known.status, known.body], [202, ""]);
        assert.deepEqual([unknown.status, unknown.body], [202, ""]);
        await people.letter("forgetful@example.com", /reset/i);
        await people.quiet();
        assert.equal(people.lettersTo("stranger@example.com").length, 0);
      });

      it("is replaced by a mailed code, once, and all logins end", async () => {
        const here = await people.enter("forgetful");
        const code = await people.code("forgetful@example.com", /reset/i);
        failed(await people.reset(code, "Password123!"), [400, "password_weak"]);
        const answers = await Promise.all([people.reset(code, NEXT), people.reset(code, NEXT)]);
        assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 400]);
        assert.equal((await here.client.get("/api/v1/me")).status, 401);
        const { refresh_token } = here.tokens;
        failed(await people.server.client.post<Failure>("/api/v1/token/refresh", { refresh_token }), [
          401,
          "refresh_token_refused",
        ]);
        failed(await people.login("forgetful"), [401, "password_refused"]);
        assert.equal((await people.login("forgetful", NEXT)).status, 200);
        await people.letter("forgetful@example.com", /password was changed/);
      });

      it("leaves nobody in who signed in with the old one meanwhile", async () => {
        await people.joinVerified("hunted");
        await people.forgot("hunted@example.com");
        const code = await people.code("hunted@example.com", /reset/i);
        const logins = Array.from({ length: 9 }, () => people.login("hunted"));
        const [reset, ...answers] = await Promise.all([people.reset(code, NEXT), ...logins]);
        assert.equal(reset.status, 204);
        for (const { status, body } of answers)
          if (status === 200)
            assert.equal((await people.server.client.as(body.access_token).get("/api/v1/me")).status, 401);
      });

      it("is not replaced after an hour, nor by an older code once it was", async () => {
        await people.joinVerified("slow");
        await people.forgot("slow@example.com");
        const first = await people.code("slow@example.com", /reset/i);
        await people.forgot("slow@example.com");
        await people.quiet();
        const second = await people.code("slow@example.com", /reset/i);
        assert.notEqual(first, second);
        assert.equal((await people.reset(second, NEXT)).status, 204);
        failed(await people.reset(first, GOOD), [400, "mail_token_refused"]);
        await people.forgot("slow@example.com");
        await people.quiet();
        const third = await people.code("slow@example.com", /reset/i);
        clock.pass(HOUR_MS);
        failed(await people.reset(third, GOOD), [400, "mail_token_refused"]);
      });

      it("is mailed to verified addresses only, and not without end", async () => {
        await people.join("unverified");
        await people.forgot("unverified@example.com");
        await people.joinVerified("bombed");
        for (let mail = 0; mail < 8; mail += 1) await people.forgot("bombed@example.com");
        await people.quiet();
        assert.equal(people.lettersTo("unverified@example.com", /reset/i).length, 0);
        assert.equal(people.lettersTo("bombed@example.com", /reset/i).length, 5);
      });

      it("frees a name that too many have guessed at", async () => {
        await people.joinVerified("guessed");
        for (let attempt = 0; attempt < 10; attempt += 1) await people.login("guessed", "wrong");
        failed(await people.login("guessed"), [429, "rate_limited"]);
        await people.forgot("guessed@example.com");
        assert.equal((await people.reset(await people.code("guessed@example.com", /reset/i), NEXT)).status, 204);
        assert.equal((await people.login("guessed", NEXT)).status, 200);
      });

      it("is none of somebody's who signs in by wallet", async () => {
        const { client } = await people.server.signIn(wallet(5));
        await client.patch("/api/v1/me", { email: "purse@example.com" });
        await people.verify(await people.code("purse@example.com", /confirm/i));
        await people.forgot("purse@example.com");
        await people.letter("purse@example.com", /no password/);
      });
    });

    it("are nowhere in the tables", async () => {
      await people.joinVerified("secretive");
      await people.forgot("secretive@example.com");
      const code = await people.code("secretive@example.com", /reset/i);
      for (const table of ["account_token", "task"]) {
        const { rows } = await db.database().read(VISITOR, (ctx) => sql(ctx.db, `SELECT * FROM ${table}`));
        assert.ok(rows.length > 0);
        assert.doesNotMatch(JSON.stringify(rows), new RegExp(code), table);
      }
    });
  },
  { clock },
);
