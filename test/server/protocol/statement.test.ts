import assert from "node:assert/strict";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import fc from "fast-check";
import {
  type Address,
  decodeAbiParameters,
  getAddress,
  type Hex,
  keccak256,
  stringToHex,
  toHex,
  zeroAddress,
  zeroHash,
} from "viem";
import { isLineOf, merkleTree, proofOf, rootOf } from "../../../server/protocol/merkle.ts";
import {
  closingOf,
  encodeLine,
  LINE_WORDS,
  lineValues,
  proveLine,
  type Statement,
  type StatementHead,
  type StatementLine,
  statementFault,
  statementTree,
} from "../../../server/protocol/statement.ts";
import { bytes, record, uint } from "./arbitraries.ts";

const HEAD: StatementHead = {
  issuer: "0x1111111111111111111111111111111111111111",
  from: 1_796_083_200,
  until: 1_798_761_600,
  chainId: 31_337,
  escrow: "0x2222222222222222222222222222222222222222",
};

const IDLE: StatementLine = {
  account: "0x3333333333333333333333333333333333333333",
  token: zeroAddress,
  opening: 0n,
  ...{ released: 0n, returned: 0n, distributed: 0n, deposited: 0n },
  ...{ withdrawn: 0n, refunded: 0n, shared: 0n, spent: 0n },
  closing: 0n,
  movements: 0,
  details: zeroHash,
};

const numbered = (index: number): Address => getAddress(toHex(0xacc0_0001 + index, { size: 20 }));
const units = (): fc.Arbitrary<bigint> => fc.oneof(fc.bigInt(0n, 100n), uint(104n));

/** A line that closes at what its movements come to. */
const line = (): fc.Arbitrary<StatementLine> =>
  record({
    ...{ account: fc.constant(zeroAddress), token: fc.constant(zeroAddress), closing: fc.constant(0n) },
    ...{ opening: units(), released: units(), returned: units(), distributed: units(), deposited: units() },
    ...{ withdrawn: units(), refunded: units(), shared: units(), spent: units() },
    ...{ movements: fc.nat(2 ** 32 - 1), details: bytes(32) },
  }).map((drawn) => {
    const short = closingOf(drawn) < 0n ? -closingOf(drawn) : 0n;
    const opening = drawn.opening + short;
    return { ...drawn, opening, closing: closingOf({ ...drawn, opening }) };
  });

const statement = (most: number): fc.Arbitrary<Statement> =>
  fc.array(line(), { minLength: 1, maxLength: most }).map((lines) => ({
    head: HEAD,
    lines: lines.map((each, index) => ({ ...each, account: numbered(index >> 1), token: numbered(index & 1) })),
  }));

const flipped = (hex: Hex, bit: number): Hex =>
  toHex(BigInt(hex) ^ (1n << BigInt(bit)), { size: (hex.length - 2) / 2 });

