import { spawn } from "node:child_process";
import { once } from "node:events";

/** What a command of ours said and how it ended. */
export type Outcome = { readonly code: number | null; readonly out: string; readonly err: string };

/** Runs scripts/NAME.ts as a person would, but for the set-up. */
export async function command(
  name: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, ["--import", "tsx", `scripts/${name}.ts`, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const said = { out: "", err: "" };
  child.stdout.on("data", (part) => (said.out += part));
  child.stderr.on("data", (part) => (said.err += part));
  const [code] = await once(child, "close");
  return { code, ...said };
}

/** The same, where it must succeed; what it printed as JSON. */
export async function answerOf(name: string, args: readonly string[], env: Record<string, string> = {}) {
  const { code, out, err } = await command(name, args, env);
  if (code !== 0) throw new Error(`${name} ${args.join(" ")} ended with ${code}: ${err || out}`);
  return JSON.parse(out);
}
