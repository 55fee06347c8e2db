import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { type Ask, rpc } from "../../scripts/deploy/rpc.ts";

/** Where npm has an anvil, which then comes with all other packages. */
const IS_ON_NPM = process.platform === "linux" && process.arch === "x64";
const ANVIL = binary();

/** Why tests are left out here; undefined where none is. For the start of the suite. */
export const WITHOUT_ANVIL =
  ANVIL || IS_ON_NPM
    ? undefined
    : `npm has no anvil for ${process.platform} on ${process.arch}, and PATH has none (https://getfoundry.sh): the tests that need one are left out.`;

/** A chain of Foundry's: another EVM and another node than Hardhat's. */
export interface Anvil {
  readonly url: string;
  readonly ask: Ask;
  stop(): Promise<void>;
}

/** Tests that need an anvil: they are there wherever one can be had. */
export function describeOnAnvil(title: string, suite: () => void): void {
  if (!WITHOUT_ANVIL) describe(title, suite);
}

/** Starts anvil on a free port. @param options its own, e.g. `--chain-id 5151` */
export async function startAnvil(...options: string[]): Promise<Anvil> {
  if (!ANVIL) throw new Error("anvil is not installed: run `npm ci` without --omit=optional, or put an anvil in PATH");
  const child = spawn(ANVIL, ["--port", "0", ...options], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  let port: string | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    port = /^Listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port) break;
  }
  if (!port) throw new Error("anvil ended before it listened");
  // nobody reads what it says from here on, and it must not wait for a reader
  child.stdout.resume();
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    ask: rpc(url),
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

/** The one of npm, else the first in PATH. */
function binary(): string | undefined {
  const name = process.platform === "win32" ? "anvil.exe" : "anvil";
  const folders = (process.env.PATH ?? "").split(delimiter);
  return [...packageFolders(), ...folders].map((folder) => join(folder, name)).find((file) => existsSync(file));
}

function packageFolders(): string[] {
  try {
    const found = createRequire(import.meta.url).resolve("@foundry-rs/anvil-linux-amd64/package.json");
    return [join(dirname(found), "bin")];
  } catch {
    return [];
  }
}
