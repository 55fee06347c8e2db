import assert from "node:assert/strict";
import { type Signer, TypedDataEncoder, type TypedDataField } from "ethers";
import hre from "hardhat";
import { type Address, type Hex, hashTypedData, keccak256, toHex, zeroHash } from "viem";
import { isLineOf, proofOf, rootOf } from "../../server/protocol/merkle.ts";
import { type PanelVote, voteTypedData } from "../../server/protocol/panel.ts";
import {
  closingOf,
  encodeLine,
  type Publication,
  publishTypedData,
  type Statement,
  type StatementLine,
  statementTree,
} from "../../server/protocol/statement.ts";
import type { TypedDataJson } from "../../server/protocol/typedData.ts";

const FROM = 1_796_083_200;
const UNTIL = 1_798_761_600;
const PERIOD = [FROM, UNTIL] as const;

/** Numbers that look drawn and never change. */
const drawn = (...seed: number[]): bigint => BigInt(keccak256(toHex(seed.join())));
const units = (...seed: number[]): bigint => drawn(...seed) % 2n ** 104n;

/** A line that closes at what its movements come to. */
function lineOf(seed: number, index: number): StatementLine {
  const line = {
    account: toHex(drawn(seed, index, 0) % 2n ** 160n, { size: 20 }),
    token: toHex(drawn(seed, index, 1) % 2n ** 160n, { size: 20 }),
    opening: units(seed, index, 2) + 4n * 2n ** 104n,
    ...{ released: units(seed, index, 3), returned: units(seed, index, 4) },
    ...{ distributed: units(seed, index, 5), deposited: units(seed, index, 6) },
    ...{ withdrawn: units(seed, index, 7), refunded: units(seed, index, 8) },
    ...{ shared: units(seed, index, 9), spent: units(seed, index, 10) },
    ...{ closing: 0n, movements: index, details: toHex(drawn(seed, index, 11), { size: 32 }) },
  };
  return { ...line, closing: closingOf(line) };
}

async function world() {
  const { ethers } = await hre.network.create();
  const [issuer, relayer] = (await ethers.getSigners()) as unknown as [Signer, Signer];
  const registry = await ethers.deployContract("StatementRegistry");
  const address = (await issuer.getAddress()) as Address;
  /** A statement of so many lines, and what is published of it. */
  const statementOf = (seed: number, count: number): { statement: Statement; publication: Publication } => {
    const head = {
      issuer: address,
      from: FROM,
      until: UNTIL,
      chainId: 31_337,
      escrow: `0x${"e5".repeat(20)}` as const,
    };
    const statement = { head, lines: Array.from({ length: count }, (_, index) => lineOf(seed, index)) };
    const root = rootOf(statementTree(statement));
    return {
      statement,
      publication: { root, fileHash: zeroHash, from: FROM, until: UNTIL, lineCount: count, uri: "" },
    };
  };
  return { ethers, issuer, relayer, registry, address, statementOf };
}

/** Signs as a wallet does, and checks that viem and ethers agree about what. */
async function signed(signer: Signer, { domain, types, primaryType, message }: TypedDataJson): Promise<Hex> {
  const { EIP712Domain: _, ...rest } = types;
  const digest = TypedDataEncoder.hash(domain, rest as Record<string, TypedDataField[]>, message);
  assert.equal(hashTypedData({ domain, types, primaryType, message }), digest);
  return (await signer.signTypedData(domain, rest as Record<string, TypedDataField[]>, message)) as Hex;
}

