// Starts every command of this project: `node scripts/run.mjs NAME ARGS`, which is what `npm run NAME -- ARGS` does.
// Runs on Node 20 without any package. Installs what is missing, compiles the contracts where a command needs them,
// then starts scripts/NAME.ts on the project's own Node 24, passes signals on and ends with its exit code.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const NODE = join(ROOT, "node_modules/.bin/node");
const HARDHAT = join(ROOT, "node_modules/hardhat/dist/src/cli.js");

/**
 * A colon in a name is a folder: bench:gas is scripts/bench/gas.ts. `compiled` says what a command needs of Solidity:
 * the contracts, or their tests too, which take most of a first compilation.
 */
const COMMANDS = {
  demo: { help: "a chain, a server and one order from cart to withdrawal", compiled: "contracts" },
  replay: { help: "real orders from CSV files, through the API and the chain", compiled: "contracts" },
  start: { help: "the server with a local chain that survives a restart", compiled: "contracts" },
  serve: { help: "the server alone, configured by the environment" },
  test: { help: "every test; `npm test -- server/protocol` only those whose path has it", compiled: "tests" },
  check: { help: "types, lint, format, floors, unused code, generated files", compiled: "tests" },
  deploy: { help: "the contracts onto a chain, and its address book", compiled: "contracts" },
  statement: { help: "publish statements, and check a line against what was published" },
  panel: { help: "disputes before an arbiter panel: show, vote, have it rule" },
  listener: { help: "how far chains are read: status, rewind, rescan, replay-quarantine" },
  reconcile: { help: "compare contract, database and ledger, and name every difference" },
  simulate: {
    help: "random stories of chain, nodes and server, judged by the chain that stands",
    compiled: "contracts",
  },
  "operator:status": { help: "the key that sends for the house: money, nonces, what waits, what failed" },
  openapi: { help: "write docs/openapi.json from the routes" },
  "invariants:long": {
    help: "ten million random calls against the escrow's invariants; resumes where it stopped",
    compiled: "tests",
  },
  prove: { help: "the split and the state table of the contracts, by machine", compiled: "contracts" },
  mutate: { help: "break the contracts in every way it knows, and see which test notices" },
  "coverage:contracts": { help: "lines and branches of the contracts that the Solidity tests reach" },
  "bench:gas": { help: "gas of every operation of the escrow against its bar", compiled: "contracts" },
  "bench:listener": {
    help: "how fast a chain is read, beside a plain loop and Ponder, and how soon people see it",
    compiled: "contracts",
  },
  "bench:operator": {
    help: "how many transactions the house sends in a second, and at what cost",
    compiled: "contracts",
  },
};

const [name = "", ...args] = process.argv.slice(2);
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
const script = join("scripts", `${name.replace(":", "/")}.ts`);
if (!command || !existsSync(join(ROOT, script))) listCommands();
else {
  install();
  if (command.compiled) compile(command.compiled);
  start(script, args);
}

function listCommands() {
  if (name) console.error(`There is no command "${name}".\n`);
  const known = Object.entries(COMMANDS).map(([key, { help }]) => `  npm run ${key.padEnd(20)}${help}`);
  console.error(["Commands:", ...known].join("\n"));
  process.exitCode = name ? 1 : 0;
}

/**
 * Scripts of packages stay switched off: some would compile (better-sqlite3, which brings its binary along), and npm
 * versions differ in which they allow. Only the package `node` needs its own, to fetch Node 24. The install itself must
 * run on a new Node, for npm leaves out optional packages whose engines ask for more than the one it runs on.
 */
function install() {
  if (installed()) return;
  console.error("Installing packages (once; about a minute) …");
  const npm = "npm ci --ignore-scripts --no-audit --no-fund && npm rebuild --ignore-scripts=false node";
  const [tool, ...rest] = major() >= 24 ? ["sh", "-c", npm] : ["npx", "-y", "-p", "node@24", "-c", npm];
  run(tool, rest, "Installing packages failed; the lines above say why.");
  if (!installed())
    fail("Packages were installed, but node_modules/.bin/node does not run. Delete node_modules and try again.");
}

function installed() {
  const lock = join(ROOT, "node_modules/.package-lock.json");
  if (!existsSync(lock) || statSync(lock).mtimeMs < statSync(join(ROOT, "package-lock.json")).mtimeMs) return false;
  return spawnSync(NODE, ["--version"]).status === 0;
}

function compile(what) {
  const build = [HARDHAT, "build", "--quiet", ...(what === "tests" ? [] : ["--no-tests"])];
  run(NODE, build, "The contracts do not compile.");
}

/** Only the command itself writes to stdout, which may be read by a program. */
function run(tool, toolArgs, failure) {
  const { status, signal } = spawnSync(tool, toolArgs, { cwd: ROOT, stdio: ["ignore", 2, 2], env: environment() });
  if (signal) process.exit(128 + constants.signals[signal]);
  if (status !== 0) fail(failure);
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

function start(file, fileArgs) {
  const child = spawn(NODE, ["--import", "tsx", file, ...fileArgs], {
    cwd: ROOT,
    stdio: "inherit",
    env: environment(),
  });
  child.on("error", (error) => fail(`${file} could not be started: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
  // Ctrl-C reaches the child from the terminal, too; sent on as SIGTERM it is never the second SIGINT that ends at once.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill("SIGTERM"));
}

/** The project's tools first, so that whatever starts `node`, `hardhat` or `mocha` gets the right one. */
function environment() {
  const tools = join(ROOT, "node_modules/.bin");
  return { ...process.env, PATH: `${tools}${process.platform === "win32" ? ";" : ":"}${process.env.PATH}` };
}

function major() {
  return Number(process.versions.node.split(".")[0]);
}
