import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type Hex, keccak256, stringToHex, zeroHash } from "viem";
import { voteTypedData } from "../server/protocol/panel.ts";
import { type TermsJson, termsFromJson } from "../server/protocol/terms.ts";
import { type Ballot, type Court, courtOf, type Dispute, type SignedBallot, standing } from "./panel/dispute.ts";
import { addressOf, bookOf } from "./support/book.ts";
import { accountFrom, openChain, reasonOf } from "./support/onChain.ts";

const HELP = `Shows disputes before an arbiter panel, votes on them and has the panel rule. The panel is the arbiter of the terms.
Exits 0 when it is done, 2 when it is not. Results are JSON on stdout.

  npm run panel -- show --terms FILE [--round N --amount UNITS]
      members, votes and times of the open dispute, or of the one that is named
  npm run panel -- vote --terms FILE --round N --amount UNITS --ppm N [--reason TEXT] [--dry-run]
      the key in PANEL_KEY is the member's. --ppm is what the payer gets of the amount, in parts per million; the chain
      keeps the keccak256 of the reason. Votes are final. With --sign [--deadline-s N] nothing is sent: the signed vote
      is printed (good for N seconds, default 86400), and
  npm run panel -- vote --terms FILE --signed FILE [--dry-run]
      sends it, by anyone's key in PANEL_KEY
  npm run panel -- execute --terms FILE --round N --amount UNITS [--dry-run]
      has the panel rule the lower median of its votes; by anyone's key in PANEL_KEY

  --terms FILE       the order's terms as the API gives them
  --rpc URL          JSON-RPC of the chain (default RPC_URL, else http://127.0.0.1:8545)
  --escrow A         where the order is (default: the escrow of the address book)
  --addresses FILE   address book (default ADDRESS_BOOK, else data/addresses.json)

Round and amount are to be what you judged: of a dispute that changed since, the panel takes no vote.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...{ terms: { type: "string" }, round: { type: "string" }, amount: { type: "string" }, ppm: { type: "string" } },
    ...{ reason: { type: "string" }, signed: { type: "string" }, "deadline-s": { type: "string" } },
    ...{ rpc: { type: "string" }, escrow: { type: "string" }, addresses: { type: "string" } },
    ...{ sign: { type: "boolean", default: false }, "dry-run": { type: "boolean", default: false } },
    help: { type: "boolean", short: "h", default: false },
  },
});

const VERBS: Record<string, () => Promise<object>> = { show, vote, execute };
const verb = VERBS[positionals[0] ?? ""];

if (values.help || !verb || positionals.length > 1) {
  (values.help ? process.stdout : process.stderr).write(HELP);
  process.exitCode = values.help ? 0 : 2;
} else {
  try {
    process.stdout.write(`${JSON.stringify(await verb(), null, 2)}\n`);
  } catch (error) {
    console.error(reasonOf(error));
    process.exitCode = 2;
  }
}

async function show() {
  const { court, now } = await connect();
  const named = values.round !== undefined || values.amount !== undefined;
  return standing(court, named ? dispute() : await court.open(), await now());
}

async function vote() {
  const sender = { account: accountFrom("PANEL_KEY"), dryRun: values["dry-run"] };
  const { court, now } = await connect();
  if (values.signed !== undefined) {
    const ballot = await readBallot(values.signed, court);
    return { ...told(ballot), member: ballot.member, ...(await court.vote(sender, ballot)) };
  }
  const reason = values.reason === undefined ? zeroHash : keccak256(stringToHex(values.reason));
  const ballot: Ballot = { ...dispute(), toPayerPpm: Number(whole("ppm")), reason };
  if (!values.sign) return { ...told(ballot), member: sender.account.address, ...(await court.vote(sender, ballot)) };
  const deadline = (await now()) + Number(values["deadline-s"] === undefined ? 86_400n : whole("deadline-s"));
  const signature = await sender.account.signTypedData(voteTypedData(court, { ...ballot, ...court, deadline }));
  const at = { escrow: court.escrow, panel: court.panel, id: court.id };
  return { ...at, ...told(ballot), member: sender.account.address, deadline, signature };
}

async function execute() {
  const sender = { account: accountFrom("PANEL_KEY"), dryRun: values["dry-run"] };
  const { court } = await connect();
  const wanted = dispute();
  const { median } = await court.tally(wanted);
  const sent = await court.execute(sender, wanted);
  return { round: wanted.round, amount: `${wanted.amount}`, to_payer_ppm: Number(median), ...sent };
}

function told({ round, amount, toPayerPpm, reason }: Ballot) {
  return { round, amount: `${amount}`, to_payer_ppm: toPayerPpm, reason };
}

/** A signed vote as `--sign` printed it. Throws when it is of another dispute than the terms'. */
async function readBallot(file: string, court: Court): Promise<SignedBallot> {
  const json = JSON.parse(await readFile(file, "utf8"));
  for (const name of ["escrow", "panel", "id"] as const) {
    if (`${json[name]}`.toLowerCase() !== court[name].toLowerCase()) {
      throw new Error(`${file} has the ${name} ${json[name]}, the terms lead to ${court[name]}`);
    }
  }
  return {
    ...{ round: Number(json.round), amount: BigInt(json.amount), toPayerPpm: Number(json.to_payer_ppm) },
    ...{ reason: json.reason as Hex, member: addressOf("signed", json.member) },
    ...{ deadline: Number(json.deadline), signature: json.signature as Hex },
  };
}

async function connect() {
  if (values.terms === undefined) throw new Error("--terms is missing");
  const terms = termsFromJson(JSON.parse(await readFile(values.terms, "utf8")) as TermsJson);
  const escrow = addressOf("escrow", values.escrow ?? (await bookOf(values.addresses))?.escrow);
  const chain = await openChain(values.rpc ?? process.env.RPC_URL ?? "http://127.0.0.1:8545");
  return { court: await courtOf(chain, escrow, terms), now: chain.now };
}

function dispute(): Dispute {
  return { round: Number(whole("round")), amount: whole("amount") };
}

function whole(option: "round" | "amount" | "ppm" | "deadline-s"): bigint {
  const value = values[option];
  if (value === undefined) throw new Error(`--${option} is missing`);
  if (!/^\d{1,40}$/.test(value)) throw new Error(`--${option}: ${value} is no whole number`);
  return BigInt(value);
}
