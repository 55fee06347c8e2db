import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Address, encodeFunctionData, getContractAddress, type Hex, toHex, zeroHash } from "viem";
import { arbiterPanelAbi, escrowAbi } from "../../server/protocol/abi.ts";
import { LEG_KIND, packTerms, type Terms, termsHash, termsToJson } from "../../server/protocol/terms.ts";
import { startTestChain, type TestChain } from "../support/chain.ts";
import { wallet } from "../support/wallets.ts";
import { answerOf, command } from "./command.ts";

const DAY_S = 86_400;
const [payer, operator, merchant, relayer] = [wallet(1), wallet(2), wallet(3), wallet(4)];
const members = [wallet(5), wallet(6), wallet(7)] as const;
const keyOf = (account: typeof payer) => ({ PANEL_KEY: toHex(account.getHdKey().privateKey ?? new Uint8Array()) });

describe("npm run panel", function () {
  this.timeout(180_000); // every command is a process of its own
  let chain: TestChain;
  let folder: string;
  let panel: Address;
  before(async () => {
    chain = await startTestChain();
    folder = await mkdtemp(join(tmpdir(), "tributary-panel-"));
    panel = await deployPanel();
  });
  after(async () => {
    await chain.stop();
    await rm(folder, { recursive: true });
  });

  async function deployPanel(): Promise<Address> {
    const artifact = resolve("artifacts/contracts/ArbiterPanel.sol/ArbiterPanel.json");
    const { bytecode } = JSON.parse(await readFile(artifact, "utf8")) as { bytecode: Hex };
    const nonce = BigInt(await chain.client.getTransactionCount({ address: relayer.address }));
    const args = [members.map(({ address }) => address), 2n, BigInt(DAY_S)] as const;
    await chain.client.deployContract({ account: relayer, abi: arbiterPanelAbi, bytecode, args });
    return getContractAddress({ from: relayer.address, nonce });
  }

  /** An order in ETH of which 600 wei of 1,000 are disputed. @returns its terms' file, and the words that name the dispute */
  async function disputed(salt: bigint): Promise<{ id: Hex; at: string[]; dispute: string[] }> {
    const now = Number((await chain.client.getBlock()).timestamp);
    const terms: Terms = {
      ...{ payer: payer.address, operator: operator.address, token: `0x${"0".repeat(40)}`, amount: 1000n },
      ...{ authorizeBy: now + DAY_S, captureBy: now + DAY_S, releaseDelay: 7 * DAY_S },
      ...{ arbiter: panel, rulingTime: 5 * DAY_S, defaultToPayerPpm: 0, flags: 0, agreement: zeroHash, salt },
      legs: [{ account: merchant.address, share: 1_000_000n, kind: LEG_KIND.merchant }],
    };
    const wire = packTerms(terms);
    const call = (data: Hex, value = 0n) => ({ to: chain.escrow, data, value });
    const encode = encodeFunctionData<typeof escrowAbi>;
    await chain.send(payer, call(encode({ abi: escrowAbi, functionName: "authorize", args: [wire] }), 1000n));
    await chain.send(operator, call(encode({ abi: escrowAbi, functionName: "capture", args: [wire, 1000n, 1000n] })));
    await chain.send(payer, call(encode({ abi: escrowAbi, functionName: "dispute", args: [wire, 600n, zeroHash] })));
    const file = join(folder, `terms-${salt}.json`);
    await writeFile(file, JSON.stringify(termsToJson(terms)));
    const at = ["--terms", file, "--rpc", chain.url, "--escrow", chain.escrow];
    return { id: termsHash(chain, terms), at, dispute: ["--round", "1", "--amount", "600"] };
  }

  it("shows a dispute, takes votes by key and by signature, and has the panel rule", async () => {
    const { id, at, dispute } = await disputed(1n);
    const shown = await answerOf("panel", ["show", ...at]);
    assert.deepEqual([shown.id, shown.round, shown.amount, shown.open], [id, 1, "600", true]);
    assert.equal(shown.ruling_by - shown.voting_closes, DAY_S);
    assert.deepEqual([shown.quorum, shown.votes, shown.median_to_payer_ppm], [2, 0, null]);
    assert.deepEqual([shown.may_vote, shown.may_execute], [true, false]);

    const half = ["vote", ...at, ...dispute, "--ppm", "500000", "--reason", "Half of it was there."];
    const tried = await answerOf("panel", [...half, "--dry-run"], keyOf(members[0]));
    assert.ok(tried.dry_run && BigInt(tried.gas) > 21_000n);
    const voted = await answerOf("panel", half, keyOf(members[0]));
    assert.equal(voted.reason, tried.reason);
    const twice = await command("panel", half, keyOf(members[0]));
    assert.equal(twice.code, 2);
    assert.match(twice.err, /AlreadyVoted/);

    const ballots = [join(folder, "vote-1.json"), join(folder, "vote-2.json")] as const;
    for (const [seat, ppm] of [
      [1, "250000"],
      [2, "1000000"],
    ] as const) {
      const signed = await answerOf("panel", ["vote", ...at, ...dispute, "--ppm", ppm, "--sign"], keyOf(members[seat]));
      await writeFile(ballots[seat - 1] ?? "", JSON.stringify(signed));
    }
    await answerOf("panel", ["vote", ...at, "--signed", ballots[0]], keyOf(relayer));
    const early = await command("panel", ["execute", ...at, ...dispute], keyOf(relayer));
    assert.equal(early.code, 2);
    assert.match(early.err, /VotingOpen/);
    await answerOf("panel", ["vote", ...at, "--signed", ballots[1]], keyOf(relayer));

    const full = await answerOf("panel", ["show", ...at]);
    assert.deepEqual([full.votes, full.median_to_payer_ppm, full.may_execute], [3, 500_000, true]);
    assert.deepEqual(
      full.members.map((each: { to_payer_ppm: number }) => each.to_payer_ppm),
      [500_000, 250_000, 1_000_000],
    );
    const ruled = await answerOf("panel", ["execute", ...at, ...dispute], keyOf(relayer));
    assert.equal(ruled.to_payer_ppm, 500_000);
    const credit = {
      abi: escrowAbi,
      functionName: "creditOf",
      args: [merchant.address, `0x${"0".repeat(40)}`],
    } as const;
    assert.equal(await chain.client.readContract({ address: chain.escrow, ...credit }), 300n);
    const over = await answerOf("panel", ["show", ...at, ...dispute]);
    assert.deepEqual([over.open, over.executed, over.votes], [false, true, 3]);
  });

  it("says what is wrong", async () => {
    const { at, dispute } = await disputed(2n);
    const failed = async (args: string[], env: Record<string, string>, words: RegExp) => {
      const { code, err } = await command("panel", args, env);
      assert.equal(code, 2);
      assert.match(err, words);
    };
    await failed(["vote", ...at, ...dispute, "--ppm", "5"], keyOf(relayer), /NotMember/);
    await failed(
      ["vote", ...at, "--round", "1", "--amount", "601", "--ppm", "5"],
      keyOf(members[0]),
      /DisputeMoved\(1, 600\)/,
    );
    await failed(["vote", ...at, ...dispute], keyOf(members[0]), /--ppm is missing/);
    await failed(["vote", ...at, ...dispute, "--ppm", "half"], keyOf(members[0]), /half is no whole number/);
    await failed(["show", "--rpc", chain.url], {}, /--terms is missing/);
    await failed(["perhaps"], {}, /npm run panel/);
  });
});
