import assert from "node:assert/strict";
import { onBothDatabases } from "../../../support/databases.ts";
import { testHouse } from "../../../support/house.ts";
import { startTestServer, type TestServer } from "../../../support/http.ts";
import { wallet } from "../../../support/wallets.ts";
import { probeRoutes, probeSchema } from "./probe.ts";

onBothDatabases(
  (db) => {
    const servers: TestServer[] = [];
    const serverWith = async (limits: object, env: Readonly<Record<string, string>> = {}) => {
      const house = testHouse(db.database(), { env: { RATE_LIMITS: JSON.stringify(limits), ...env } });
      const server = await startTestServer(house, (its) => [probeRoutes(its)]);
      servers.push(server);
      return server;
    };
    after(() => Promise.all(servers.map((server) => server.stop())));

    const statuses = async (ask: () => Promise<{ status: number }>, times: number) => {
      const seen: number[] = [];
      for (let n = 0; n < times; n += 1) seen.push((await ask()).status);
      return seen;
    };

    it("answers 429 and says when to come back", async () => {
      const { client } = await serverWith({ reads: 3 });
      const list = () => client.get("/api/v1/probe/list");
      assert.deepEqual(await statuses(list, 4), [200, 200, 200, 429]);
      const { headers, body } = await list();
      assert.equal(body.code, "rate_limited");
      assert.equal(headers.get("retry-after"), String(body.retry_after));
      assert.ok(Number(body.retry_after) > 0 && Number(body.retry_after) <= 60);
    });

    it("counts a user's requests, wherever they come from, apart from others'", async () => {
      const server = await serverWith({ reads: 2 });
      const [ada, bob] = [await server.signIn(wallet(1)), await server.signIn(wallet(2))];
      const mine = (who: typeof ada) => () => who.client.get("/api/v1/probe/mine");
      assert.deepEqual(await statuses(mine(ada), 3), [204, 204, 429]);
      assert.deepEqual(await statuses(mine(bob), 3), [204, 204, 429]);
    });

    it("does not believe X-Forwarded-For from a stranger", async () => {
      const { client } = await serverWith({ reads: 2 });
      let n = 0;
      const disguised = () => client.get("/api/v1/probe/list", { "x-forwarded-for": `203.0.113.${++n}` });
      assert.deepEqual(await statuses(disguised, 3), [200, 200, 429]);
    });

    it("believes our own proxy, and of its header only what the proxy added", async () => {
      const { client } = await serverWith({ reads: 2 }, { TRUSTED_PROXIES: "127.0.0.1" });
      let n = 0;
      const from = (address: string) => () =>
        client.get("/api/v1/probe/list", { "x-forwarded-for": `198.51.100.${++n}, ${address}` });
      assert.deepEqual(await statuses(from("203.0.113.1"), 3), [200, 200, 429]);
      assert.deepEqual(await statuses(from("203.0.113.2"), 3), [200, 200, 429]);
    });

    it("slows down those who guess at tokens and nonces", async () => {
      const { client } = await serverWith({ auth: 3 });
      const guess = () => client.as("a.b.c").get("/api/v1/me");
      assert.deepEqual(await statuses(guess, 4), [401, 401, 401, 429]);
      assert.equal((await client.post("/api/v1/auth/nonce", {})).status, 429);
    });

    it("shows metrics to the private network only", async () => {
      const { client } = await serverWith({}, { TRUSTED_PROXIES: "127.0.0.1" });
      const from = async (address: string) => (await client.get("/metrics", { "x-forwarded-for": address })).status;
      assert.equal(await from("203.0.113.1"), 404);
      assert.equal(await from("10.1.2.3"), 200);
    });

    it("refuses a door whose limit has no number", async () => {
      const house = testHouse(db.database());
      const { auth, reads } = house.config.limits;
      const poorer = { ...house, config: { ...house.config, limits: { auth, reads } as typeof house.config.limits } };
      assert.throws(() => probeRoutes(poorer), /no limit "writes"/);
    });
  },
  { schema: probeSchema },
);
