import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import SqliteConnection from "better-sqlite3";
import { DataSource } from "typeorm";
import { type Database, openDatabase } from "../../../server/core/db/database.ts";
import { entities, migrations } from "../../../server/schema.ts";

/** A database that every simulation begins with, to be copied. */
export interface Template {
  readonly dialect: Dialect;
  /** A copy of its own for one simulation. */
  copy(folder: string): Promise<Copy>;
  drop(): Promise<void>;
}

export type Dialect = "sqlite" | "postgres";

/** A database of one simulation. @property drop also ends what is still connected to it */
export interface Copy {
  readonly url: string;
  drop(): Promise<void>;
}

/** Name under which a simulation is connected itself, so that it can end everybody else's connections. */
export const OWN_NAME = "simulation";

export const openAt = (url: string): Promise<Database> =>
  openDatabase({ url, entities, migrations, ...(url.startsWith("sqlite:") ? {} : { poolSize: 2 }) });

/** A migrated SQLite file into which `fill` has put what is the same for everybody. */
export async function sqliteTemplate(folder: string, fill: (db: Database) => Promise<void>): Promise<Template> {
  const file = join(folder, "template.sqlite");
  await filled(`sqlite:${file}`, fill);
  // The last to close was a reader, which leaves the newest writes in a file beside.
  const connection = new SqliteConnection(file);
  connection.pragma("wal_checkpoint(TRUNCATE)");
  connection.close();
  return {
    dialect: "sqlite",
    copy: async (to) => {
      const own = join(to, "house.sqlite");
      await copyFile(file, own);
      return { url: `sqlite:${own}`, drop: async () => undefined };
    },
    drop: () => rm(file),
  };
}

/** The same on the PostgreSQL server at `server`, whose user may create databases. */
export async function postgresTemplate(server: string, fill: (db: Database) => Promise<void>): Promise<Template> {
  const admin = await new DataSource({ type: "postgres", url: server, extra: { max: 1 } }).initialize();
  const name = `simulation_${process.pid}`;
  const remove = (database: string) => admin.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  const urlOf = (database: string): string => {
    const url = new URL(server);
    url.pathname = `/${database}`;
    return url.href;
  };
  await remove(name);
  await admin.query(`CREATE DATABASE ${name} TEMPLATE template0`);
  await filled(urlOf(name), fill);
  let copies = 0;
  return {
    dialect: "postgres",
    copy: async () => {
      copies += 1;
      const own = `${name}_${copies}`;
      await admin.query(`CREATE DATABASE ${own} TEMPLATE ${name}`);
      return { url: urlOf(own), drop: async () => void (await remove(own)) };
    },
    drop: async () => {
      await remove(name);
      await admin.destroy();
    },
  };
}

async function filled(url: string, fill: (db: Database) => Promise<void>): Promise<void> {
  const db = await openAt(url);
  try {
    await fill(db);
  } finally {
    await db.close();
  }
}
