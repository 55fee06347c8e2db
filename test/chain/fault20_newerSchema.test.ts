import { deepEqual, equal, match, ok } from "node:assert/strict";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { openStage } from "./support/stage.ts";

const TEST = { kind: "system", name: "test" } as const;

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const servers = stage.servers(db, chain);
  const world = stage.world(db, chain);
  before(async () => {
    // So that there are rows which a wrong start could change.
    const running = world().start();
    const order = await world().issue();
    await world().pay(order);
    await eventually(async () => (await world().state(order)) === "confirmed");
    await running.stop();
  });

  const run = (statement: string) => db.database().write(TEST, (ctx) => ctx.db.query(statement));
  const FOLLOWED = ["chain_cursor", "chain_lease", "chain_log", "chain_block", "task", "journal", "schema_migration"];
  const everything = async () => {
    const rows: unknown[] = [];
    for (const table of FOLLOWED)
      rows.push((await world().rows(`SELECT * FROM ${table}`)).map((row) => JSON.stringify(row)).sort());
    return rows;
  };
  const refusesWithoutTouching = async (why: RegExp) => {
    const before = await everything();
    const { code, stderr } = await servers().refused();
    equal(code, 1);
    match(stderr, why);
    ok(!stderr.includes("    at "), stderr);
    deepEqual(await everything(), before);
  };

  it("refuses a schema that a later version has changed, names what it does not know, and touches nothing", async () => {
    await run("INSERT INTO schema_migration (name, run_at) VALUES ('9999_from_the_future', 1)");
    await refusesWithoutTouching(/migrations this version does not know \(9999_from_the_future\)\. Start the newer/);
    await run("DELETE FROM schema_migration WHERE name = '9999_from_the_future'");
  }).timeout(60_000);

  it("refuses to go on from a cursor that a later version has written", async () => {
    await run("UPDATE chain_cursor SET format = 2");
    await refusesWithoutTouching(/chain 31337 were written by a later version \(format 2, this one knows 1\)/);
    await run("UPDATE chain_cursor SET format = 1");
  }).timeout(60_000);

  it("a server that runs when a later version takes the rows over leaves them to it", async () => {
    const server = await servers().start();
    await eventually(async () => (await server.ready()).status === 200);
    await run("UPDATE chain_cursor SET format = 2");
    await eventually(async () => /written by a later version/.test((await server.ready()).checks.chain ?? ""));
    const before = await everything();
    const order = await world().issue();
    await world().pay(order);
    const { hash } = await chain().client.getBlock();
    // A successor, which the test plays, may take the lease at once, and nobody else moved the cursor.
    const [lease] = await world().rows<{ expires_at: string | number }>("SELECT expires_at FROM chain_lease");
    equal(Number(lease?.expires_at), 0);
    ok((await world().rows<{ hash: string }>("SELECT hash FROM chain_cursor"))[0]?.hash !== hash);
    deepEqual((await everything())[0], before[0]);

    await run("UPDATE chain_cursor SET format = 1");
    await server.end("SIGTERM");
    const next = await servers().start();
    await eventually(async () => (await world().state(order)) === "confirmed");
    await next.end("SIGTERM");
  }).timeout(60_000);
});
