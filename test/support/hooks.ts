import "reflect-metadata";
import { randomBytes } from "node:crypto";
import { type PostgresServer, startPostgres } from "../../scripts/support/postgres.ts";
import { WITHOUT_ANVIL } from "./anvil.ts";
import { dropTemplate, POSTGRES_TEMPLATE, POSTGRES_URL } from "./postgres.ts";

let server: PostgresServer | undefined;

/**
 * Runs once, in mocha's main process; the environment it sets reaches every parallel worker.
 * With TEST_POSTGRES_URL set by hand that server is used (its user must be allowed to create databases).
 */
export async function mochaGlobalSetup(): Promise<void> {
  if (WITHOUT_ANVIL) console.warn(WITHOUT_ANVIL);
  process.env[POSTGRES_TEMPLATE] = `template_${randomBytes(4).toString("hex")}`;
  if (process.env[POSTGRES_URL]) return;
  server = await startPostgres();
  process.env[POSTGRES_URL] = server.url;
}

export async function mochaGlobalTeardown(): Promise<void> {
  if (server) await server.stop();
  else await dropTemplate();
}
