import { deepEqual } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

type Violation = { from: string; rule: { name: string } };

/** Holds a house in a temporary folder to our rules. */
function violationsOf(files: Record<string, string>): Violation[] {
  const folder = mkdtempSync(join(tmpdir(), "tributary-floors-"));
  try {
    for (const name of [".dependency-cruiser.mjs", "tsconfig.json", "package.json"])
      cpSync(join(ROOT, name), join(folder, name));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const cruiser = join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruiser.mjs");
    const { stdout, stderr } = spawnSync(process.execPath, [cruiser, "server", "--output-type", "json"], {
      cwd: folder,
      encoding: "utf8",
    });
    if (!stdout) throw new Error(stderr);
    return JSON.parse(stdout).summary.violations;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const HOUSE = {
  "server/core/money.ts": "export type Minor = number;",
  "server/core/random.ts": 'import { randomBytes } from "node:crypto"; export const random = () => randomBytes(8);',
  "server/protocol/split.ts": "export type Leg = { share: bigint };",
  "server/modules/carts/rules.ts": 'import type { Minor } from "../../core/money.ts"; export type Total = Minor;',
  "server/modules/carts/index.ts": 'export type { Total } from "./rules.ts";',
  "server/modules/orders/index.ts":
    'import type { Total } from "../carts/index.ts"; export type Order = { total: Total };',
  "server/flows/checkout.ts": 'import type { Order } from "../modules/orders/index.ts"; export type Placed = Order;',
  "server/api/orders.ts": 'import type { Placed } from "../flows/checkout.ts"; export type View = Placed;',
  "server/chain/listener.ts": 'import type { Leg } from "../protocol/split.ts"; export type Seen = Leg;',
  "server/jobs/expiries.ts": "export type Expiry = { at: number };",
};

/** An import of a type alone, which leaves no trace in the JavaScript. */
const type = (name: string, path: string) => `import type { ${name} } from "${path}"; export type Mine = ${name};`;

/** What is wrong, in which file, with which text, against which rule. */
const BROKEN: [string, string, string, string][] = [
  [
    "a module's look at a flow",
    "server/modules/carts/up.ts",
    type("Placed", "../../flows/checkout.ts"),
    "modules-import-down",
  ],
  ["a flow's look at the api", "server/flows/up.ts", type("View", "../api/orders.ts"), "flows-import-down"],
  [
    "core's look at a module",
    "server/core/up.ts",
    type("Order", "../modules/orders/index.ts"),
    "core-knows-no-business",
  ],
  ["protocol's look at core", "server/protocol/down.ts", type("Minor", "../core/money.ts"), "protocol-stands-alone"],
  ["Node's API in protocol", "server/protocol/node.ts", 'import "node:fs";', "protocol-stands-alone"],
  ["api's look at chain", "server/api/aside.ts", type("Seen", "../chain/listener.ts"), "doors-stay-apart-api"],
  ["chain's look at jobs", "server/chain/aside.ts", type("Expiry", "../jobs/expiries.ts"), "doors-stay-apart-chain"],
  ["jobs' look at api", "server/jobs/aside.ts", type("View", "../api/orders.ts"), "doors-stay-apart-jobs"],
  [
    "a look behind a face",
    "server/modules/orders/behind.ts",
    type("Total", "../carts/rules.ts"),
    "modules-have-one-face",
  ],
  [
    "a flow's look behind a face",
    "server/flows/behind.ts",
    type("Total", "../modules/carts/rules.ts"),
    "modules-have-one-face-to-others",
  ],
  [
    "a circle of modules",
    "server/modules/points/index.ts",
    type("Order", "../orders/index.ts"),
    "modules-form-no-circle",
  ],
  [
    "rules that are not pure",
    "server/modules/points/rules.ts",
    'export * from "../../core/random.ts";',
    "rules-are-pure",
  ],
];

describe("the floors", () => {
  it("let a house through that imports downwards only", () => {
    deepEqual(violationsOf(HOUSE), []);
  });

  it("catch every way upwards, aside and round, be it by a type alone", () => {
    const back = { "server/modules/orders/back.ts": type("Mine", "../points/index.ts") };
    const files = Object.fromEntries(BROKEN.map(([, file, text]) => [file, text]));
    const violations = violationsOf({ ...HOUSE, ...files, ...back });
    const missed = BROKEN.filter(
      ([, file, , rule]) => !violations.some(({ from, rule: { name } }) => name === rule && file.startsWith(from)),
    );
    deepEqual(missed, []);
  });
});
