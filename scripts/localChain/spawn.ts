import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Hex } from "viem";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

export type SpawnedChain = { url: string; genesisHash: Hex; restored: number; pid: number; stop(): Promise<void> };

/**
 * Starts a local chain in a process of its own; it ends with this process, even when this one is killed.
 * @param options those of `main.ts`, e.g. `["--port", "0", "--record", "data/chain.jsonl"]`
 * @throws with what the chain wrote when it did not come up
 */
export async function spawnLocalChain(options: string[]): Promise<SpawnedChain> {
  const child = spawn(process.execPath, ["--import", "tsx", MAIN, "--with-parent", ...options], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ready = await readyLine(child);
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "exit");
  };
  return { ...ready, stop };
}

async function readyLine(child: ChildProcess): Promise<Omit<SpawnedChain, "stop">> {
  if (!child.stdout || !child.stderr) throw new Error("the chain was started without pipes");
  let said = "";
  child.stderr.on("data", (chunk) => {
    said = (said + String(chunk)).slice(-4_000);
    process.stderr.write(chunk);
  });
  const lines = createInterface({ input: child.stdout });
  const [first] = await Promise.race([
    once(lines, "line"),
    once(child, "exit").then(([code]) => {
      throw new Error(`the local chain ended (${code}) before it listened: ${said}`);
    }),
  ]);
  return JSON.parse(first);
}
