import assert from "node:assert/strict";
import type { Hex, LocalAccount } from "viem";
import { createSiweMessage, type SiweMessage } from "viem/siwe";
import { authRoutes } from "../../../server/api/auth/routes.ts";
import { authenticator } from "../../../server/api/auth.ts";
import { VISITOR } from "../../../server/core/db/context.ts";
import { sql } from "../../../server/core/db/sql.ts";
import { Readiness } from "../../../server/core/http/health.ts";
import { createHttpServer } from "../../../server/core/http/server.ts";
import { createMetrics } from "../../../server/core/metrics.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { testHouse } from "../../support/house.ts";
import {
  type Answer,
  loginMessage,
  type NonceAnswer,
  startTestServer,
  TestClient,
  type TestServer,
  type Tokens,
} from "../../support/http.ts";
import { wallet } from "../../support/wallets.ts";
import { SetClock } from "./clock.ts";

const clock = new SetClock();
const ada = wallet(1);
const bob = wallet(2);

onBothDatabases(
  (db) => {
    let server: TestServer;

    before(async () => {
      server = await startTestServer(testHouse(db.database(), { clock }));
    });
    after(() => server.stop());

    const askNonce = async (body: object = {}) => {
      const answer = await server.client.post<NonceAnswer>("/api/v1/auth/nonce", body);
      assert.equal(answer.status, 201);
      return answer.body;
    };
    const login = (message: string, signature: Hex) =>
      server.client.post<Tokens & { code?: string }>("/api/v1/auth/wallet", { message, signature });
    const signed = async (account: LocalAccount, message: string) =>
      login(message, await account.signMessage({ message }));
    const refused = ({ status, body }: Answer<{ code?: string }>, why: string) =>
      assert.deepEqual([status, body.code], [401, "login_refused"], why);

    /** The fields of a right message for a nonce. */
    const fieldsOf = ({ message_fields: fields }: NonceAnswer): SiweMessage & { issuedAt: Date } => ({
      address: ada.address,
      domain: fields.domain,
      uri: fields.uri,
      version: fields.version,
      chainId: fields.chain_id,
      nonce: fields.nonce,
      issuedAt: new Date(fields.issued_at),
    });

    it("opens a session for a wallet, the same user each time", async () => {
      const first = await server.signIn(ada);
      assert.equal(first.tokens.token_type, "Bearer");
      assert.equal(first.tokens.expires_in, 900);
      assert.deepEqual(first.tokens.user.roles, ["shopper"]);
      assert.equal(first.tokens.user.wallet, ada.address);
      assert.deepEqual((await first.client.get("/api/v1/me")).body, first.tokens.user);
      assert.equal((await server.signIn(ada)).userId, first.userId);
      assert.notEqual((await server.signIn(bob)).userId, first.userId);
    });

    it("makes one user of a wallet that signs in twice at once", async () => {
      const sessions = await Promise.all(Array.from({ length: 8 }, () => server.signIn(wallet(7))));
      assert.equal(new Set(sessions.map(({ userId }) => userId)).size, 1);
    });

    it("makes staff of the wallets in the configuration, and of nobody who left it", async () => {
      const staff = await server.signIn(wallet(18));
      assert.deepEqual(staff.tokens.user.roles, ["shopper", "staff"]);
      const after = await startTestServer(testHouse(db.database(), { clock, env: { STAFF_WALLETS: "" } }));
      const { body } = await after.client.post<Tokens>("/api/v1/token/refresh", {
        refresh_token: staff.tokens.refresh_token,
      });
      assert.deepEqual(body.user.roles, ["shopper"]);
      assert.deepEqual((await staff.client.get("/api/v1/me")).body.roles, ["shopper"]);
      await after.stop();
    });

    it("refuses a nonce that was used, by whoever", async () => {
      const message = loginMessage(ada, await askNonce());
      const signature = await ada.signMessage({ message });
      assert.equal((await login(message, signature)).status, 200);
      refused(await login(message, signature), "replayed");
      const used = message.match(/Nonce: (\w+)/)?.[1] ?? "";
      refused(await signed(bob, loginMessage(bob, await askNonce()).replace(/Nonce: \w+/, `Nonce: ${used}`)), "used");
    });

    it("lets one of twenty parallel logins with one nonce in", async () => {
      const message = loginMessage(ada, await askNonce());
      const signature = await ada.signMessage({ message });
      const answers = await Promise.all(Array.from({ length: 20 }, () => login(message, signature)));
      assert.equal(answers.filter(({ status }) => status === 200).length, 1);
      assert.equal(answers.filter(({ status }) => status === 401).length, 19);
    });

    it("refuses a nonce of another wallet, one of ours never, and none", async () => {
      const adas = await askNonce({ address: ada.address });
      refused(await signed(bob, loginMessage(bob, adas)), "foreign");
      assert.equal((await signed(ada, loginMessage(ada, adas))).status, 200);
      const unknown = createSiweMessage({ ...fieldsOf(await askNonce()), nonce: "0".repeat(32) });
      refused(await signed(ada, unknown), "unknown");
      const right = createSiweMessage(fieldsOf(await askNonce()));
      refused(await signed(ada, right.replace(/\nNonce: \w+/, "")), "no nonce");
      refused(await signed(ada, right.replace(/Nonce: \w+/, "Nonce: ")), "empty nonce");
    });

    it("refuses a nonce that has expired, and forgets it", async () => {
      const nonce = await askNonce();
      const fresh = fieldsOf(nonce);
      clock.pass(10 * 60_000);
      refused(await signed(ada, createSiweMessage({ ...fresh, issuedAt: new Date(clock.at) })), "expired nonce");
      clock.pass(1);
      await askNonce();
      const { rows } = await db
        .database()
        .read(VISITOR, (ctx) =>
          sql(ctx.db, "SELECT nonce FROM siwe_nonce WHERE nonce = :nonce", { nonce: nonce.nonce }),
        );
      assert.equal(rows.length, 0);
    });

    const wrong: Record<string, (right: SiweMessage & { issuedAt: Date }) => Partial<SiweMessage>> = {
      "another domain": () => ({ domain: "evil.example" }),
      "a domain that begins like ours": () => ({ domain: "localhost:30001" }),
      "another scheme": () => ({ scheme: "ftp" }),
      "another URI": () => ({ uri: "https://evil.example" }),
      "a URI below ours": () => ({ uri: "http://localhost:3000/login" }),
      "another chain": () => ({ chainId: 1 }),
      "a time of issue to come": () => ({ issuedAt: new Date(clock.at + 61_000) }),
      "a time of issue long ago": () => ({ issuedAt: new Date(clock.at - 600_000) }),
      "an end that has passed": () => ({ expirationTime: new Date(clock.at) }),
      "a begin to come": () => ({ notBefore: new Date(clock.at + 1) }),
    };
    for (const [what, change] of Object.entries(wrong))
      it(`refuses ${what}`, async () => {
        const right = fieldsOf(await askNonce());
        refused(await signed(ada, createSiweMessage({ ...right, ...change(right) })), what);
        assert.equal((await signed(ada, createSiweMessage(right))).status, 200, "the nonce is still good");
      });

    const tampered: Record<string, (message: string) => string> = {
      "another version": (message) => message.replace("Version: 1", "Version: 2"),
      "no chain": (message) => message.replace(/\nChain ID: \d+/, ""),
      "no URI": (message) => message.replace(/\nURI: .*/, ""),
      "no time of issue": (message) => message.replace(/\nIssued At: .*/, ""),
      "a time of issue that is none": (message) => message.replace(/Issued At: .*/, "Issued At: yesterday"),
      "text before": (message) => `evil.example wants you to sign in\n${message}`,
      "text behind": (message) => `${message}\nand give me all your money`,
      "two sets of fields": (message) => `${message}\n${message.slice(message.indexOf("URI:"))}`,
      "an address without its checksum": (message) => message.replace(ada.address, ada.address.toLowerCase()),
      "no message at all": () => "hello",
    };
    for (const [what, change] of Object.entries(tampered))
      it(`refuses a signed message with ${what}`, async () => {
        refused(await signed(ada, change(createSiweMessage(fieldsOf(await askNonce())))), what);
      });

    it("refuses a message changed after it was signed, and the signature of somebody else", async () => {
      const nonce = await askNonce();
      const message = loginMessage(ada, nonce);
      const signature = await ada.signMessage({ message });
      refused(await login(message.replace("Sign in", "Log in"), signature), "changed");
      refused(await login(message, await bob.signMessage({ message })), "somebody else");
      refused(await login(message, `0x${"00".repeat(65)}`), "zeros");
      refused(await login(message, "0x"), "empty");
      refused(await login(message, `${signature}00`), "longer");
      assert.equal((await login(message, signature)).status, 200);
    });

    it("asks the chain about a contract wallet's signature, and takes its word", async () => {
      const house = testHouse(db.database(), { clock });
      const asked: unknown[] = [];
      const contractWallet = wallet(900);
      const verify = async (...question: unknown[]) => {
        asked.push(question);
        return question[2] === "0xc0ffee";
      };
      const contracts = createHttpServer({
        house,
        doors: [authRoutes(house, verify)],
        authenticate: authenticator(house),
        metrics: createMetrics(),
        readiness: new Readiness(),
      });
      const client = new TestClient(`http://127.0.0.1:${await contracts.listen(0, "127.0.0.1")}`);
      const message = loginMessage(contractWallet, await askNonce());
      const attempt = (signature: Hex) => client.post<Tokens>("/api/v1/auth/wallet", { message, signature });
      assert.equal((await attempt("0xbad0")).status, 401);
      const { status, body } = await attempt("0xc0ffee");
      assert.deepEqual([status, body.user.wallet], [200, contractWallet.address]);
      assert.deepEqual(asked.at(-1), [contractWallet.address, message, "0xc0ffee"]);
      await contracts.stop();
    });
  },
  { clock },
);
