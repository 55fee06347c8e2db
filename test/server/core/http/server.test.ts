import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { pino } from "pino";
import { onBothDatabases } from "../../../support/databases.ts";
import { testHouse } from "../../../support/house.ts";
import { type SignedInClient, startTestServer, type TestServer } from "../../../support/http.ts";
import { wallet } from "../../../support/wallets.ts";
import { probeRoutes, probeSchema } from "./probe.ts";

const SHAPES = "/api/v1/probe/shapes";

onBothDatabases(
  (db) => {
    const lines: string[] = [];
    let server: TestServer;
    let shopper: SignedInClient;

    before(async () => {
      const log = pino({ level: "debug" }, { write: (line: string) => void lines.push(line) });
      const house = testHouse(db.database(), { log });
      server = await startTestServer(house, (its) => [probeRoutes(its)], { bodyWithinMs: 300, headersWithinMs: 500 });
      shopper = await server.signIn(wallet(1));
    });
    after(() => server.stop());

    /** Writes bytes to the server's socket and reads until it closes. */
    const raw = async (...parts: string[]): Promise<string> => {
      const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
      let text = "";
      socket.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      socket.on("error", () => undefined);
      for (const part of parts) socket.write(part);
      await once(socket, "close");
      return text;
    };

    it("lets nobody around a door by another spelling of its address", async () => {
      assert.equal((await shopper.client.get("/api/v1/probe/staff")).status, 403);
      assert.equal((await server.client.get("/api/v1/probe/staff")).status, 401);
      for (const path of [
        "/api/v1/probe/staff/",
        "/api/v1/Probe/staff",
        "/API/v1/probe/staff",
        "//api/v1/probe/staff",
        "/api/v1//probe/staff",
        "/api/v1/probe/staff%2f",
        "/api/v1/probe%2fstaff",
        "/api/v1/probe/staff;a=b",
        "/api/v1/probe/staff.json",
        "/api/v1/probe/staff%00",
        "/api/v1/probe/staff%20",
      ]) {
        const { status, body } = await shopper.client.get(path);
        assert.deepEqual([status, body.code], [404, "not_found"], path);
      }
      const spelt = await raw("GET /api/v1/x/../probe/staff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      assert.match(spelt, /^HTTP\/1.1 404 /);
      assert.match(
        await raw("GET /api/v1/probe/st%61ff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
        /^HTTP\/1.1 40[14] /,
      );
    });

    it("knows only the methods of a door", async () => {
      for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
        const { status, headers, body } = await shopper.client.send(method, "/api/v1/probe/staff");
        assert.deepEqual([status, body.code], [405, "method_not_allowed"], method);
        assert.equal(headers.get("allow"), "HEAD, GET");
      }
      const overridden = await shopper.client.post("/api/v1/probe/staff", undefined, {
        "x-http-method-override": "GET",
      });
      assert.equal(overridden.status, 405);
      assert.equal((await shopper.client.send("HEAD", "/api/v1/probe/staff")).status, 403);
    });

    it("answers what is nowhere as a problem", async () => {
      const { status, headers, body } = await server.client.get("/wp-admin.php");
      assert.equal(status, 404);
      assert.equal(headers.get("content-type"), "application/problem+json");
      assert.deepEqual(Object.keys(body).sort(), ["code", "detail", "request_id", "status", "title", "type"]);
      assert.equal(body.type, "/docs/errors#not_found");
      assert.equal(headers.get("x-request-id"), body.request_id);
    });

    it("never tells what broke, but logs it", async () => {
      const { status, body } = await server.client.get("/api/v1/probe/broken");
      assert.deepEqual([status, body.code], [500, "internal_error"]);
      assert.doesNotMatch(JSON.stringify(body), /hunter2|Error|\.ts/);
      assert.ok(lines.some((line) => line.includes("hunter2") && line.includes(String(body.request_id))));
    });

    it("notices an answer that its schema does not have", async () => {
      assert.equal((await server.client.get("/api/v1/probe/liar")).status, 500);
    });

    it("takes a request id that is a UUID and no other", async () => {
      const id = "0190a0a0-0000-7000-8000-00000000abcd";
      assert.equal((await server.client.get("/health", { "x-request-id": id })).headers.get("x-request-id"), id);
      const forged = await server.client.get("/health", { "x-request-id": "<script>" });
      assert.match(forged.headers.get("x-request-id") ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    });

    it("refuses 50 MB, announced or not", async () => {
      const announced = await server.client.post(SHAPES, `{"name":"${"x".repeat(50_000_000)}"}`);
      assert.deepEqual([announced.status, announced.body.code], [413, "body_too_large"]);
      const stream = new ReadableStream({
        start(controller) {
          for (let n = 0; n < 800; n += 1) controller.enqueue(Buffer.alloc(65_536, "x"));
          controller.close();
        },
      });
      const init = { method: "POST", headers: { "content-type": "application/json" }, body: stream, duplex: "half" };
      const unannounced = await fetch(server.url + SHAPES, init as RequestInit);
      assert.equal(unannounced.status, 413);
    });

    it("refuses other media types, charsets and encodings, gzip bombs too", async () => {
      for (const type of [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json5",
        "application/json; charset=utf-16",
        "application/xml",
        "",
      ]) {
        const { status, body } = await server.client.send("POST", SHAPES, "{}", { "content-type": type });
        assert.deepEqual([status, body.code], [415, "unsupported_media_type"], type);
      }
      assert.equal(
        (await server.client.send("POST", SHAPES, "{}", { "content-type": "application/json; charset=UTF-8" })).status,
        200,
      );
      const bomb = await fetch(server.url + SHAPES, {
        method: "POST",
        headers: { "content-type": "application/json", "content-encoding": "gzip" },
        body: gzipSync(Buffer.alloc(50_000_000)),
      });
      assert.equal(bomb.status, 415);
    });

    it("answers 408 to a body that does not come, and closes", async () => {
      const answer = await raw(
        `POST ${SHAPES} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"na`,
      );
      assert.match(answer, /^HTTP\/1.1 408 /);
      assert.match(answer, /"code":"request_timeout"/);
    });

    it("answers 408 to headers that do not come", async () => {
      const answer = await raw("GET /health HTTP/1.1\r\nHost: loc");
      assert.match(answer, /^HTTP\/1.1 408 /);
      assert.match(answer, /application\/problem\+json/);
    });

    it("answers 400 and 431 to what is no HTTP", async () => {
      assert.match(await raw("HELO mail.example.org\r\n\r\n"), /^HTTP\/1.1 400 [\s\S]*"code":"request_malformed"/);
      const huge = `GET /health HTTP/1.1\r\nHost: localhost\r\nX-Huge: ${"x".repeat(100_000)}\r\n\r\n`;
      assert.match(await raw(huge), /^HTTP\/1.1 431 /);
      const smuggled =
        `POST ${SHAPES} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n` +
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
      assert.match(await raw(smuggled), /^HTTP\/1.1 400 /);
    });

    it("gives other origins nothing, `null` least of all", async () => {
      for (const origin of ["null", "https://evil.example"]) {
        const answer = await shopper.client.get("/api/v1/me", { origin });
        assert.equal(answer.headers.get("access-control-allow-origin"), null);
        const asked = await server.client.send("OPTIONS", "/api/v1/me", undefined, {
          origin,
          "access-control-request-method": "GET",
        });
        assert.equal(asked.status, 405);
        assert.equal(asked.headers.get("access-control-allow-origin"), null);
      }
      assert.equal((await shopper.client.get("/api/v1/me")).headers.get("set-cookie"), null);
    });

    it("says nothing a forged Host told it", async () => {
      const { port } = new URL(server.url);
      const texts: string[] = [];
      for (const path of ["/openapi.json", "/api/v1/nowhere", "/docs/errors"]) {
        const asked = request({
          port,
          path,
          headers: { host: "evil.example", "x-forwarded-host": "evil.example" },
        }).end();
        const [response] = await once(asked, "response");
        for await (const chunk of response.setEncoding("utf8")) texts.push(chunk);
        texts.push(JSON.stringify(response.headers));
      }
      assert.doesNotMatch(texts.join(), /evil\.example/);
      assert.match(texts.join(), /http:\/\/localhost:3000/);
    });

    it("sends the headers of a careful site", async () => {
      const { headers } = await shopper.client.get("/api/v1/me");
      assert.match(headers.get("content-security-policy") ?? "", /default-src 'self'/);
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.equal(headers.get("cache-control"), "no-store");
    });

    it("logs one line a request, without secrets", async () => {
      lines.length = 0;
      await shopper.client.get("/api/v1/me");
      const { client, tokens } = await server.signIn(wallet(5));
      await client.post("/api/v1/token/refresh", { refresh_token: tokens.refresh_token });
      const text = lines.join("");
      assert.match(text, /"route":"\/api\/v1\/me"/);
      for (const secret of [shopper.tokens.access_token, tokens.refresh_token, "Bearer"])
        assert.ok(!text.includes(secret), secret);
    });

    it("says whether it lives, whether it can work, and what it measured", async () => {
      assert.deepEqual((await server.client.get("/health")).body, { status: "ok" });
      assert.equal((await server.client.get("/ready")).status, 200);
      let broken = true;
      server.readiness.add("chain", () => {
        if (broken) throw new Error("no node answers");
      });
      const not = await server.client.get("/ready");
      assert.deepEqual([not.status, not.body.code, not.body.checks], [503, "not_ready", { chain: "no node answers" }]);
      broken = false;
      assert.deepEqual((await server.client.get("/ready")).body, { status: "ready", checks: { chain: "ok" } });
      const metrics = await server.client.get<string>("/metrics");
      assert.match(metrics.body, /tributary_http_seconds_count\{method="GET",route="\/api\/v1\/me",status="200"\}/);
    });

    it("describes every route from the schemas that parse it", async () => {
      type Document = {
        openapi: string;
        paths: Record<string, Record<string, { responses: object; security: object[] }>>;
      };
      const { body } = await server.client.get<Document>("/openapi.json");
      assert.equal(body.openapi, "3.1.0");
      assert.deepEqual(Object.keys(body.paths["/api/v1/probe/things/{id}"] ?? {}), ["get"]);
      assert.deepEqual(body.paths["/api/v1/probe/staff"]?.get?.security, [{ bearer: [] }]);
      assert.deepEqual(Object.keys(body.paths["/api/v1/probe/staff"]?.get?.responses ?? {}), [
        "204",
        "400",
        "401",
        "403",
        "429",
      ]);
    });

    it("explains every code it answers", async () => {
      const { body } = await server.client.get<string>("/docs/errors");
      for (const code of ["not_found", "validation_failed", "login_refused"])
        assert.match(body, new RegExp(`<a id="${code}">`));
    });
  },
  { schema: probeSchema },
);
