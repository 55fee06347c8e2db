import assert from "node:assert/strict";
import { VISITOR } from "../../../../server/core/db/context.ts";
import { sql } from "../../../../server/core/db/sql.ts";
import { freeClaims } from "../../../../server/core/http/idempotency.ts";
import { problems } from "../../../../server/core/http/problems.ts";
import { startWorkers } from "../../../../server/core/tasks.ts";
import { onBothDatabases } from "../../../support/databases.ts";
import { eventually } from "../../../support/eventually.ts";
import { testHouse } from "../../../support/house.ts";
import { type SignedInClient, startTestServer, type TestServer } from "../../../support/http.ts";
import { wallet } from "../../../support/wallets.ts";
import { type Moments, probeSchema, workRoutes } from "./probe.ts";

const PATH = "/api/v1/deeds";
const clock = { at: 0, now: () => clock.at };
let lastKey = 0;
const freshKey = () => {
  lastKey += 1;
  return { "idempotency-key": `test-key-${lastKey}` };
};

onBothDatabases(
  (db) => {
    const moments: Moments = {};
    const othersMoments: Moments = {};
    let server: TestServer;
    let other: TestServer;
    let ada: SignedInClient;
    let bob: SignedInClient;

    before(async () => {
      clock.at = Date.now();
      server = await startTestServer(testHouse(db.database(), { clock }), (house) => [workRoutes(moments)(house)]);
      const second = db.dialect === "postgres" ? await db.openAnother() : db.database();
      other = await startTestServer(testHouse(second, { clock }), (house) => [workRoutes(othersMoments)(house)]);
      ada = await server.signIn(wallet(1));
      bob = await server.signIn(wallet(2));
    });
    beforeEach(() => {
      clock.at = Date.now();
    });
    afterEach(() => {
      for (const at of [moments, othersMoments])
        for (const moment of ["beforeWork", "inWork", "afterWork"] as const) delete at[moment];
    });
    after(() => Promise.all([server.stop(), other.stop()]));

    const works = (note: string) =>
      db.database().read(VISITOR, async (ctx) => {
        const { rows } = await sql(ctx.db, "SELECT id FROM work WHERE note = :note", { note });
        return rows.length;
      });

    it("answers a repetition with the same status and body, and does the work once", async () => {
      const key = freshKey();
      const first = await ada.client.post(PATH, { note: "once" }, key);
      const second = await ada.client.post(PATH, { note: "once" }, key);
      assert.deepEqual([first.status, second.status], [201, 201]);
      assert.deepEqual(second.body, first.body);
      assert.equal(first.headers.get("idempotency-replayed"), null);
      assert.equal(second.headers.get("idempotency-replayed"), "true");
      assert.equal(await works("once"), 1);
    });

    it("takes fields in another order for the same request", async () => {
      const key = freshKey();
      const first = await ada.client.post(PATH, '{"note":"order"}', key);
      const again = await ada.client.post(PATH, ' { "note" : "order" } ', key);
      assert.deepEqual(again.body, first.body);
    });

    it("lets one of fifty parallel requests do the work", async () => {
      const key = freshKey();
      const clients = Array.from({ length: 50 }, (_, n) =>
        n % 2 ? ada.client : other.client.as(ada.client.token ?? ""),
      );
      const answers = await Promise.all(clients.map((client) => client.post(PATH, { note: "fifty" }, key)));
      assert.equal(await works("fifty"), 1);
      const done = answers.filter(({ status }) => status === 201);
      assert.ok(done.length >= 1);
      assert.equal(new Set(done.map(({ body }) => body.id)).size, 1);
      for (const { status, body } of answers)
        if (status !== 201) assert.deepEqual([status, body.code], [409, "idempotency_key_running"]);
    });

    it("answers 409 while the first request runs", async () => {
      const [started, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      moments.beforeWork = () => {
        started.resolve();
        return goOn.promise;
      };
      const key = freshKey();
      const first = ada.client.post(PATH, { note: "slow" }, key);
      await started.promise;
      const meanwhile = await ada.client.post(PATH, { note: "slow" }, key);
      assert.deepEqual([meanwhile.status, meanwhile.body.code], [409, "idempotency_key_running"]);
      goOn.resolve();
      assert.equal((await first).status, 201);
      assert.equal(await works("slow"), 1);
    });

    it("answers 422 when the key comes with another body", async () => {
      const key = freshKey();
      await ada.client.post(PATH, { note: "a" }, key);
      const { status, body } = await ada.client.post(PATH, { note: "b" }, key);
      assert.deepEqual([status, body.code], [422, "idempotency_key_reused"]);
      const elsewhere = await ada.client.post("/api/v1/deeds/maybe", { note: "a" }, key);
      assert.equal(elsewhere.status, 422);
    });

    it("keeps the keys of two people apart", async () => {
      const key = freshKey();
      const [hers, his] = [
        await ada.client.post(PATH, { note: "hers" }, key),
        await bob.client.post(PATH, { note: "his" }, key),
      ];
      assert.deepEqual([hers.status, his.status], [201, 201]);
      assert.notEqual(hers.body.id, his.body.id);
    });

    /** Sends a request that hangs at a moment of its work, and goes away; gives what sends it again elsewhere. */
    const abandon = async (note: string, at: "beforeWork" | "afterWork") => {
      const key = freshKey();
      const stuck = Promise.withResolvers<void>();
      moments[at] = () => {
        stuck.resolve();
        return new Promise(() => undefined);
      };
      const lost = new AbortController();
      const answer = fetch(server.url + PATH, {
        method: "POST",
        signal: lost.signal,
        headers: { authorization: `Bearer ${ada.client.token}`, "content-type": "application/json", ...key },
        body: JSON.stringify({ note }),
      });
      await stuck.promise;
      lost.abort();
      await assert.rejects(answer);
      return () => other.client.as(ada.client.token ?? "").post(PATH, { note }, key);
    };

    it("answers what was done when the server died between commit and answer", async () => {
      const retry = await (await abandon("crash", "afterWork"))();
      assert.equal(retry.status, 201);
      assert.equal(retry.body.note, "crash");
      assert.equal(await works("crash"), 1);
    });

    it("lets a claim be retaken a minute after its owner died before the commit, and not earlier", async () => {
      const retry = await abandon("stuck", "beforeWork");
      clock.at += 59_000;
      assert.equal((await retry()).status, 409);
      clock.at += 1_000;
      assert.equal((await retry()).status, 201);
      assert.equal(await works("stuck"), 1);
    });

    it("lets the only process retake the claims of the dead at once", async () => {
      const retry = await abandon("orphaned", "beforeWork");
      assert.equal((await retry()).status, 409);
      await freeClaims(db.database());
      assert.equal((await retry()).status, 201);
      assert.equal(await works("orphaned"), 1);
    });

    it("does not let an owner commit whose claim was retaken", async () => {
      const key = freshKey();
      const [stuck, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      moments.beforeWork = () => {
        stuck.resolve();
        return goOn.promise;
      };
      const slow = ada.client.post(PATH, { note: "fenced" }, key);
      await stuck.promise;
      clock.at += 60_000;
      const winner = await other.client.as(ada.client.token ?? "").post(PATH, { note: "fenced" }, key);
      goOn.resolve();
      assert.equal(winner.status, 201);
      assert.equal((await slow).status, 409);
      assert.equal(await works("fenced"), 1);
      assert.deepEqual((await ada.client.post(PATH, { note: "fenced" }, key)).body, winner.body);
    });

    it("lets the one who retook a claim win, also against an owner who is faster", async () => {
      const key = freshKey();
      const [stuck, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const [retaken, goOnToo] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      moments.beforeWork = () => {
        stuck.resolve();
        return goOn.promise;
      };
      othersMoments.beforeWork = () => {
        retaken.resolve();
        return goOnToo.promise;
      };
      const owner = ada.client.post(PATH, { note: "retaken" }, key);
      await stuck.promise;
      clock.at += 60_000;
      const retaker = other.client.as(ada.client.token ?? "").post(PATH, { note: "retaken" }, key);
      await retaken.promise;
      goOn.resolve();
      const { status } = await owner;
      goOnToo.resolve();
      assert.deepEqual([status, (await retaker).status], [409, 201]);
      assert.equal(await works("retaken"), 1);
    });

    it("gives the key back when the work failed", async () => {
      const key = freshKey();
      moments.inWork = async () => {
        throw problems.conflict("Not today.");
      };
      assert.equal((await ada.client.post(PATH, { note: "later" }, key)).status, 409);
      assert.equal(await works("later"), 0);
      delete moments.inWork;
      assert.equal((await ada.client.post(PATH, { note: "later" }, key)).status, 201);
    });

    it("keeps the answer of the run that stood when the transaction ran twice", async () => {
      let runs = 0;
      moments.inWork = async () => {
        runs += 1;
        const passing = db.dialect === "sqlite" ? "SQLITE_BUSY" : "40001";
        if (runs === 1) throw Object.assign(new Error("come again"), { code: passing });
      };
      const key = freshKey();
      const first = await ada.client.post(PATH, { note: "twice" }, key);
      assert.deepEqual([first.status, runs], [201, 2]);
      assert.equal(await works("twice"), 1);
      assert.deepEqual((await ada.client.post(PATH, { note: "twice" }, key)).body, first.body);
    });

    it("keeps no answer for what the work sets going", async () => {
      const ran: string[] = [];
      const handlers = {
        probe: async ({ payload }: { payload: unknown }) => {
          await db.database().write(VISITOR, async () => undefined);
          ran.push(String(payload));
        },
      };
      const { db: database, log } = testHouse(db.database());
      const workers = startWorkers({ db: database, log, now: clock.now, handlers });
      moments.inWork = (ctx) => ctx.emit("probe", "told");
      const key = freshKey();
      const first = await ada.client.post(PATH, { note: "sets going" }, key);
      await eventually(() => ran.includes("told"));
      await workers.stop();
      assert.equal(first.status, 201);
      assert.deepEqual((await ada.client.post(PATH, { note: "sets going" }, key)).body, first.body);
    });

    it("forgets answers after a day", async () => {
      const key = freshKey();
      await ada.client.post(PATH, { note: "old" }, key);
      clock.at += 24 * 3_600_000 + 60_001;
      ada = await server.signIn(wallet(1));
      await ada.client.post(PATH, { note: "other" }, freshKey());
      const { rows } = await db
        .database()
        .read(VISITOR, (ctx) =>
          sql(ctx.db, "SELECT key FROM idempotency_claim WHERE key = :key", { key: key["idempotency-key"] }),
        );
      assert.equal(rows.length, 0);
    });

    it("asks for the key where it is required, and only there", async () => {
      const without = await ada.client.post(PATH, { note: "keyless" });
      assert.deepEqual([without.status, without.body.code], [400, "idempotency_key_required"]);
      assert.equal((await ada.client.post("/api/v1/deeds/maybe", { note: "keyless" })).status, 201);
      for (const bad of ["short", "x".repeat(201), "has space inside", "h\u00e4 h\u00e4 h\u00e4"])
        assert.equal((await ada.client.post(PATH, { note: "bad" }, { "idempotency-key": bad })).status, 400, bad);
    });

    it("refuses a key at login, refresh and logout", async () => {
      for (const [path, body] of [
        ["auth/nonce", {}],
        ["auth/wallet", { message: "m", signature: "0x" }],
        ["token/refresh", { refresh_token: "x".repeat(43) }],
        ["logout", {}],
      ] as const) {
        const answer = await ada.client.post(`/api/v1/${path}`, body, freshKey());
        assert.deepEqual([answer.status, answer.body.code], [400, "idempotency_key_refused"], path);
      }
    });

    it("fails loudly when a keyed door does its work outside of a write", async () => {
      const answer = await ada.client.post("/api/v1/deeds/forgetful", { note: "none" }, freshKey());
      assert.deepEqual([answer.status, answer.body.code], [500, "internal_error"]);
    });
  },
  { schema: probeSchema, clock },
);
