import { rejects } from "node:assert/strict";
import { PreparingClient } from "../../../../server/core/db/preparingClient.ts";
import { POSTGRES_URL } from "../../../support/postgres.ts";

describe("a connection to PostgreSQL", () => {
  it("that the server ends while nobody listens ends no process, only itself", async () => {
    const connectionString = process.env[POSTGRES_URL];
    const [ended, other] = [new PreparingClient({ connectionString }), new PreparingClient({ connectionString })];
    await Promise.all([ended.connect(), other.connect()]);
    const gone = new Promise<void>((resolve) => ended.on("end", () => resolve()));
    const { rows } = (await ended.query("SELECT pg_backend_pid() AS pid")) as { rows: { pid: number }[] };
    await other.query("SELECT pg_terminate_backend($1)", [rows[0]?.pid]);
    await gone;
    await rejects(async () => ended.query("SELECT 1"));
    await other.end();
  });
});
