import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Wallet } from "ethers";
import type { AddressBook } from "../../../scripts/deploy/book.ts";
import { command } from "../../../scripts/deploy/command.ts";
import type { Ask } from "../../../scripts/deploy/rpc.ts";

/** What the command did: its exit code, what people read, what stood on standard output. */
export interface Run {
  readonly code: number;
  readonly said: string;
  readonly printed: string;
}

/** `npm run deploy` in this process. @param key DEPLOYER_KEY; none unless given */
export async function deploy(args: readonly string[], key?: string): Promise<Run> {
  const said: string[] = [];
  const printed: string[] = [];
  const code = await command(args, {
    tell: (line) => said.push(line),
    print: (text) => printed.push(text),
    env: key ? { DEPLOYER_KEY: key } : {},
    keystore: async () => undefined,
  });
  return { code, said: said.join("\n"), printed: printed.join("") };
}

/** The same with `--json`, for a deployment that must come off. */
export async function deployed(args: readonly string[], key?: string): Promise<AddressBook> {
  const run = await deploy([...args, "--json"], key);
  if (run.code !== 0) throw new Error(`the deployment failed: ${run.said}`);
  const { out: _, ...book } = JSON.parse(run.printed);
  return book;
}

/** A key that nobody knows, with a thousand ETH on the chain. */
export async function richKey(ask: Ask): Promise<{ key: string; address: string }> {
  const { privateKey: key, address } = Wallet.createRandom();
  await ask("anvil_setBalance", [address, "0x3635c9adc5dea00000"]);
  return { key, address };
}

/** A folder for address books, until `clean`. */
export function bookFolder() {
  const folder = mkdtempSync(join(tmpdir(), "tributary-deploy-"));
  let files = 0;
  return {
    next: () => join(folder, `book-${++files}.json`),
    clean: () => rmSync(folder, { recursive: true }),
  };
}
