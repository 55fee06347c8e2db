import { createHash } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { build } from "esbuild";

const ROOT = resolve(import.meta.dirname, "../../..");
/** Below node_modules, so that the packages that stay outside are found. */
const CACHE = join(ROOT, "node_modules/.cache/tributary");

/** Packages with a binary of their own. */
const NATIVE = ["better-sqlite3", "sharp", "@node-rs/argon2"];
/** TypeORM asks for these only where somebody uses them; most are not installed. */
const NEVER_ASKED = [
  ...["mysql", "mysql2", "oracledb", "sqlite3", "sql.js", "mongodb", "mssql", "ioredis", "redis", "hdb-pool"],
  ...["@sap/*", "@google-cloud/spanner", "react-native-sqlite-storage", "expo-sqlite", "pg-native", "pg-cloudflare"],
  ...["pg-query-stream", "typeorm-aurora-data-api-driver", "app-root-path", "dotenv", "ts-node", "nativescript-sqlite"],
];

/**
 * The server with its packages in one file. It is killed and started thousands of times: finding and reading the files
 * of its packages is half of what a start costs.
 * @returns the file, from the root of the repository; the same sources give the same one
 */
export async function bundleWithPackages(): Promise<string> {
  const { outputFiles } = await build({
    ...{ entryPoints: [join(ROOT, "server/main.ts")], tsconfig: join(ROOT, "tsconfig.json"), absWorkingDir: ROOT },
    ...{ bundle: true, platform: "node", format: "cjs", target: "node24", write: false, keepNames: true },
    ...{ external: [...NATIVE, ...NEVER_ASKED], logLevel: "error" },
  });
  const [bundle] = outputFiles;
  if (!bundle) throw new Error("esbuild made no file of server/main.ts");
  const name = createHash("sha256").update(bundle.contents).digest("hex").slice(0, 16);
  const file = join(CACHE, `simulated-${name}.cjs`);
  await mkdir(CACHE, { recursive: true });
  // In one step: another process may be starting the same file.
  await writeFile(`${file}.${process.pid}`, bundle.contents);
  await rename(`${file}.${process.pid}`, file);
  return relative(ROOT, file);
}
