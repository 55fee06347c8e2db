import { deepEqual, equal, ok } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

interface DemoJson {
  orders: number;
  amounts: Record<string, Record<string, string>>;
  differences: unknown[];
  gas: Record<string, { count: number; median: number }>;
  latency_ms: { p50: number; p99: number; samples: number };
}

const SAMPLES = 8;
const STORY_ORDERS = 11;

describe("npm run demo", function () {
  this.timeout(300_000);

  it("tells its story, balances to the unit, and says so in JSON", async () => {
    const demo = spawn(process.execPath, ["--import", "tsx", "scripts/demo.ts", "--json", "--samples", `${SAMPLES}`], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [[code], json, story] = await Promise.all([once(demo, "exit"), text(demo.stdout), text(demo.stderr)]);
    equal(code, 0, story);
    const result = JSON.parse(json) as DemoJson;

    deepEqual(Object.keys(result), ["orders", "amounts", "differences", "gas", "latency_ms"]);
    equal(result.orders, STORY_ORDERS + SAMPLES);
    deepEqual(result.differences, []);
    equal(result.latency_ms.samples, SAMPLES);
    ok(result.latency_ms.p50 <= result.latency_ms.p99);
    deepEqual(Object.keys(result.amounts).sort(), ["ETH", "TUSD"]);
    for (const amounts of Object.values(result.amounts)) assertBalanced(amounts);
    for (const operation of ["authorize_erc3009", "authorize_allowance", "authorize_eth", "capture", "withdraw"]) {
      ok((result.gas[operation]?.median ?? 0) > 20_000, operation);
    }
  });
});

/** What came in is somewhere; what was earned was taken out, for everybody withdrew. */
function assertBalanced(amounts: Record<string, string>): void {
  const of = (name: string) => BigInt(amounts[name] ?? "-1");
  const somewhere = ["held", "captured_unreleased", "released", "refunded", "voided", "reclaimed"].map(of);
  equal(
    of("authorized"),
    somewhere.reduce((sum, amount) => sum + amount, 0n),
  );
  ok(somewhere.every((amount) => amount >= 0n));
  equal(of("credited"), of("withdrawn"));
  ok(of("withdrawn") > 0n);
}
