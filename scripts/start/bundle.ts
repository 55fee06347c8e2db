import { createHash } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { build } from "esbuild";

const ROOT = resolve(import.meta.dirname, "../..");
/** Below node_modules, so that what it imports is found, and no tool looks there. */
const CACHE = join(ROOT, "node_modules/.cache/tributary");

/**
 * Makes one JavaScript file of the server, which Node runs as it is: without a compiler beside it the process needs
 * 80 MB less and starts in less than half the time. Comments in it name the files its parts come from.
 * @returns the file, from the root of the repository; the same sources give the same one
 */
export async function bundleServer(): Promise<string> {
  const { outputFiles } = await build({
    ...{ entryPoints: [join(ROOT, "server/main.ts")], tsconfig: join(ROOT, "tsconfig.json"), absWorkingDir: ROOT },
    ...{ bundle: true, packages: "external", platform: "node", format: "esm", target: "node24", write: false },
  });
  const [bundle] = outputFiles;
  if (!bundle) throw new Error("esbuild made no file of server/main.ts");
  const name = createHash("sha256").update(bundle.contents).digest("hex").slice(0, 16);
  const file = join(CACHE, `server-${name}.mjs`);
  await mkdir(CACHE, { recursive: true });
  // In one step: another process may be starting the same file.
  await writeFile(`${file}.${process.pid}`, bundle.contents);
  await rename(`${file}.${process.pid}`, file);
  return relative(ROOT, file);
}
