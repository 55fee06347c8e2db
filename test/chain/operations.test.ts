import { deepEqual, match, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { onBothDatabases } from "../support/databases.ts";
import { openStage } from "./support/stage.ts";

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
}

const guide = readFileSync("docs/operations.md", "utf8");
const dashboard = JSON.parse(readFileSync("ops/grafana/tributary.json", "utf8")) as Dashboard;
/** One text for each rule. */
const alarms = readFileSync("ops/prometheus/alerts.yml", "utf8")
  .split(/^ {6}- alert: /m)
  .slice(1);

const expressionOf = (alarm: string): string => alarm.match(/^ {8}expr: (.+)$/m)?.[1] ?? "";
const asked = (expression: string): string[] => expression.match(/\btributary_\w+/g) ?? [];
/** What a histogram is asked for. */
const withoutSuffix = (name: string): string => name.replace(/_(bucket|sum|count)$/, "");

describe("the alarms", () => {
  it("have all that a rule of Prometheus needs, and a chapter that says what to do", () => {
    ok(alarms.length >= 10);
    for (const alarm of alarms) {
      match(alarm, /^Tributary\w+\n {8}expr: .+\n {8}for: \d+[mh]\n {8}labels:\n {10}severity: (warning|critical)\n/);
      match(alarm, /\n {8}annotations:\n {10}summary: ".+"\n {10}description: ".+"\n {10}runbook: "/);
      const chapter = alarm.match(/runbook: "docs\/operations\.md#(\w+)"/)?.[1] ?? "none";
      ok(guide.toLowerCase().includes(`### ${chapter}\n`), `docs/operations.md has no chapter ${chapter}`);
      ok(asked(expressionOf(alarm)).length > 0, alarm);
    }
  });
});

onBothDatabases((db) => {
  const stage = openStage();
  const chain = stage.chain();
  const servers = stage.servers(db, chain);
  /** Every metric that a server and a worker tell, by `# TYPE`. */
  const told = new Set<string>();
  before(async function () {
    this.timeout(60_000);
    const server = await servers().start({ ROLE: "all" });
    for (const [, name] of (await server.metrics()).matchAll(/^# TYPE (tributary_\w+) /gm)) told.add(name ?? "");
    await server.end("SIGTERM");
  });

  it("dashboard and alarms ask only for what a running server tells", () => {
    const panels = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    ok(panels.length >= 20);
    const names = [...panels, ...alarms.map(expressionOf)].flatMap(asked);
    const unknown = [...new Set(names)].filter((name) => !told.has(name) && !told.has(withoutSuffix(name)));
    deepEqual(unknown, []);
  });

  it("the dashboard shows everything that a server tells", () => {
    const shown = new Set(dashboard.panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => asked(expr))));
    const histograms = new Set([...shown].map(withoutSuffix));
    deepEqual(
      [...told].filter((name) => !shown.has(name) && !histograms.has(name)),
      [],
    );
  });

  it("the guide says of everything that a server tells what it is", () => {
    const named = new Set([...guide.matchAll(/`(\w+)(?:\{[\w,]+\})?`/g)].map(([, name]) => name));
    const missing = [...told].filter((name) => !named.has(name.replace(/^tributary_(chain_)?/, "")));
    deepEqual(missing, []);
  });
});
