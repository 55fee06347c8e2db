import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { localAccount } from "../client/accounts.ts";
import { chainClient } from "../client/chain.ts";
import { sender } from "../client/http.ts";
import { seedShop } from "../seedShop.ts";
import { isFree } from "./ports.ts";
import { type Stack, startStack } from "./stack.ts";
import { welcome } from "./welcome.ts";

const HOST = "127.0.0.1";
/** How often the chain mines an empty block while nobody sends anything, in milliseconds. */
const EMPTY_BLOCK_MS = 2_000;
const PLATFORM = localAccount(3);
const CARRIER = localAccount(4);

export interface StartOptions {
  /** Folder for everything that is kept. */
  data: string;
  /** Throw what is kept away first. */
  fresh: boolean;
  port: number;
  chainPort: number;
}

/**
 * Runs chain and server until Ctrl-C, SIGTERM, or until one of them ends by itself.
 * @throws when a port is taken, or what is kept does not fit together
 */
export async function start({ data, fresh, port, chainPort }: StartOptions): Promise<void> {
  await assertFree("PORT", "server", port);
  await assertFree("CHAIN_PORT", "chain", chainPort);
  const folder = resolve(data);
  if (fresh) await forget(folder);
  await mkdir(folder, { recursive: true });
  const stop = stopSignal();
  const stack = await startStack({
    folder,
    port,
    chainPort,
    jwtSecret: await keptSecret(join(folder, "jwt-secret")),
    platformPayee: PLATFORM.address,
    carrierPayee: CARRIER.address,
    chainOptions: ["--record", join(folder, "chain.jsonl"), "--empty-block-ms", String(EMPTY_BLOCK_MS)],
  });
  try {
    await serve(stack, folder, stop);
  } finally {
    await stack.stop();
  }
}

async function serve(stack: Stack, folder: string, stop: Promise<"signal">): Promise<void> {
  assertSameChain(stack, folder);
  const server = await stack.startServer();
  const place = { send: sender(stack.origin), chain: chainClient(stack.chain.url), book: stack.book };
  const shop = await Promise.race([seedShop(place), stop]);
  if (shop === "signal") return;
  process.stdout.write(welcome(stack, shop, folder));
  const end = await Promise.race([stop, server.ended.then(() => "server" as const)]);
  if (end === "server") throw new Error(`The server ended by itself; ${stack.logFile} says why.`);
  process.stdout.write("\nStopping …\n");
}

async function assertFree(variable: string, what: string, port: number): Promise<void> {
  if (await isFree(port, HOST)) return;
  throw new Error(
    `Port ${port}, where the ${what} should listen, is taken. Choose another one: ${variable}=${port + 1} npm start`,
  );
}

/** A database knows one chain only; when the chain was made anew, it cannot go on. */
function assertSameChain({ chain }: Stack, folder: string): void {
  if (chain.restored > 0 || !existsSync(join(folder, "tributary.sqlite"))) return;
  throw new Error(`${folder} has a database, but not the chain it belongs to. Begin anew: npm start -- --fresh`);
}

/** Removes what a start keeps, and nothing else that may lie in the folder. */
async function forget(folder: string): Promise<void> {
  const database = ["", "-shm", "-wal"].map((suffix) => `tributary.sqlite${suffix}`);
  for (const name of [...database, "chain.jsonl", "addresses.json", "server.log"]) {
    await rm(join(folder, name), { force: true });
  }
}

/** The secret that signs logins, made at the first start, so that logins outlive a restart. */
async function keptSecret(file: string): Promise<string> {
  if (!existsSync(file)) await writeFile(file, randomBytes(32).toString("hex"), { mode: 0o600 });
  return readFile(file, "utf8");
}

/** Settles at the first Ctrl-C, SIGTERM or closed terminal. */
function stopSignal(): Promise<"signal"> {
  return new Promise((settle) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => settle("signal"));
  });
}
