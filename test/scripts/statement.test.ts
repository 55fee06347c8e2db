import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toHex, zeroAddress, zeroHash } from "viem";
import { startTestChain, type TestChain } from "../support/chain.ts";
import { wallet } from "../support/wallets.ts";
import { answerOf, command } from "./command.ts";

const [issuer, relayer] = [wallet(1), wallet(2)];
const keyOf = (account: typeof issuer) => ({ STATEMENT_KEY: toHex(account.getHdKey().privateKey ?? new Uint8Array()) });
const accountOf = (index: number) => `0x${`${index + 1}`.padStart(40, "0")}`;

const lineJson = (index: number, released: number) => ({
  ...{ account: accountOf(index), token: zeroAddress, opening: "100", closing: `${100 + released - 30}` },
  ...{ released: `${released}`, returned: "0", distributed: "0", deposited: "0" },
  ...{ withdrawn: "30", refunded: "0", shared: "0", spent: "0", movements: 2, details: zeroHash },
});

describe("npm run statement", function () {
  this.timeout(180_000); // every command is a process of its own
  let chain: TestChain;
  let folder: string;
  let at: string[];
  const file = async (name: string, json: unknown) => {
    await writeFile(join(folder, name), JSON.stringify(json));
    return join(folder, name);
  };
  const statementFile = (name: string, released: number, count = 5) =>
    file(name, {
      ...{
        issuer: issuer.address,
        from: 1_796_083_200,
        until: 1_798_761_600,
        chain_id: chain.chainId,
        escrow: chain.escrow,
      },
      lines: Array.from({ length: count }, (_, index) => lineJson(index, released + index)),
    });

  before(async () => {
    chain = await startTestChain();
    folder = await mkdtemp(join(tmpdir(), "tributary-statement-"));
    const { statementRegistry } = chain.book;
    assert.ok(statementRegistry, "the address book knows the registry");
    at = ["--rpc", chain.url, "--registry", statementRegistry, "--addresses", join(folder, "none.json")];
  });
  after(async () => {
    await chain.stop();
    await rm(folder, { recursive: true });
  });

  it("publishes once, proves a line, verifies it, and corrects only when told to", async () => {
    const first = await statementFile("first.json", 1000);
    const tried = await answerOf("statement", ["publish", "--file", first, "--dry-run", ...at], keyOf(issuer));
    assert.deepEqual([tried.dry_run, tried.revision], [true, 1]);
    const notYet = await command("statement", ["verify", "--file", first, ...at]);
    assert.deepEqual([notYet.code, JSON.parse(notYet.out).published_root], [1, null]);

    const said = await answerOf(
      "statement",
      ["publish", "--file", first, "--uri", "https://x.test/a", ...at],
      keyOf(issuer),
    );
    assert.deepEqual([said.revision, said.line_count, said.root], [1, 5, tried.root]);
    const again = await answerOf("statement", ["publish", "--file", first, ...at], keyOf(issuer));
    assert.deepEqual([again.revision, again.published_before], [1, true]);
    const verified = await answerOf("statement", ["verify", "--file", first, ...at]);
    assert.deepEqual([verified.ok, verified.same_file], [true, true]);

    const who = ["--account", accountOf(3), "--token", zeroAddress];
    const proven = await answerOf("statement", ["prove", "--file", first, ...who]);
    const line = await file("line.json", proven);
    const checked = await answerOf("statement", ["verify", "--line", line, ...at]);
    assert.deepEqual([checked.ok, checked.closes, checked.revision], [true, true, 1]);
    const forged = await file("forged.json", { ...proven, line: { ...proven.line, released: "9999" } });
    const refused = await command("statement", ["verify", "--line", forged, ...at]);
    assert.deepEqual([refused.code, JSON.parse(refused.out).ok, JSON.parse(refused.out).closes], [1, false, false]);

    const second = await statementFile("second.json", 2000);
    const meant = await command("statement", ["publish", "--file", second, ...at], keyOf(issuer));
    assert.equal(meant.code, 2);
    assert.match(meant.err, /say --revision 2/);
    await answerOf("statement", ["publish", "--file", second, "--revision", "2", ...at], keyOf(issuer));
    assert.equal((await command("statement", ["verify", "--line", line, ...at])).code, 1);
    assert.equal((await answerOf("statement", ["verify", "--line", line, "--revision", "1", ...at])).ok, true);

    const period = ["--issuer", issuer.address, "--from", "1796083200", "--until", "1798761600"];
    const shown = await answerOf("statement", ["show", ...period, ...at]);
    assert.equal(shown.latest, 2);
    assert.deepEqual(
      shown.revisions.map((each: { root: string; uri: string }) => [each.root, each.uri]),
      [
        [tried.root, "https://x.test/a"],
        [shown.revisions[1].root, ""],
      ],
    );
  });

  it("has somebody else send what the issuer signed", async () => {
    const statement = await statementFile("signed-of.json", 3000, 1);
    const period = JSON.parse(await readFile(statement, "utf8"));
    const other = await file("other.json", { ...period, until: period.until + 1 });
    const signed = await answerOf("statement", ["publish", "--file", other, "--sign", ...at], keyOf(issuer));
    const given = await file("publication.json", signed);
    const sent = await answerOf("statement", ["publish", "--signed", given, ...at], keyOf(relayer));
    assert.deepEqual([sent.revision, sent.root], [1, signed.root]);
    const twice = await command("statement", ["publish", "--signed", given, ...at], keyOf(relayer));
    assert.equal(twice.code, 2);
    assert.match(twice.err, /RevisionMoved\(2, 1\)/);
  });

  it("says what is wrong", async () => {
    const statement = await statementFile("wrong.json", 1);
    const failed = async (args: string[], env: Record<string, string>, words: RegExp) => {
      const { code, err } = await command("statement", args, env);
      assert.equal(code, 2);
      assert.match(err, words);
    };
    await failed(["publish", "--file", statement, ...at], keyOf(relayer), /the statement is of .* the key is of/);
    await failed(["publish", "--file", statement, ...at], { STATEMENT_KEY: "" }, /STATEMENT_KEY is not set/);
    const unbalanced = await file("unbalanced.json", {
      ...{ issuer: issuer.address, from: 1, until: 2, chain_id: chain.chainId, escrow: chain.escrow },
      lines: [{ ...lineJson(0, 5), closing: "1" }],
    });
    await failed(["publish", "--file", unbalanced, ...at], keyOf(issuer), /closes at 1, its movements at 75/);
    const odd = await file("odd.json", { lines: [{ opening: 5 }] });
    await failed(["publish", "--file", odd, ...at], keyOf(issuer), /issuer .*lines\.0\.opening/);
    await failed(["perhaps"], {}, /npm run statement/);
  });
});
