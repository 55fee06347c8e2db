import assert from "node:assert/strict";
import { type TypedDataField, ZeroAddress } from "ethers";
import hre from "hardhat";
import { hashTypedData } from "viem";
import { FIXED, packTerms, type Terms, termsHash } from "../../server/protocol/terms.ts";
import { releaseTypedData, termsTypedData } from "../../server/protocol/typedData.ts";

const NOTHING = `0x${"0".repeat(64)}` as const;

/** Terms with every field at some value of its own, and `count` legs. */
const someTerms = (count: number): Terms => ({
  payer: "0x1111111111111111111111111111111111111111",
  operator: "0x2222222222222222222222222222222222222222",
  token: "0x3333333333333333333333333333333333333333",
  amount: 2n ** 104n - 1n,
  authorizeBy: 2 ** 40 - 3,
  captureBy: 2 ** 40 - 2,
  releaseDelay: 2 ** 32 - 5,
  arbiter: "0xffffffffffffffffffffffffffffffffffffffff",
  rulingTime: 7,
  defaultToPayerPpm: 999_999,
  flags: 255,
  agreement: `0x${"ab".repeat(32)}`,
  legs: Array.from({ length: count }, (_, i) => ({
    account: `0x${(i + 1).toString(16).padStart(2, "0").repeat(20)}` as const,
    share: i === 0 ? 2n ** 88n - 1n : BigInt(i),
    kind: i === 1 ? FIXED | 4 : i,
  })),
  salt: 2n ** 152n - 1n,
});

describe("SettlementEscrow's typed data", () => {
  it("typehash_matchesEthersAndViem", async () => {
    const { ethers } = await hre.network.create();
    const escrow = await ethers.deployContract("SettlementEscrow");
    const { chainId } = await ethers.provider.getNetwork();
    const domain = { chainId: Number(chainId), escrow: (await escrow.getAddress()) as `0x${string}` };
    for (let count = 0; count <= 10; count++) {
      const terms = { ...someTerms(count), agreement: count ? someTerms(0).agreement : NOTHING };
      const typed = termsTypedData(domain, terms);
      const { EIP712Domain: _, ...types } = typed.types;
      const id = await escrow.getFunction("idOf")(packTerms(terms));
      assert.equal(
        id,
        ethers.TypedDataEncoder.hash(typed.domain, types as Record<string, TypedDataField[]>, typed.message),
      );
      assert.equal(id, hashTypedData(typed as Parameters<typeof hashTypedData>[0]));
      assert.equal(id, termsHash(domain, terms));
    }
  });

  it("takes a release signed by ethers", async () => {
    const { ethers } = await hre.network.create();
    const [deployer, payer, operator, merchant] = await ethers.getSigners();
    assert.ok(deployer && payer && operator && merchant);
    const escrow = await ethers.deployContract("SettlementEscrow");
    const { chainId } = await ethers.provider.getNetwork();
    const now = (await ethers.provider.getBlock("latest"))?.timestamp ?? 0;
    const domain = { chainId: Number(chainId), escrow: (await escrow.getAddress()) as `0x${string}` };
    const at = (signer: { address: string }) => signer.address as `0x${string}`;
    const terms: Terms = {
      ...someTerms(0),
      payer: at(payer),
      operator: at(operator),
      token: ZeroAddress as `0x${string}`,
      amount: 1000n,
      authorizeBy: now + 3600,
      captureBy: now + 7200,
      releaseDelay: 86_400,
      arbiter: ZeroAddress as `0x${string}`,
      rulingTime: 0,
      flags: 0,
      agreement: NOTHING,
      legs: [{ account: at(merchant), share: 1_000_000n, kind: 1 }],
    };
    const wire = packTerms(terms);
    const call = (signer: typeof payer, name: string) => escrow.connect(signer).getFunction(name);
    await call(payer, "authorize")(wire, { value: terms.amount });
    await call(operator, "capture")(wire, 1000n, 1000n);

    const consent = { id: termsHash(domain, terms), captured: 1000n, nonce: 5n, deadline: now + 3600 };
    const typed = releaseTypedData(domain, consent);
    const fields = { Release: typed.types.Release ?? [] };
    const signature = await payer.signTypedData(typed.domain, fields, typed.message);
    await call(deployer, "releaseWithSignature")(wire, 1000n, 5n, consent.deadline, signature);
    assert.equal(await escrow.getFunction("creditOf")(merchant.address, ZeroAddress), 1000n);
  });

  it("tells its domain", async () => {
    const { ethers } = await hre.network.create();
    const escrow = await ethers.deployContract("SettlementEscrow");
    const [fields, name, version, chainId, contract] = await escrow.getFunction("eip712Domain")();
    assert.deepEqual(
      [fields, name, version, chainId, contract],
      ["0x0f", "Tributary Settlement Escrow", "1", 31_337n, await escrow.getAddress()],
    );
  });
});
