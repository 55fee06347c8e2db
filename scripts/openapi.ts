import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Config, readConfig } from "../server/config.ts";
import type { House } from "../server/core/house.ts";
import { errorsPage } from "../server/core/http/errorsPage.ts";
import { openApiDocument } from "../server/core/http/openapi.ts";
import { doors } from "../server/doors.ts";
import { localAccount } from "./client/accounts.ts";

const HELP = `Writes docs/openapi.json and docs/errors.md from the routes and problems of the server.

  npm run openapi                writes both
  npm run openapi -- --check     writes nothing; fails when one of them is old
`;

const { values } = parseArgs({
  options: { check: { type: "boolean", default: false }, help: { type: "boolean", short: "h", default: false } },
});
if (values.help) process.stdout.write(HELP);
else process.exitCode = write(documents(), values.check);

function documents(): Record<string, string> {
  // Doors are only described here, never opened, so they need the configuration and nothing that runs.
  const house = { config: sampleConfig() } as House;
  const routes = doors(house).flatMap((door) => door.routes);
  const openApi = openApiDocument(routes, house.config.publicUrl.origin);
  return { "docs/openapi.json": `${JSON.stringify(openApi, null, 2)}\n`, "docs/errors.md": errorsPage() };
}

function write(files: Record<string, string>, check: boolean): number {
  const old = Object.entries(files).filter(([file, text]) => !existsSync(file) || readFileSync(file, "utf8") !== text);
  if (!check) for (const [file, text] of old) writeFileSync(file, text);
  for (const [file] of old) console.log(check ? `${file} is old; npm run openapi writes it` : `wrote ${file}`);
  return check && old.length > 0 ? 1 : 0;
}

/** The configuration of a server that is never started. */
function sampleConfig(): Config {
  const folder = mkdtempSync(join(tmpdir(), "tributary-openapi-"));
  const book = join(folder, "address-book.json");
  const payee = localAccount(0).address;
  const nobody = { chainId: 31_337, genesisHash: `0x${"00".repeat(32)}`, escrow: payee, startBlock: 0, tokens: [] };
  writeFileSync(book, JSON.stringify(nobody));
  try {
    return readConfig({
      JWT_SECRET: "never used for a token, long enough to be one",
      RPC_URLS: "http://127.0.0.1:8545",
      ADDRESS_BOOK: book,
      OPERATOR_KEY: `0x${"01".repeat(32)}`,
      PLATFORM_PAYEE: payee,
      EXPRESS_TYPES: JSON.stringify([
        { code: "standard", name: "Standard", currency: "USD", freight_minor: 0, carrier: payee },
      ]),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
