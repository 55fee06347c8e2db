import { createHash } from "node:crypto";
import hre from "hardhat";

/** The file whose invariants are tried; its NatSpec says how many runs of how many calls a round is. */
const INVARIANTS = "test/contracts/invariants/invariants.t.sol";

/** What came of a round; `failure` is what the runner printed of a broken invariant. */
export type Round = { round: number; calls: number; failure?: string };

/** Of what the runner answers, what is read here. */
type Told = { suiteResults: { testResults: { kind: object }[] }[]; summary: { failureOutput?: string } };
type Outcome = { success: true; value: Told } | { success: false; error: Told };

/** Rounds draw from seeds of their own, so any of them can be repeated alone. */
function seedOf(seed: string, round: number): string {
  return `0x${createHash("sha256").update(`${seed}:${round}`).digest("hex")}`;
}

async function run(seed: string, round: number): Promise<Round> {
  const profile = hre.config.test.solidity.profiles.default;
  if (!profile) throw new Error("Hardhat has no default profile of Solidity tests");
  profile.fuzz.seed = seedOf(seed, round);
  const outcome: Outcome = await hre.tasks.getTask(["test", "solidity"]).run({
    testFiles: [INVARIANTS],
    noCompile: true,
    testSummaryIndex: 1,
    grep: "invariant_",
  });
  const { suiteResults } = outcome.success ? outcome.value : outcome.error;
  const calls = suiteResults
    .flatMap(({ testResults }) => testResults)
    .reduce((sum, { kind }) => sum + ("calls" in kind ? Number(kind.calls) : 0), 0);
  if (outcome.success && calls > 0) return { round, calls };
  const said = outcome.success ? "no call was made" : outcome.error.summary.failureOutput;
  return { round, calls, failure: said?.trim() || "the runner failed without a word" };
}

// Started as a process of its own by long.ts: takes the number of a round, answers with what came of it.
process.on("message", async ({ seed, round }: { seed: string; round: number }) => {
  const result = await run(seed, round).catch(
    (error: unknown): Round => ({ round, calls: 0, failure: error instanceof Error ? error.message : String(error) }),
  );
  process.send?.(result);
});
process.on("disconnect", () => process.exit(0));
