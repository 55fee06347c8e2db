import assert from "node:assert/strict";
import { onBothDatabases } from "../../../support/databases.ts";
import { testHouse } from "../../../support/house.ts";
import { startTestServer, type TestServer } from "../../../support/http.ts";
import { probeRoutes, probeSchema } from "./probe.ts";

type Problem = { code: string; fields: { path: string; message: string }[] };

const SHAPES = "/api/v1/probe/shapes";
const LIST = "/api/v1/probe/list";

onBothDatabases(
  (db) => {
    let server: TestServer;

    before(async () => {
      server = await startTestServer(testHouse(db.database()), (house) => [probeRoutes(house)]);
    });
    after(() => server.stop());

    const refused = async (body: string, code: string, path?: string) => {
      const answer = await server.client.post<Problem>(SHAPES, body);
      assert.deepEqual([answer.status, answer.body.code], [400, code], body.slice(0, 100));
      assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
      if (path !== undefined) assert.equal(answer.body.fields[0]?.path, path, body.slice(0, 100));
    };

    it("takes every shape at its bounds", async () => {
      const body = {
        count: 1_000,
        minor: "9007199254740991",
        tokens: (2n ** 256n - 1n).toString(),
        address: "0x52908400098527886E0F7030069857D2E4169EE7",
        bytes: "0xdeadBEEF",
        name: "\u{1f6b2} caf\u00e9",
      };
      const answer = await server.client.post(SHAPES, body);
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.body, { ...body, minor: Number(body.minor) });
    });

    it("refuses counts that are no integers in range", async () => {
      for (const bad of [
        "-1",
        "0",
        "1001",
        "1e21",
        "1.5",
        '"1"',
        '"1e3"',
        '"0x10"',
        '" 1 "',
        "true",
        "null",
        "[1]",
        "{}",
      ])
        await refused(`{"count":${bad}}`, "validation_failed", "count");
      await refused(`{"count":${2 ** 53 + 1}}`, "validation_failed", "count");
      for (const bad of ["NaN", "Infinity", "0x10", "01", "+1"]) await refused(`{"count":${bad}}`, "body_malformed");
    });

    it("refuses amounts that are no plain digits in range", async () => {
      const texts = [
        '"-1"',
        '"1.5"',
        '"1e3"',
        '"0x10"',
        '" 1 "',
        '""',
        '"NaN"',
        '"007"',
        '"\u0661"',
        "1",
        "1e21",
        "null",
      ];
      for (const field of ["minor", "tokens"])
        for (const bad of texts) await refused(`{"${field}":${bad}}`, "validation_failed", field);
      await refused(`{"minor":"9007199254740992"}`, "validation_failed", "minor");
      await refused(`{"tokens":"${2n ** 256n}"}`, "validation_failed", "tokens");
    });

    it("refuses addresses with a wrong checksum, the zero address and other texts", async () => {
      for (const bad of [
        "0x52908400098527886E0F7030069857D2E4169Ee7",
        `0x${"0".repeat(40)}`,
        "52908400098527886E0F7030069857D2E4169EE7",
        "0x5290",
        "vitalik.eth",
        "",
      ])
        await refused(JSON.stringify({ address: bad }), "validation_failed", "address");
    });

    it("writes an address in lower case with its checksum", async () => {
      const { body } = await server.client.post(SHAPES, { address: "0x52908400098527886e0f7030069857d2e4169ee7" });
      assert.equal(body.address, "0x52908400098527886E0F7030069857D2E4169EE7");
    });

    it("refuses fields it does not know, those with a meaning to JavaScript too", async () => {
      for (const field of [
        "role",
        "balance",
        "status",
        "merchant_id",
        "__proto__",
        "constructor",
        "prototype",
        "toString",
      ])
        await refused(`{"${field}":"x"}`, "unknown_field", field);
      await refused('{"count":{"__proto__":{"admin":true}}}', "unknown_field");
      await refused('{"role":"staff","count":0}', "validation_failed");
    });

    it("normalises text and refuses what it cannot", async () => {
      const { body } = await server.client.post(SHAPES, { name: "\u200b Cafe\u0301\u200e " });
      assert.equal(body.name, "Caf\u00e9");
      for (const bad of [
        "a\u0000b",
        "a\u0007b",
        "\u202egnp.exe",
        "a\u2066b",
        "line\nline",
        "",
        " ",
        "\u200b",
        "x".repeat(21),
      ])
        await refused(JSON.stringify({ name: bad }), "validation_failed", "name");
      await refused('{"name":"\\ud800"}', "validation_failed", "name");
      await refused(JSON.stringify({ name: "x".repeat(200_000) }), "validation_failed", "name");
    });

    it("refuses bodies that are no JSON object", async () => {
      for (const bad of ["{", "{'a':1}", "\u0000", '{"count":1}x']) await refused(bad, "body_malformed");
      for (const bad of ["[]", "1", "null", '"text"']) await refused(bad, "validation_failed");
      const empty = await server.client.post<Problem>(SHAPES);
      assert.deepEqual([empty.status, empty.body.code], [400, "validation_failed"]);
    });

    it("refuses bytes that are no UTF-8", async () => {
      const response = await fetch(server.url + SHAPES, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: Buffer.from([0x7b, 0xff, 0x7d]),
      });
      assert.equal(response.status, 400);
    });

    it("refuses monsters: depth, keys, items", async () => {
      await refused(`${"[".repeat(10_000)}${"]".repeat(10_000)}`, "body_malformed");
      await refused(`${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`, "body_malformed");
      await refused(`{"count":${"[".repeat(20)}1${"]".repeat(20)}}`, "body_malformed");
      await refused(`{"count":${"[".repeat(19)}1${"]".repeat(19)}}`, "validation_failed", "count");
      await refused(`{${Array.from({ length: 20_000 }, (_, n) => `"k${n}":1`).join(",")}}`, "body_malformed");
      await refused(`[${"1,".repeat(100_000)}1]`, "body_malformed");
      const many = await server.client.post<Problem>(
        SHAPES,
        `{${Array.from({ length: 4_000 }, (_, n) => `"k${n}":1`)}}`,
      );
      assert.equal(many.body.code, "unknown_field");
      assert.ok(many.body.fields.length <= 20);
    });

    it("refuses queries it does not know, arrays for scalars and columns from nowhere", async () => {
      for (const [query, path] of [
        ["sort=price;DROP%20TABLE%20work", "sort"],
        ["sort=constructor", "sort"],
        ["sort=__proto__", "sort"],
        ["sort=name&sort=name", "sort"],
        ["page=-1", "page"],
        ["page=0", "page"],
        ["page=1.5", "page"],
        ["page=1e2", "page"],
        ["page=0x10", "page"],
        ["page=%201", "page"],
        ["page=", "page"],
        ["page=1&page=2", "page"],
        ["per_page=1e9", "per_page"],
        ["per_page=101", "per_page"],
        ["per_page=0", "per_page"],
        ["per_page[]=5", "per_page[]"],
        ["__proto__=1", "__proto__"],
        ["constructor=1", "constructor"],
        ["filter[a]=1", "filter[a]"],
      ] as const) {
        const { status, body } = await server.client.get<Problem>(`${LIST}?${query}`);
        assert.equal(status, 400, query);
        assert.equal(body.fields[0]?.path, path, query);
      }
    });

    it("sends those who page too deep to the cursor", async () => {
      assert.equal((await server.client.get(`${LIST}?page=100`)).status, 200);
      const { status, body } = await server.client.get<Problem>(`${LIST}?page=101`);
      assert.deepEqual([status, body.code], [400, "use_cursor"]);
    });

    it("refuses an id that is none", async () => {
      for (const bad of ["1", "..%2f..%2fme", "%00", "%zz", "0190A0A0-0000-7000-8000-000000000000", "constructor"]) {
        const { status } = await server.client.get(`/api/v1/probe/things/${bad}`);
        assert.equal(status, 400, bad);
      }
    });

    it("refuses a body where none belongs", async () => {
      const response = await server.client.delete<Problem>("/api/v1/probe/mine");
      assert.equal(response.status, 405);
      const logout = await server.client.post<Problem>("/api/v1/auth/nonce", { admin: true });
      assert.equal(logout.body.code, "unknown_field");
    });
  },
  { schema: probeSchema },
);
