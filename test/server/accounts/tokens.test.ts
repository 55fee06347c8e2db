import assert from "node:assert/strict";
import { createSecretKey, generateKeyPairSync } from "node:crypto";
import { type JWTHeaderParameters, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { addressRoutes } from "../../../server/api/addresses/routes.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { testHouse } from "../../support/house.ts";
import { type SignedInClient, startTestServer, type TestServer, type Tokens } from "../../support/http.ts";
import { wallet } from "../../support/wallets.ts";
import { SetClock } from "./clock.ts";

const clock = new SetClock();
const DAY_MS = 24 * 3_600_000;

onBothDatabases(
  (db) => {
    let server: TestServer;
    let secret: ReturnType<typeof createSecretKey>;

    before(async () => {
      const house = testHouse(db.database(), { clock });
      secret = createSecretKey(house.config.jwtSecret, "utf8");
      server = await startTestServer(house, (its) => [addressRoutes(its)]);
    });
    after(() => server.stop());

    const me = async (token: string) => (await server.client.as(token).get("/api/v1/me")).status;
    const refresh = (token: string) =>
      server.client.post<Tokens & { code?: string }>("/api/v1/token/refresh", { refresh_token: token });

    describe("an access token", () => {
      let ada: SignedInClient;
      let claims: JWTPayload;

      beforeEach(async () => {
        ada = await server.signIn(wallet(1));
        claims = JSON.parse(Buffer.from(ada.tokens.access_token.split(".")[1] ?? "", "base64url").toString());
      });

      const forge = (
        change: JWTPayload,
        header: JWTHeaderParameters = { alg: "HS256", typ: "at+jwt" },
        key: Parameters<SignJWT["sign"]>[0] = secret,
      ) => new SignJWT({ ...claims, ...change }).setProtectedHeader(header).sign(key);

      it("is taken when it is right", async () => {
        assert.equal(await me(ada.tokens.access_token), 200);
        assert.equal(await me(await forge({})), 200);
      });

      it("carries no roles, and roles in it count for nothing", async () => {
        assert.equal(claims.roles, undefined);
        const { body } = await server.client.as(await forge({ roles: ["staff"] })).get("/api/v1/me");
        assert.deepEqual(body.roles, ["shopper"]);
      });

      it("is refused with alg none", async () => {
        assert.equal(await me(new UnsecuredJWT(claims).encode()), 401);
        const [, payload] = ada.tokens.access_token.split(".");
        for (const alg of ["none", "None", "NONE", ""]) {
          const header = Buffer.from(JSON.stringify({ alg, typ: "at+jwt" })).toString("base64url");
          assert.equal(await me(`${header}.${payload}.`), 401, alg);
        }
      });

      it("is refused under another algorithm or key, whatever its header says of keys", async () => {
        assert.equal(await me(await forge({}, { alg: "HS512", typ: "at+jwt" })), 401);
        const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
        assert.equal(await me(await forge({}, { alg: "RS256", typ: "at+jwt" }, privateKey)), 401);
        const publicText = createSecretKey(Buffer.from(publicKey.export({ type: "spki", format: "pem" })));
        assert.equal(await me(await forge({}, { alg: "HS256", typ: "at+jwt" }, publicText)), 401);
        const empty = createSecretKey(Buffer.alloc(32));
        for (const kid of ["../../../dev/null", "/dev/null", "' UNION SELECT 'a"])
          assert.equal(await me(await forge({}, { alg: "HS256", typ: "at+jwt", kid }, empty)), 401, kid);
        const jwk = publicKey.export({ format: "jwk" });
        assert.equal(await me(await forge({}, { alg: "RS256", typ: "at+jwt", jwk }, privateKey)), 401);
      });

      it("is refused for another audience, issuer or use", async () => {
        for (const aud of ["https://evil.example", "http://localhost:3000", ""])
          assert.equal(await me(await forge({ aud })), 401);
        for (const iss of ["https://evil.example", "http://localhost:3000/", ""])
          assert.equal(await me(await forge({ iss })), 401);
        assert.equal(await me(await forge({}, { alg: "HS256", typ: "JWT" })), 401);
        assert.equal(await me(await forge({}, { alg: "HS256" })), 401);
      });

      it("is refused without one of its claims, or with another's session", async () => {
        for (const name of ["iss", "aud", "sub", "sid", "jti", "iat", "exp"]) {
          const { [name]: _, ...rest } = claims;
          const token = await new SignJWT(rest).setProtectedHeader({ alg: "HS256", typ: "at+jwt" }).sign(secret);
          assert.equal(await me(token), 401, name);
        }
        const bob = await server.signIn(wallet(2));
        assert.equal(await me(await forge({ sub: bob.userId })), 401);
      });

      it("is refused when it was tampered with", async () => {
        const [header, , signature] = ada.tokens.access_token.split(".");
        const other = Buffer.from(JSON.stringify({ ...claims, sub: "0190a0a0-0000-7000-8000-000000000000" }));
        assert.equal(await me(`${header}.${other.toString("base64url")}.${signature}`), 401);
        for (const junk of ["x", "a.b.c", "....", "Bearer"]) assert.equal(await me(junk), 401, junk);
      });

      it("is refused after a quarter of an hour", async () => {
        clock.pass(899_000);
        assert.equal(await me(ada.tokens.access_token), 200);
        clock.pass(2_000);
        assert.equal(await me(ada.tokens.access_token), 401);
      });

      it("is refused once its session is revoked", async () => {
        const elsewhere = await server.signIn(wallet(1));
        assert.equal((await ada.client.post("/api/v1/logout")).status, 204);
        assert.equal(await me(ada.tokens.access_token), 401);
        assert.equal((await refresh(ada.tokens.refresh_token)).status, 401);
        assert.equal(await me(elsewhere.tokens.access_token), 200, "other logins go on");
      });

      it("is taken from the Authorization header as Bearer, and from nowhere else", async () => {
        const token = ada.tokens.access_token;
        const basic = Buffer.from(`${ada.userId}:${token}`).toString("base64");
        for (const headers of [
          { authorization: token },
          { authorization: `Basic ${basic}` },
          { authorization: `Bearer ${token} ${token}` },
          { authorization: "Bearer " },
          { cookie: `access_token=${token}` },
          { "x-api-key": token },
        ]) {
          const answer = await server.client.get("/api/v1/me", headers);
          assert.equal(answer.status, 401);
          assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer/);
        }
        assert.equal((await server.client.get(`/api/v1/me?access_token=${token}`)).status, 401);
      });
    });

    describe("a refresh token", () => {
      it("is good for one use", async () => {
        const { tokens } = await server.signIn(wallet(3));
        const next = await refresh(tokens.refresh_token);
        assert.equal(next.status, 200);
        assert.equal(next.body.user.id, tokens.user.id);
        assert.equal(await me(next.body.access_token), 200);
        assert.equal((await refresh(next.body.refresh_token)).status, 200);
      });

      it("ends its session when it comes a second time", async () => {
        const { tokens } = await server.signIn(wallet(3));
        const other = await server.signIn(wallet(3));
        const next = await refresh(tokens.refresh_token);
        const stolen = await refresh(tokens.refresh_token);
        assert.deepEqual([stolen.status, stolen.body.code], [401, "refresh_token_refused"]);
        assert.equal(await me(tokens.access_token), 401);
        assert.equal(await me(next.body.access_token), 401);
        assert.equal((await refresh(next.body.refresh_token)).status, 401);
        assert.equal(await me(other.tokens.access_token), 200);
      });

      it("has one winner among twenty parallel uses, and the session ends", async () => {
        const { tokens } = await server.signIn(wallet(3));
        const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(tokens.refresh_token)));
        const winners = answers.filter(({ status }) => status === 200);
        assert.equal(winners.length, 1);
        assert.equal(answers.filter(({ status }) => status === 401).length, 19);
        assert.equal((await refresh(winners[0]?.body.refresh_token ?? "")).status, 401);
      });

      it("waits a month, and its session lasts three at most", async () => {
        const { tokens } = await server.signIn(wallet(4));
        clock.pass(30 * DAY_MS - 1);
        let last = await refresh(tokens.refresh_token);
        assert.equal(last.status, 200);
        clock.pass(30 * DAY_MS);
        assert.equal((await refresh(last.body.refresh_token)).status, 401);

        let { refresh_token: current } = (await server.signIn(wallet(4))).tokens;
        for (let days = 0; days < 80; days += 20) {
          clock.pass(20 * DAY_MS);
          last = await refresh(current);
          assert.equal(last.status, 200);
          current = last.body.refresh_token;
        }
        clock.pass(10 * DAY_MS);
        assert.equal((await refresh(current)).status, 401);
      });

      it("is no access token, and an access token is none", async () => {
        const { tokens } = await server.signIn(wallet(5));
        assert.equal(await me(tokens.refresh_token), 401);
        assert.equal((await refresh(tokens.access_token)).status, 400);
        assert.equal((await refresh("x".repeat(43))).status, 401);
      });

      it("can be given up with another login of the same user, not of somebody else", async () => {
        const [phone, laptop, bob] = await Promise.all([wallet(5), wallet(5), wallet(6)].map(server.signIn));
        assert.ok(phone && laptop && bob);
        await bob.client.post("/api/v1/logout", { refresh_token: phone.tokens.refresh_token });
        assert.equal(await me(phone.tokens.access_token), 200);
        await laptop.client.post("/api/v1/logout", { refresh_token: phone.tokens.refresh_token });
        assert.equal(await me(phone.tokens.access_token), 401);
      });
    });
  },
  { clock },
);
