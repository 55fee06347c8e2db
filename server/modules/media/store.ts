import { mkdir, open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { sha256 } from "../../core/crypto.ts";
import { newId } from "../../core/ids.ts";

/** Where the file of a hash is; two letters a folder, so that no folder grows without end. */
const pathOf = (dir: string, hash: string): string => join(dir, hash.slice(0, 2), `${hash}.webp`);

/**
 * Keeps a file under the hash of its content. It is whole or not there, also when the power goes.
 * @returns the hash, SHA-256 in hex
 */
export async function keep(dir: string, content: Buffer): Promise<string> {
  const hash = sha256(content);
  const path = pathOf(dir, hash);
  if (await touched(path)) return hash;
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${newId()}`;
  const file = await open(unfinished, "wx");
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
  return hash;
}

/** Whether the file is there; it counts as new again, so that nobody clears it away. */
async function touched(path: string): Promise<boolean> {
  const now = new Date();
  return orMissing(
    utimes(path, now, now).then(() => true),
    false,
  );
}

/** The content of a hash; undefined where there is none. */
export const kept = (dir: string, hash: string): Promise<Buffer | undefined> =>
  orMissing(readFile(pathOf(dir, hash)), undefined);

/** When the file of a hash was last kept, in epoch milliseconds; undefined where there is none. */
export const keptAt = (dir: string, hash: string): Promise<number | undefined> =>
  orMissing(
    stat(pathOf(dir, hash)).then(({ mtimeMs }) => mtimeMs),
    undefined,
  );

/** Takes a file away. */
export const clear = (dir: string, hash: string): Promise<void> => rm(pathOf(dir, hash), { force: true });

async function orMissing<Found, Missing>(work: Promise<Found>, missing: Missing): Promise<Found | Missing> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return missing;
    throw error;
  }
}
