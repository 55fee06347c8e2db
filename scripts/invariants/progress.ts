import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Round } from "./worker.ts";

/** What a long run has done so far, kept between two starts. `code` is what was tried: another contract starts anew. */
export type Progress = { seed: string; code: string; seconds: number; rounds: Round[] };

const fileOf = (seed: string) => `cache/invariants/${seed.replace(/\W/g, "_")}.json`;

/** What is deployed, and the handlers that try it. */
function codeNow(): string {
  const hash = createHash("sha256");
  const sources = ["contracts/**/*.sol", "test/contracts/invariants/*.sol", "test/contracts/support/*.sol"];
  for (const file of globSync(sources).sort()) hash.update(file).update(readFileSync(file));
  return hash.digest("hex");
}

/** What is known of a seed's rounds, or an empty start where nothing is, or something else was tried then. */
export function load(seed: string, anew: boolean): Progress {
  const fresh: Progress = { seed, code: codeNow(), seconds: 0, rounds: [] };
  if (anew || !existsSync(fileOf(seed))) return fresh;
  const known: Progress = JSON.parse(readFileSync(fileOf(seed), "utf8"));
  return known.code === fresh.code ? known : fresh;
}

/** Written beside and renamed, so that a kill leaves the old or the new. */
export function save(progress: Progress): void {
  const file = fileOf(progress.seed);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(progress));
  renameSync(`${file}.new`, file);
}
