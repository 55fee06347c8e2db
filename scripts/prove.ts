import { parseArgs } from "node:util";
import { explore } from "./prove/explore.ts";
import { INVARIANTS } from "./prove/invariants.ts";
import { prove } from "./prove/lemmas.ts";
import { CASES } from "./prove/table.ts";
import { follow, walkOf, withVariablesInMemory } from "./prove/walk.ts";

const HELP = `Proves what can be proven of the contracts, by machine.

  npm run prove             both parts
  npm run prove -- split    the lemmas below the split and the packed words, by an SMT solver, for all numbers
  npm run prove -- table    the state table: every order of two base units that can be reached, every call on it around
                            the end of every window, against the invariants; and the escrow itself along every edge
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: "boolean", default: false } },
});
const PARTS: Record<string, () => Promise<boolean>> = { split, table };

if (values.help || positionals.some((name) => !PARTS[name])) {
  process.stdout.write(HELP);
  process.exitCode = values.help ? 0 : 1;
} else {
  let holds = true;
  for (const name of positionals.length > 0 ? positionals : Object.keys(PARTS)) {
    holds = ((await PARTS[name]?.()) ?? false) && holds;
  }
  process.exit(holds ? 0 : 1);
}

async function split(): Promise<boolean> {
  console.log("The split, for all numbers:");
  const verdicts = await prove();
  for (const { name, holds, answer, kind, ms } of verdicts) {
    console.log(
      `  ${holds ? "proven" : "FAILED"}  ${name}${holds ? "" : `: ${answer}`} (${kind}, ${(ms / 1000).toFixed(1)} s)`,
    );
  }
  return verdicts.every(({ holds }) => holds);
}

async function table(): Promise<boolean> {
  console.log("The state table:");
  let holds = true;
  const walks = CASES.map((terms) => {
    const vertices = explore(terms);
    const edges = vertices.reduce((sum, { edges }) => sum + edges.length, 0);
    const broken = Object.entries(INVARIANTS).flatMap(([name, isKept]) => {
      const witness = vertices.find((vertex) => !isKept(vertex, terms));
      return witness ? [`  BROKEN  ${name}: ${JSON.stringify(witness.order)}`] : [];
    });
    holds = holds && broken.length === 0;
    const kept = Object.keys(INVARIANTS).length - broken.length;
    console.log(`  ${terms.name}: ${vertices.length} orders, ${edges} calls, ${kept} invariants hold`);
    for (const line of broken) console.log(line);
    return walkOf(vertices, terms);
  });
  const { passed, failures } = await follow(walks);
  const [allowed, refused] = [
    walks.reduce((sum, walk) => sum + walk.allowed, 0),
    walks.reduce((sum, walk) => sum + walk.refused, 0),
  ];
  console.log(`  the escrow was called ${allowed + refused} times: ${allowed} allowed, ${refused} refused`);
  for (const { test, reason } of failures) console.log(`  DISAGREES  ${test}: ${reason}`);
  console.log(`  it agrees with the table in ${passed} of ${walks.length} cases`);
  const crowded = withVariablesInMemory();
  for (const name of crowded) console.log(`  BROKEN  ${name} keeps variables where terms are hashed`);
  return holds && crowded.length === 0 && passed === walks.length && failures.length === 0;
}
