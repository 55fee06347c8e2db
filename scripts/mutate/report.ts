import { readFileSync } from "node:fs";
import type { Mutant } from "./mutant.ts";

/** @param killer the test that failed; absent while the mutant lives */
export type Result = { mutant: Mutant; killer?: string };

/** A mutant of which it is argued that no test could see it, or that none should. */
export type Argument = { mutant: string; why: string };

export type Report = {
  files: { file: string; mutants: number; killed: number; argued: number }[];
  killed: number;
  tested: number;
  /** Killed of all tested, and of those for which nothing is argued. */
  score: number;
  scoreArgued: number;
  survivors: { mutant: string; line: number; why?: string }[];
  /** Arguments for what was killed all the same, or is no mutant any more. */
  stale: string[];
};

const ARGUMENTS = new URL("survivors.json", import.meta.url);

export function readArguments(): Argument[] {
  return JSON.parse(readFileSync(ARGUMENTS, "utf8"));
}

export function reportOn(results: readonly Result[], argued: readonly Argument[], known: ReadonlySet<string>): Report {
  const why = new Map(argued.map(({ mutant, why }) => [mutant, why]));
  const lives = results.filter(({ killer }) => killer === undefined);
  const dead = new Set(results.filter(({ killer }) => killer !== undefined).map(({ mutant }) => mutant.key));
  const isArgued = ({ mutant, killer }: Result) => killer === undefined && why.has(mutant.key);
  const files = [...Map.groupBy(results, ({ mutant }) => mutant.file)].map(([file, all]) => ({
    file,
    mutants: all.length,
    killed: all.filter(({ killer }) => killer !== undefined).length,
    argued: all.filter(isArgued).length,
  }));
  const killed = dead.size;
  const part = (of: number) => (of === 0 ? 1 : killed / of);
  return {
    files: files.sort((a, b) => (a.file < b.file ? -1 : 1)),
    killed,
    tested: results.length,
    score: part(results.length),
    scoreArgued: part(results.length - lives.filter(isArgued).length),
    survivors: lives.map(({ mutant: { key, line } }) => {
      const reason = why.get(key);
      return { mutant: key, line, ...(reason === undefined ? {} : { why: reason }) };
    }),
    stale: argued.map(({ mutant }) => mutant).filter((key) => dead.has(key) || !known.has(key)),
  };
}

export function printed(report: Report): string {
  const rows = report.files.map(({ file, mutants, killed, argued }) =>
    row(file, mutants, killed, argued, mutants - killed - argued, percent(mutants === 0 ? 1 : killed / mutants)),
  );
  const unexplained = report.survivors.filter(({ why }) => why === undefined);
  const argued = report.survivors.length - unexplained.length;
  return [
    row("", "mutants", "killed", "argued", "alive", "killed"),
    ...rows,
    row("all", report.tested, report.killed, argued, unexplained.length, percent(report.score)),
    "",
    ...(unexplained.length > 0 ? ["Alive, and nothing argued for it:"] : []),
    ...unexplained.map(({ mutant, line }) => `  line ${line}: ${mutant}`),
    ...(report.stale.length > 0 ? ["Argued for in scripts/mutate/survivors.json, but not alive:"] : []),
    ...report.stale.map((key) => `  ${key}`),
    `${report.killed} of ${report.tested} mutants killed: ${percent(report.score)}; ` +
      `${percent(report.scoreArgued)} of those for which no reason is argued`,
  ].join("\n");
}

function row(file: string, ...cells: (string | number)[]): string {
  return file.padEnd(44) + cells.map((cell) => String(cell).padStart(9)).join("");
}

function percent(part: number): string {
  return `${(part * 100).toFixed(2)} %`;
}
