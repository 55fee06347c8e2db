import { readFileSync } from "node:fs";
import { init } from "z3-solver";

/** @param holds whether the solver found what it had to find, in time */
export type Verdict = { name: string; kind: "lemma" | "witness"; holds: boolean; answer: string; ms: number };

const FILE = new URL("split.smt2", import.meta.url);
const EXPECTED = { lemma: "unsat", witness: "sat" } as const;
/** For one lemma, in ms. The slowest takes a few seconds. */
const PATIENCE = 120_000;

/**
 * Asks the solver for every lemma and witness of the file, each for itself. The text is parsed in a call that returns
 * when it is done: Z3's asynchronous calls read strings after they were freed, and then answer to something else.
 */
export async function prove(): Promise<Verdict[]> {
  const { Context, em } = await init();
  try {
    const verdicts: Verdict[] = [];
    for (const { name, kind, text } of questions(readFileSync(FILE, "utf8"))) {
      const began = Date.now();
      const { Solver } = Context("lemmas");
      const solver = new Solver();
      solver.set("timeout", PATIENCE);
      solver.fromString(text);
      const answer = await solver.check();
      verdicts.push({ name, kind, answer, holds: answer === EXPECTED[kind], ms: Date.now() - began });
    }
    return verdicts;
  } finally {
    // its worker threads would keep the process alive (Z3Prover/z3#6701)
    em.PThread.terminateAllThreads();
  }
}

/** The definitions before the first question belong to all of them. */
function questions(file: string): { name: string; kind: "lemma" | "witness"; text: string }[] {
  const [shared = "", ...parts] = file.split(/^(?=; (?:lemma|witness): )/m);
  return parts.map((part) => {
    const [, kind, name = ""] = /^; (lemma|witness): (.*)$/m.exec(part) ?? [];
    return { name, kind: kind as "lemma" | "witness", text: shared + part };
  });
}
