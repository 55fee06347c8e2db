import { parseArgs } from "node:util";
import { zeroHash } from "viem";
import { closingOf, encodeLine, proveLine } from "../server/protocol/statement.ts";
import { lineJson, readLine, readSigned, readStatement, signedJson } from "./statement/files.ts";
import { checkIssuer, planOf, publicationOf, signPublication } from "./statement/publish.ts";
import { type Period, type Registry, registryAt } from "./statement/registry.ts";
import { addressOf, bookOf } from "./support/book.ts";
import { accountFrom, openChain, reasonOf } from "./support/onChain.ts";

const HELP = `Publishes statements by the root of their lines, and checks lines against what was published.
Exits 0 when it is so, 1 when it is not, 2 when that could not be found out. Results are JSON on stdout.

  npm run statement -- publish --file FILE [--uri URI] [--revision N] [--dry-run]
      the key in STATEMENT_KEY is the issuer's. A file that is published already is not published again; to correct one,
      say the next revision. With --sign [--deadline-s N] nothing is sent: the signed publication is printed
      (good for N seconds, default 86400), and
  npm run statement -- publish --signed FILE [--dry-run]
      sends it, by anyone's key in STATEMENT_KEY
  npm run statement -- prove --file FILE --account A --token T
      one account's line with its proof, for that account to keep; asks no chain
  npm run statement -- verify --file FILE [--revision N]
      whether this file is what was published
  npm run statement -- verify --line FILE [--revision N]
      whether this line, as \`prove\` printed it, is in what was published
  npm run statement -- show --issuer A --from S --until S
      every revision that an issuer published for a period, in chain seconds

  --rpc URL          JSON-RPC of the chain (default RPC_URL, else http://127.0.0.1:8545)
  --registry A       the StatementRegistry (default: that of the address book)
  --addresses FILE   address book (default ADDRESS_BOOK, else data/addresses.json)
  --revision N       default: the last one
  --from-block N     where show starts to look for uris (default: the first block of the address book's escrow)

docs/contracts/statement-registry.md says what a file looks like.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...{ file: { type: "string" }, line: { type: "string" }, signed: { type: "string" }, uri: { type: "string" } },
    ...{ account: { type: "string" }, token: { type: "string" }, issuer: { type: "string" } },
    ...{ from: { type: "string" }, until: { type: "string" }, revision: { type: "string" } },
    ...{ rpc: { type: "string" }, registry: { type: "string" }, addresses: { type: "string" } },
    ...{ "from-block": { type: "string" }, "deadline-s": { type: "string" } },
    ...{ sign: { type: "boolean", default: false }, "dry-run": { type: "boolean", default: false } },
    help: { type: "boolean", short: "h", default: false },
  },
});

const VERBS: Record<string, () => Promise<object & { ok?: boolean }>> = { publish, prove, verify, show };
const verb = VERBS[positionals[0] ?? ""];

if (values.help || !verb || positionals.length > 1) {
  (values.help ? process.stdout : process.stderr).write(HELP);
  process.exitCode = values.help ? 0 : 2;
} else {
  try {
    const result = await verb();
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    process.exitCode = result.ok === false ? 1 : 0;
  } catch (error) {
    console.error(reasonOf(error));
    process.exitCode = 2;
  }
}

async function publish() {
  const sender = { account: accountFrom("STATEMENT_KEY"), dryRun: values["dry-run"] };
  const { registry, now } = await connect();
  if (values.signed !== undefined) {
    const { publication, revision, ...consent } = await readSigned(values.signed);
    return { revision, root: publication.root, ...(await registry.publish(sender, publication, revision, consent)) };
  }
  const read = await readStatement(required("file"));
  checkIssuer(read.statement, sender.account, registry.chainId);
  const publication = publicationOf(read, values.uri ?? "");
  const period = read.statement.head;
  const latest = await registry.latest(period);
  const { revision, done } = planOf(publication, latest, await registry.kept(period, latest), number("revision"));
  const told = { revision, root: publication.root, line_count: publication.lineCount };
  if (done) return { ...told, published_before: true };
  if (!values.sign) return { ...told, ...(await registry.publish(sender, publication, revision)) };
  const deadline = (await now()) + (number("deadline-s") ?? 86_400);
  return signedJson(await signPublication(registry, sender.account, publication, { revision, deadline }));
}

async function prove() {
  const { statement } = await readStatement(required("file"));
  const account = addressOf("account", values.account);
  const token = addressOf("token", values.token);
  const proven = proveLine(statement, account, token);
  if (!proven) throw new Error(`the statement has no line of ${account} in ${token}`);
  return lineJson(proven);
}

async function verify() {
  const { registry } = await connect();
  return values.line === undefined ? verifyFile(registry, required("file")) : verifyLine(registry, values.line);
}

async function verifyFile(registry: Registry, file: string) {
  const read = await readStatement(file);
  const { root, lineCount } = publicationOf(read, "");
  const { revision, latest, kept } = await revisionOf(registry, read.statement.head);
  const roots = kept?.root === root && kept.lineCount === lineCount;
  // A file of the same lines in other bytes says the same; whether it is the very file is told beside.
  const sameFile = kept && kept.fileHash !== zeroHash ? { same_file: kept.fileHash === read.fileHash } : {};
  return { ok: roots, revision, latest, root, published_root: kept?.root ?? null, ...sameFile };
}

async function verifyLine(registry: Registry, file: string) {
  const { head, line, proof } = await readLine(file);
  const { revision, latest, kept } = await revisionOf(registry, head);
  const ok = await registry.verify(head, revision, encodeLine(head, line), proof);
  const closes = closingOf(line) === line.closing;
  return { ok, revision, latest, published_root: kept?.root ?? null, closes, account: line.account, token: line.token };
}

async function show() {
  const { registry, startBlock } = await connect();
  const [from, until] = [number("from"), number("until")];
  if (from === undefined || until === undefined) throw new Error("--from and --until are needed, in chain seconds");
  const period = { issuer: addressOf("issuer", values.issuer), from, until };
  const latest = await registry.latest(period);
  const uris = latest > 0 ? await registry.uris(period, BigInt(number("from-block") ?? startBlock)) : new Map();
  const revisions = [];
  for (let revision = 1; revision <= latest; revision += 1) {
    const kept = await registry.kept(period, revision);
    revisions.push({
      ...{ revision, root: kept?.root, line_count: kept?.lineCount, file_hash: kept?.fileHash },
      ...{ published_at: kept?.publishedAt, uri: uris.get(revision) ?? null },
    });
  }
  return { ...period, latest, revisions };
}

/** The revision that is asked about, and what the chain keeps of it. */
async function revisionOf(registry: Registry, period: Period) {
  const latest = await registry.latest(period);
  const revision = number("revision") ?? latest;
  return { revision, latest, kept: await registry.kept(period, revision) };
}

async function connect() {
  const book = await bookOf(values.addresses);
  const address = addressOf("registry", values.registry ?? book?.statementRegistry);
  const chain = await openChain(values.rpc ?? process.env.RPC_URL ?? "http://127.0.0.1:8545");
  return { registry: registryAt(chain, address), now: chain.now, startBlock: book?.startBlock ?? 0 };
}

function required(option: "file"): string {
  const value = values[option];
  if (value === undefined) throw new Error(`--${option} is missing`);
  return value;
}

function number(option: "revision" | "from" | "until" | "from-block" | "deadline-s"): number | undefined {
  const value = values[option];
  if (value === undefined) return undefined;
  if (!/^\d{1,15}$/.test(value)) throw new Error(`--${option}: ${value} is no whole number`);
  return Number(value);
}
