import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "reflect-metadata";
import type { Database } from "../../server/core/db/database.ts";
import { writeAddressBook } from "../deploy/index.ts";
import { makeBase } from "./chain/chain.ts";
import { startEvm } from "./chain/evm.ts";
import { drawOf } from "./draw.ts";
import { postgresTemplate, sqliteTemplate, type Template } from "./house/databases.ts";
import { settingsFor } from "./house/settings.ts";
import { openShop } from "./house/shop.ts";
import { type Outcome, type Place, runSeed } from "./run.ts";

/** What a worker is told at its start. */
export interface Beginning {
  readonly script: string;
  /** Of a PostgreSQL server; without one only SQLite is simulated. */
  readonly postgres: string | undefined;
}

/** One seed to be played. */
export interface Turn {
  readonly seed: number;
  readonly dialect: "sqlite" | "postgres";
}

/** Makes the chain and the templates that all seeds of this process begin with. */
async function prepare({ script, postgres }: Beginning): Promise<(turn: Turn) => Promise<Outcome>> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-simulations-"));
  process.on("exit", () => void rm(folder, { recursive: true, force: true }));
  const evm = await startEvm();
  const addressBook = join(folder, "addresses.json");
  await writeAddressBook(addressBook, evm.book);
  const base = await makeBase(evm);
  const fill = (db: Database) => {
    const place = { folder, addressBook, databaseUrl: "sqlite:unused", nodes: ["http://127.0.0.1:1"] };
    return openShop(db, settingsFor(place, drawOf(0)).config);
  };
  const templates = new Map<Turn["dialect"], Promise<Template>>();
  const templateOf = (dialect: Turn["dialect"]): Promise<Template> => {
    const made =
      templates.get(dialect) ??
      (dialect === "sqlite" ? sqliteTemplate(folder, fill) : postgresTemplate(postgres ?? "", fill));
    templates.set(dialect, made);
    return made;
  };
  return async ({ seed, dialect }) => {
    const place: Place = { base, script, addressBook, template: await templateOf(dialect) };
    return runSeed(place, seed);
  };
}

// Started as a process of its own: is told its beginning, says that it is ready, and then answers each turn with its outcome.
let play: ((turn: Turn) => Promise<Outcome>) | undefined;
process.on("message", async (message: Beginning | Turn) => {
  if ("script" in message) {
    play = await prepare(message);
    process.send?.({ ready: true });
  } else process.send?.(await play?.(message));
});
process.on("disconnect", () => process.exit(0));
// Ctrl-C is for the process that counts; it lets this one end its turn or kills it.
process.on("SIGINT", () => undefined);
