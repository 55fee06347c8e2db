import "reflect-metadata";
import { parseArgs } from "node:util";
import { replayQuarantineVerb } from "./listener/replayQuarantine.ts";
import { rescanVerb } from "./listener/rescan.ts";
import { rewindVerb } from "./listener/rewind.ts";
import { statusVerb } from "./listener/status.ts";
import type { Said, Verb } from "./listener/verb.ts";
import { HOUSE_HELP, HOUSE_OPTIONS, runCommand } from "./support/serverConfig.ts";

const VERBS: Readonly<Record<string, Verb>> = {
  status: statusVerb,
  rewind: rewindVerb,
  "replay-quarantine": replayQuarantineVerb,
  rescan: rescanVerb,
};

const OF_THE_HOUSE = `\
Options of every verb:
${HOUSE_HELP}  --chain ID        of a house on several chains, the one that is meant
`;

const HELP = `Looks after what the house has read of its chains, beside a running server or without one.

  npm run listener -- VERB [options]      npm run listener -- VERB --help

  status              how far each chain is read, who leads, and what needs a person
  rewind              go back to a block, after a reorganisation below what was final
  replay-quarantine   read logs again that could not be read, after an upgrade
  rescan              read blocks again, where something is missing or wrong

Exits 0 when all is well, 1 when something needs a person, 2 when it refused or could not.

${OF_THE_HOUSE}`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...HOUSE_OPTIONS,
    chain: { type: "string" },
    from: { type: "string" },
    to: { type: "string" },
    yes: { type: "boolean", default: false },
  },
});
const [name, ...more] = positionals;
const verb = name !== undefined && Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;

await runCommand(verb ? `${verb.help}\n${OF_THE_HOUSE}` : HELP, values, async () => {
  if (!verb || more.length > 0)
    throw new Error(`${name ? `There is no "${positionals.join(" ")}".` : "Say a verb."}\n\n${HELP}`);
  refuseOthers(verb);
  return verb.run(values);
});

/** An option that a verb does not know may be the one that somebody relies on. */
function refuseOthers({ takes }: Verb): void {
  const given: (keyof Said)[] = (["from", "to"] as const).filter((option) => values[option] !== undefined);
  if (values.yes) given.push("yes");
  const unknown = given.filter((option) => !takes.includes(option));
  if (unknown.length > 0) throw new Error(`${name} takes no --${unknown.join(", no --")}`);
}