describe("statements on-chain", () => {
  it("verifies every line of statements of any size, and no other line", async () => {
    const { registry, address, statementOf } = await world();
    const verify = registry.getFunction("verify");
    const sizes = [1, 2, 3, 5, 8, 31, 64, 200];
    for (const [at, count] of sizes.entries()) {
      const { statement, publication } = statementOf(at, count);
      await registry.getFunction("publish")(publication, at + 1);
      const tree = statementTree(statement);
      for (const line of statement.lines) {
        const encoded = encodeLine(statement.head, line);
        const other = encodeLine(statement.head, { ...line, closing: line.closing + 1n });
        const proof = proofOf(tree, encoded) ?? [];
        const here = (claim: Hex) => isLineOf(publication.root, count, claim, proof);
        const there = (claim: Hex) => verify(address, ...PERIOD, at + 1, claim, proof);
        assert.deepEqual([here(encoded), await there(encoded)], [true, true]);
        assert.deepEqual([here(other), await there(other)], [false, false]);
      }
    }
    assert.equal(await registry.getFunction("latestRevision")(address, ...PERIOD), BigInt(sizes.length));
  });

  it("agrees with the contract about proofs of the wrong length", async () => {
    const { registry, address, statementOf } = await world();
    const { statement, publication } = statementOf(1, 6);
    const tree = statementTree(statement);
    for (const [at, lineCount] of [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 2 ** 31, 2 ** 32 - 1].entries()) {
      await registry.getFunction("publish")({ ...publication, lineCount }, at + 1);
      for (const line of statement.lines) {
        const encoded = encodeLine(statement.head, line);
        const right = proofOf(tree, encoded) ?? [];
        for (const proof of [right, right.slice(1), [...right, zeroHash], []]) {
          const there = await registry.getFunction("verify")(address, ...PERIOD, at + 1, encoded, proof);
          assert.equal(isLineOf(publication.root, lineCount, encoded, proof), there, `${proof.length} of ${lineCount}`);
        }
      }
    }
  });

  it("publishes on the issuer's signature, which ethers and viem make alike", async () => {
    const { registry, issuer, relayer, address, statementOf } = await world();
    const { publication } = statementOf(1, 3);
    const said = { ...publication, fileHash: zeroHash.replace("00", "f1") as Hex, uri: "ipfs://账单/2026-11" };
    const until = { revision: 1, deadline: 2 ** 40 };
    const domain = { chainId: 31_337, registry: (await registry.getAddress()) as Address };
    const signature = await signed(issuer, publishTypedData(domain, address, said, until));
    const relayed = registry.connect(relayer).getFunction("publishWithSignature");
    await relayed(address, said, until.revision, until.deadline, signature);
    const [root, fileHash, lineCount] = await registry.getFunction("statementOf")(address, ...PERIOD, 1);
    assert.deepEqual([root, fileHash, lineCount], [said.root, said.fileHash, 3n]);
    await assert.rejects(relayed(address, said, until.revision, until.deadline, signature), /RevisionMoved\(2, 1\)/);
  });

  it("tells the domains of registry and panel", async () => {
    const { ethers, registry, issuer } = await world();
    const panel = await ethers.deployContract("ArbiterPanel", [[await issuer.getAddress()], 1, 3600]);
    for (const [contract, called] of [
      [registry, "Tributary Statement Registry"],
      [panel, "Tributary Arbiter Panel"],
    ] as const) {
      const [fields, name, version, chainId, address] = await contract.getFunction("eip712Domain")();
      const expected = ["0x0f", called, "1", 31_337n, await contract.getAddress()];
      assert.deepEqual([fields, name, version, chainId, address], expected);
    }
  });

  it("has a panel's votes signed alike by ethers and viem", async () => {
    const { issuer } = await world();
    const domain = { chainId: 31_337, panel: `0x${"a4".repeat(20)}` as const };
    const vote: PanelVote = {
      ...{ escrow: `0x${"e5".repeat(20)}`, id: keccak256("0x01"), round: 2 ** 16 - 1, amount: 2n ** 104n - 1n },
      ...{ toPayerPpm: 1_000_000, reason: keccak256("0x02"), deadline: 2 ** 40 },
    };
    await signed(issuer, voteTypedData(domain, vote));
  });
});