describe("statement", () => {
  it("has the root and the proofs of StandardMerkleTree, whatever the order of its lines", () =>
    fc.assert(
      fc.property(statement(40), ({ head, lines }) => {
        const theirs = StandardMerkleTree.of(
          lines.map((each) => lineValues(head, each)),
          [...LINE_WORDS],
        );
        const ours = statementTree({ head, lines: lines.toReversed() });
        assert.equal(rootOf(ours), theirs.root);
        for (const each of lines) {
          const proof = proofOf(ours, encodeLine(head, each));
          assert.deepEqual(proof, theirs.getProof(lineValues(head, each)));
          assert.ok(isLineOf(theirs.root as Hex, lines.length, encodeLine(head, each), proof ?? []));
        }
      }),
    ));

  it("proves every line and nothing else", () =>
    fc.assert(
      fc.property(statement(40), fc.nat(), fc.nat(255), (drawn, pick, bit) => {
        const { account, token } = drawn.lines[pick % drawn.lines.length] ?? IDLE;
        const proven = proveLine(drawn, account, token);
        assert.ok(proven);
        const { head, line, root, lineCount, proof } = proven;
        const encoded = encodeLine(head, line);
        assert.ok(isLineOf(root, lineCount, encoded, proof));
        assert.ok(isLineOf(root.toUpperCase().replace("0X", "0x") as Hex, lineCount, encoded, proof));
        assert.equal(isLineOf(flipped(root, bit), lineCount, encoded, proof), false);
        assert.equal(isLineOf(root, lineCount, flipped(encoded, bit), proof), false);
        assert.equal(isLineOf(root, lineCount, encoded, [...proof, zeroHash]), false);
        assert.equal(isLineOf(root, lineCount, encoded, proof.slice(1)), proof.length === 0);
        for (const step of proof.keys()) {
          const other = proof.map((node, at) => (at === step ? flipped(node, bit) : node));
          assert.equal(isLineOf(root, lineCount, encoded, other), false);
        }
        assert.equal(proofOf(statementTree(drawn), flipped(encoded, bit)), undefined);
      }),
    ));

  it("takes no node of the tree for a line", () => {
    const lines = Array.from({ length: 8 }, (_, index) => encodeLine(HEAD, { ...IDLE, account: numbered(index) }));
    const { nodes } = merkleTree(lines);
    for (const [index, node] of nodes.entries()) assert.equal(proofOf({ nodes }, node), undefined, `node ${index}`);
    const [root = zeroHash, left = zeroHash, right = zeroHash] = nodes;
    assert.equal(isLineOf(root, 1, `0x${[left, right].sort().join("").replaceAll("0x", "")}`, []), false);
  });

  it("knows how deep the lines of a tree lie", () => {
    for (let count = 1; count <= 130; count += 1) {
      const lines = Array.from({ length: count }, (_, index) => toHex(index, { size: 32 }));
      const tree = merkleTree(lines);
      for (const each of lines)
        assert.ok(isLineOf(rootOf(tree), count, each, proofOf(tree, each) ?? []), `of ${count}`);
    }
  });

  it("encodes a line so that its words can be read back, its type first", () => {
    const encoded = encodeLine(HEAD, { ...IDLE, opening: 7n, released: 5n, withdrawn: 12n, movements: 3 });
    const [type, issuer, from, until, chainId, escrow, account, token, opening, released] = decodeAbiParameters(
      LINE_WORDS.map((word) => ({ type: word })),
      encoded,
    );
    // As it is documented: whoever reads lines elsewhere relies on it.
    const text =
      "StatementLine(address issuer,uint40 from,uint40 until,uint256 chainId,address escrow,address account," +
      "address token,uint256 opening,uint256 released,uint256 returned,uint256 distributed,uint256 deposited," +
      "uint256 withdrawn,uint256 refunded,uint256 shared,uint256 spent,uint256 closing,uint32 movements,bytes32 details)";
    assert.equal(type, keccak256(stringToHex(text)));
    assert.deepEqual(
      [issuer, from, until, chainId, escrow, account, token, opening, released],
      [HEAD.issuer, HEAD.from, HEAD.until, 31_337n, HEAD.escrow, IDLE.account, zeroAddress, 7n, 5n],
    );
  });

  it("differs in every field", () => {
    const all = [HEAD, IDLE].flatMap((part) =>
      Object.keys(part).map((field) => {
        const change = (object: object) =>
          field in object ? { ...object, [field]: other(Reflect.get(object, field)) } : object;
        return encodeLine(change(HEAD) as StatementHead, change(IDLE) as StatementLine);
      }),
    );
    assert.equal(new Set([encodeLine(HEAD, IDLE), ...all]).size, all.length + 1);
    assert.equal(all.length, LINE_WORDS.length - 1);
  });

  it("refuses what an accountant would not take", () => {
    const fault = (head: StatementHead, ...lines: StatementLine[]) => statementFault({ head, lines });
    assert.equal(fault(HEAD, IDLE), undefined);
    assert.match(fault(HEAD) ?? "", /no line/);
    assert.match(fault({ ...HEAD, until: HEAD.from }, IDLE) ?? "", /no second/);
    assert.match(
      fault(HEAD, IDLE, { ...IDLE, account: IDLE.account.toUpperCase().replace("0X", "0x") as Hex }) ?? "",
      /two/,
    );
    assert.equal(fault(HEAD, IDLE, { ...IDLE, token: IDLE.account }), undefined);
    assert.match(fault(HEAD, { ...IDLE, released: 2n, closing: 1n }) ?? "", /closes at 1, its movements at 2/);
    assert.throws(() => statementTree({ head: HEAD, lines: [{ ...IDLE, closing: 1n }] }), RangeError);
    // Below zero is no credit; the encoding refuses it.
    assert.throws(() => statementTree({ head: HEAD, lines: [{ ...IDLE, withdrawn: 1n, closing: -1n }] }));
    assert.throws(() => merkleTree([]), RangeError);
  });

  it("has no proof for who is not in it", () => {
    assert.equal(proveLine({ head: HEAD, lines: [IDLE] }, numbered(1), zeroAddress), undefined);
    assert.equal(proveLine({ head: HEAD, lines: [IDLE] }, IDLE.account, numbered(1)), undefined);
    assert.deepEqual(proveLine({ head: HEAD, lines: [IDLE] }, IDLE.account, zeroAddress)?.proof, []);
  });
});

/** Another value of the same type. */
function other(value: unknown): unknown {
  if (typeof value === "bigint") return value + 1n;
  if (typeof value === "number") return value + 1;
  return flipped(value as Hex, 0);
}
