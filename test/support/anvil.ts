import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { type Ask, rpc } from "../../scripts/deploy/rpc.ts";

const ANVIL = binary();

/** A chain of Foundry's: another EVM and another node than Hardhat's. */
export interface Anvil {
  readonly url: string;
  readonly ask: Ask;
  stop(): Promise<void>;
}

/** Skips the tests of this file, and says so, where there is no anvil for the machine. */
export function needsAnvil(context: Mocha.Context): void {
  if (ANVIL) return;
  console.warn("      anvil exists on npm for Linux on x64 only; these tests are skipped");
  context.skip();
}

/** Starts anvil on a free port. @param options its own, e.g. `--chain-id 5151` */
export async function startAnvil(...options: string[]): Promise<Anvil> {
  if (!ANVIL) throw new Error("there is no anvil for this machine");
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

function binary(): string | undefined {
  try {
    const home = dirname(createRequire(import.meta.url).resolve("@foundry-rs/anvil-linux-amd64/package.json"));
    const file = join(home, "bin/anvil");
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}
