import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Address } from "viem";
import { keyOf, localAccount } from "../client/accounts.ts";
import { type AddressBook, deployContracts, writeAddressBook } from "../deploy/index.ts";
import { type SpawnedChain, spawnLocalChain } from "../localChain/spawn.ts";
import { bundleServer } from "./bundle.ts";
import { type Child, startChild } from "./child.ts";
import { serverEnvironment } from "./environment.ts";

/** Who is who on a local chain; all of them of the public phrase. */
export const DEPLOYER = localAccount(0);
const OPERATOR = localAccount(1);
export const STAFF = localAccount(2);

/**
 * V8 would rather take more memory than tidy up. What the server holds is below 100 MB, however much it has done; with
 * these it keeps what it takes, all in all, below 250 MB.
 */
export const HEAP = ["--max-semi-space-size=4", "--max-old-space-size=256"];
/** The same for glibc, which else keeps an arena for each thread; other systems do not know the names. */
const ALLOCATOR = { MALLOC_ARENA_MAX: "1", MALLOC_TRIM_THRESHOLD_: "131072" };

export interface StackOptions {
  /** Folder for the address book, the database and the log. */
  folder: string;
  /** `sqlite:` in the folder unless said. */
  databaseUrl?: string;
  /** 0 takes a free one. */
  chainPort: number;
  /** Where the server will listen. */
  port: number;
  jwtSecret: string;
  platformPayee: Address;
  carrierPayee: Address;
  /** What TestUSD pays one for one, and then nothing else is taken; USD, beside ETH, unless said. */
  currency?: string;
  /** Further options of scripts/localChain/main.ts. */
  chainOptions?: readonly string[];
  /** Variables of the server's environment that are to be otherwise. */
  env?: Readonly<Record<string, string>>;
  /** Options of the Node that runs the server, such as `--cpu-prof`. */
  nodeOptions?: readonly string[];
}

/** A chain with the contracts on it, and a server that can be started, killed and started again. */
export interface Stack {
  readonly chain: SpawnedChain;
  readonly book: AddressBook;
  /** e.g. `http://localhost:3000` */
  readonly origin: string;
  /** What the server is told; for tools that need the same. */
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Starts the server and waits until it is ready. */
  startServer(): Promise<Child>;
  /** Ends all of it. */
  stop(): Promise<void>;
}

/** Starts the chain, and deploys the contracts unless they are on it already. The server is not started yet. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { folder, port, chainOptions = [] } = options;
  const script = await bundleServer();
  const chain = await spawnLocalChain(["--port", String(options.chainPort), ...chainOptions]);
  const addressBook = join(folder, "addresses.json");
  const logFile = join(folder, "server.log");
  const book = await bookFor(chain, addressBook, options.currency).catch(async (error: unknown) => {
    await chain.stop();
    throw error;
  });
  const env = {
    ...serverEnvironment({
      chainUrl: chain.url,
      addressBook,
      databaseUrl: options.databaseUrl ?? `sqlite:${join(folder, "tributary.sqlite")}`,
      port,
      jwtSecret: options.jwtSecret,
      operatorKey: keyOf(OPERATOR),
      staff: STAFF.address,
      platformPayee: options.platformPayee,
      carrierPayee: options.carrierPayee,
    }),
    ...options.env,
  };
  let server: Child | undefined;
  return {
    chain,
    book,
    origin: `http://localhost:${port}`,
    env,
    logFile,
    startServer: async () => {
      const nodeOptions = [...HEAP, ...(options.nodeOptions ?? [])];
      server = await startChild({ script, nodeOptions, env: { ...ALLOCATOR, ...env }, logFile });
      return server;
    },
    stop: async () => {
      await server?.stop();
      await chain.stop();
    },
  };
}

/** The address book of this very chain: the one in the file when the chain came back, else of a new deployment. */
async function bookFor(chain: SpawnedChain, file: string, currency: string | undefined): Promise<AddressBook> {
  if (chain.restored > 0 && existsSync(file)) {
    const book: AddressBook = JSON.parse(await readFile(file, "utf8"));
    if (book.genesisHash === chain.genesisHash) return book;
  }
  const only = currency === undefined ? {} : { tokens: [], testUsd: { currency } };
  const book = await deployContracts({ rpcUrl: chain.url, privateKey: keyOf(DEPLOYER), ...only });
  await writeAddressBook(file, book);
  return book;
}
