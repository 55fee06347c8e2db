import { deepEqual, equal, match, ok } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

const DATA = "test/e2e/replayData";

/** In base units, 10,000 to a cent. Reckoned from the files by another program than the replay. */
const EXPECTED_AMOUNTS = {
  authorized: "5562350000",
  held: "1616020000",
  captured_unreleased: "291690000",
  released: "3548950000",
  voided: "18230000",
  refunded: "87460000",
  credited: "3548950000",
  withdrawn: "3548950000",
};
const EXPECTED_STATEMENTS = {
  merchant: {
    months: { "2017-01": "101727000", "2017-02": "1337122000", "2017-03": "1436696700" },
    total: "2875545700",
    on_chain: "2875545700",
  },
  channel: {
    months: { "2017-01": "9144000", "2017-02": "122816000", "2017-03": "129263200" },
    total: "261223200",
    on_chain: "261223200",
  },
  agent: {
    months: { "2017-01": "0", "2017-02": "29206000", "2017-03": "1356400" },
    total: "30562400",
    on_chain: "30562400",
  },
  carrier: {
    months: { "2017-01": "29570000", "2017-02": "139560000", "2017-03": "114530000" },
    total: "283660000",
    on_chain: "283660000",
  },
  platform: {
    months: { "2017-01": "3429000", "2017-02": "46056000", "2017-03": "48473700" },
    total: "97958700",
    on_chain: "97958700",
  },
};

interface ReplayJson {
  orders: number;
  amounts: { TUSD: Record<string, string> };
  differences: unknown[];
  gas: Record<string, { count: number }>;
  latency_ms: { samples: number };
  rows: number;
  played: number;
  skipped: Record<string, number>;
  lost: number;
  orders_per_second: number;
  wall_seconds: number;
  onboarding_seconds: number;
  statements: Record<string, { months: Record<string, string>; total: string; on_chain: string }>;
}

async function replay(...options: string[]) {
  const child = spawn(process.execPath, ["--import", "tsx", "scripts/replay.ts", ...options], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [[code], said, complaint] = await Promise.all([once(child, "exit"), text(child.stdout), text(child.stderr)]);
  return { code, said, complaint };
}

describe("npm run replay", function () {
  this.timeout(300_000);

  it("plays every order to its end, though the server is killed, and balances to the unit", async () => {
    const { code, said, complaint } = await replay(DATA, "--json", "--chaos", "--kills", "1", "--concurrency", "8");
    equal(code, 0, complaint);
    match(complaint, /kill -9 number 1/);
    const result = JSON.parse(said) as ReplayJson;

    deepEqual([result.rows, result.played, result.orders, result.lost], [30, 24, 28, 0]);
    deepEqual(result.skipped, { boleto: 2, several_methods: 1, voucher: 1, status_unavailable: 1, no_payment: 1 });
    deepEqual(result.differences, []);
    ok(result.orders_per_second > 0 && result.onboarding_seconds < result.wall_seconds);
    const { authorized, held, captured_unreleased, released, voided, refunded, credited, withdrawn } =
      result.amounts.TUSD;
    deepEqual(
      { authorized, held, captured_unreleased, released, voided, refunded, credited, withdrawn },
      EXPECTED_AMOUNTS,
    );
    deepEqual(result.statements, EXPECTED_STATEMENTS);
  });

  it("says what is wrong with a folder it cannot play", async () => {
    const { code, complaint } = await replay("test/e2e");
    equal(code, 1);
    match(complaint, /orders\.csv cannot be read: there is no such file\. The replay needs orders\.csv/);
  });

  it("asks for the folder, and for options it understands", async () => {
    match((await replay()).complaint, /Say which folder the CSV files are in/);
    match((await replay(DATA, "--limit", "none")).complaint, /--limit is a whole number above zero, not "none"/);
    match((await replay(DATA, "--database", "other")).complaint, /--database is sqlite or postgres, not "other"/);
  });
});
