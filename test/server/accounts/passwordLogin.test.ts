import assert from "node:assert/strict";
import { VISITOR } from "../../../server/core/db/context.ts";
import { sql } from "../../../server/core/db/sql.ts";
import { hashPassword, isPassword } from "../../../server/modules/accounts/index.ts";
import { onBothDatabases } from "../../support/databases.ts";
import type { Answer } from "../../support/http.ts";
import { SetClock } from "./clock.ts";
import { type Failure, GOOD, People } from "./people.ts";

const clock = new SetClock();

onBothDatabases(
  (db) => {
    let people: People;
    before(async () => {
      people = await People.open(db, { clock, env: { LOGIN_ATTEMPTS: '{"account": 3, "network": 12}' } });
    });
    afterEach(() => clock.pass(16 * 60_000));
    after(() => people.stop());

    const failed = ({ status, body }: Answer<Failure>, expected: readonly [number, string]) =>
      assert.deepEqual([status, body.code], expected, JSON.stringify(body));
    const basic = (text: string | Buffer, scheme = "Basic") =>
      people.server.client.post<Failure & { access_token?: string }>("/api/v1/login", undefined, {
        authorization: `${scheme} ${Buffer.from(text).toString("base64")}`,
      });
    /** Without what differs for every request. */
    const bare = ({ status, headers, body }: Answer<Failure & { request_id?: string }>) => {
      const { request_id: _id, ...rest } = body;
      return { status, challenge: headers.get("www-authenticate"), ...rest };
    };

    describe("a registration", () => {
      it("makes a shopper without a wallet, whose address is not verified yet", async () => {
        const { status, body } = await people.register("Ada", { email: "Ada@Example.com", language: "zh" });
        assert.equal(status, 201);
        const { id: _id, created_at: _at, ...rest } = body;
        assert.deepEqual(rest, {
          name: "",
          username: "Ada",
          email: null,
          pending_email: "Ada@example.com",
          language: "zh",
          time_zone: "UTC",
          wallet: null,
          wallets: [],
          roles: ["shopper"],
        });
      });

      it("keeps nothing of the password but an argon2id hash", async () => {
        await people.register("bob");
        const { rows } = await db
          .database()
          .read(VISITOR, (ctx) => sql<{ password_hash: string }>(ctx.db, "SELECT password_hash FROM app_user"));
        for (const { password_hash: hash } of rows) assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
      });

      it("is refused for a name that is taken, in whatever case and width", async () => {
        for (const name of ["ada", "ADA", "ａｄａ"])
          failed(await people.register(name, { email: "x@example.com" }), [409, "username_taken"]);
      });

      it("has one winner among fifty of one name at once", async () => {
        const answers = await Promise.all(
          Array.from({ length: 50 }, (_, n) => people.register("popular", { email: `p${n}@example.com` })),
        );
        assert.equal(answers.filter(({ status }) => status === 201).length, 1);
        for (const answer of answers.filter(({ status }) => status !== 201)) failed(answer, [409, "username_taken"]);
      });

      const wrong: Record<string, [object, string]> = {
        "a short password": [{ password: "too short" }, "password_weak"],
        "a common password": [{ password: "Password123!" }, "password_weak"],
        "the name as password": [{ password: "somebody-1" }, "password_weak"],
        "a name with a space": [{ username: "some body" }, "validation_failed"],
        "a mail address without domain": [{ email: "somebody" }, "validation_failed"],
        "two mail addresses": [{ email: "a@example.com,b@example.com" }, "validation_failed"],
        "a header in its mail address": [{ email: "a@example.com\nBcc: b@example.com" }, "validation_failed"],
        "half a surrogate": [{ password: "\ud800 seven lanterns" }, "validation_failed"],
        "a NUL": [{ password: "seven\u0000lanterns" }, "validation_failed"],
        "a role": [{ roles: ["staff"] }, "unknown_field"],
        "a hash of its own": [{ password_hash: "x" }, "unknown_field"],
        "a language we do not speak": [{ language: "fr" }, "validation_failed"],
      };
      for (const [what, [details, code]] of Object.entries(wrong))
        it(`is refused with ${what}`, async () => failed(await people.register("somebody", details), [400, code]));

      it("takes no Idempotency-Key", async () => {
        const body = { username: "keyed", password: GOOD, email: "keyed@example.com" };
        const headers = { "idempotency-key": "register-once" };
        failed(await people.server.client.post("/api/v1/register", body, headers), [400, "idempotency_key_refused"]);
      });
    });

    describe("a login", () => {
      it("opens the same session as a wallet's, by JSON and by HTTP Basic", async () => {
        const { client, userId } = await people.enter("ADA");
        assert.equal((await client.get("/api/v1/me")).body.id, userId);
        const { status, body } = await basic(`ada:${GOOD}`, "bAsIc");
        assert.equal(status, 200);
        assert.equal((await people.server.client.as(body.access_token ?? "").get("/api/v1/me")).body.id, userId);
      });

      it("says the same for an unknown name and for a wrong password", async () => {
        const wrong = await people.login("ada", "not her password");
        failed(wrong, [401, "password_refused"]);
        assert.deepEqual(bare(await people.login("nobody-at-all", "not her password")), bare(wrong));
        const wrongBasic = await basic("ada:not her password");
        assert.deepEqual(bare(await basic("nobody-at-all:not her password")), bare(wrongBasic));
        assert.equal(bare(wrongBasic).challenge, 'Basic realm="tributary", charset="UTF-8"');
        assert.equal(bare(wrong).challenge, 'Bearer realm="tributary"');
      });

      it("takes as long for an unknown name, for it hashes there too", async () => {
        const hash = await hashPassword(GOOD);
        const timed = async (what: () => Promise<unknown>) => {
          const startedAt = performance.now();
          await what();
          return performance.now() - startedAt;
        };
        const hashing: number[] = [];
        const unknown: number[] = [];
        for (let round = 0; round < 6; round += 1) {
          hashing.push(await timed(() => isPassword("wrong", hash)));
          unknown.push(await timed(() => people.login(`ghost${round}`, "wrong")));
        }
        assert.ok(Math.min(...unknown) > Math.min(...hashing) / 2, `${unknown} ms, a hash alone ${hashing} ms`);
      });

      const malformed: Record<string, string> = {
        "no base64": "Basic ada:secret",
        nothing: "Basic",
        "no colon": `Basic ${Buffer.from("ada").toString("base64")}`,
        "no name": `Basic ${Buffer.from(`:${GOOD}`).toString("base64")}`,
        "a control character": `Basic ${Buffer.from("ada:a\u0000b").toString("base64")}`,
        "bytes that are no UTF-8": `Basic ${Buffer.from([0x61, 0x3a, 0xff, 0xfe]).toString("base64")}`,
        "something behind": `Basic ${Buffer.from(`ada:${GOOD}`).toString("base64")} x`,
        "another scheme": 'Digest username="ada"',
      };
      for (const [what, authorization] of Object.entries(malformed))
        it(`is challenged when the header has ${what}`, async () => {
          const answer = await people.server.client.post<Failure>("/api/v1/login", undefined, { authorization });
          failed(answer, [401, "unauthorized"]);
          assert.match(answer.headers.get("www-authenticate") ?? "", /^Basic /);
        });

      it("is one way or the other, not both", async () => {
        const headers = { authorization: `Basic ${Buffer.from(`ada:${GOOD}`).toString("base64")}` };
        const both = await people.server.client.post<Failure>(
          "/api/v1/login",
          { username: "ada", password: GOOD },
          headers,
        );
        failed(both, [400, "validation_failed"]);
      });

      it("has a password with a colon whole", async () => {
        await people.register("colon", { password: "a:long:password:here" });
        assert.equal((await basic("colon:a:long:password:here")).status, 200);
      });

      it("is no way into other doors by HTTP Basic", async () => {
        const headers = { authorization: `Basic ${Buffer.from(`ada:${GOOD}`).toString("base64")}` };
        failed(await people.server.client.get<Failure>("/api/v1/me", headers), [401, "unauthorized"]);
      });

      it("may fail so often against one name, existing or not, and then waits", async () => {
        for (const name of ["ada", "not-there"]) {
          for (let attempt = 0; attempt < 3; attempt += 1)
            failed(await people.login(name, "wrong"), [401, "password_refused"]);
          const answer = await people.login(name, GOOD);
          failed(answer, [429, "rate_limited"]);
          assert.ok(Number(answer.headers.get("retry-after")) > 800);
        }
        clock.pass(15 * 60_000 + 1);
        assert.equal((await people.login("ada")).status, 200);
      });

      it("lets no more guesses pass when they come at once", async () => {
        const answers = await Promise.all(Array.from({ length: 20 }, () => people.login("ada", "wrong at once")));
        assert.deepEqual(answers.filter(({ status }) => status === 401).length, 3);
        assert.deepEqual(answers.filter(({ status }) => status === 429).length, 17);
      });

      it("may fail so often from one network, against whomever", async () => {
        for (let attempt = 0; attempt < 12; attempt += 1)
          failed(await people.login(`guess${attempt}`, "wrong"), [401, "password_refused"]);
        failed(await people.login("colon", "a:long:password:here"), [429, "rate_limited"]);
      });

      it("counts failures only", async () => {
        for (let attempt = 0; attempt < 15; attempt += 1) assert.equal((await people.login("ada")).status, 200);
        failed(await people.login("ada", "wrong"), [401, "password_refused"]);
        assert.equal((await people.login("ada")).status, 200);
      });

      it("is refused by what is no text", async () => {
        for (const body of [
          { username: ["ada"], password: GOOD },
          { username: "ada" },
          { username: "ada", password: 1 },
          [],
        ])
          failed(await people.server.client.post<Failure>("/api/v1/login", body), [400, "validation_failed"]);
      });
    });
  },
  { clock },
);
