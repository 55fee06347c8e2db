import assert from "node:assert/strict";
import { ZeroAddress } from "ethers";
import hre from "hardhat";
import { deployEscrow } from "../../scripts/support/deployEscrow.ts";
import { type Agreement, agreementHash } from "../../server/protocol/agreement.ts";
import { FIXED, packTerms, type Terms, termsHash } from "../../server/protocol/terms.ts";
import {
  acceptAgreementTypedData,
  cancelTermsTypedData,
  receiveBasketTypedData,
  reclaimTypedData,
  releaseTypedData,
  revokeAgreementTypedData,
  termsTypedData,
  withdrawTypedData,
} from "../../server/protocol/typedData.ts";
import { digestOf, sign } from "./support/sign.ts";

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

/** An agreement with every field at some value of its own, and `count` parties. */
const someAgreement = (count: number): Agreement => ({
  channel: `0x${"c4".repeat(32)}`,
  version: 2 ** 32 - 1,
  token: "0x3333333333333333333333333333333333333333",
  operator: "0x2222222222222222222222222222222222222222",
  arbiter: "0xffffffffffffffffffffffffffffffffffffffff",
  validFrom: 2 ** 40 - 2,
  validUntil: 2 ** 40 - 1,
  merchant: "0x1111111111111111111111111111111111111111",
  parties: Array.from({ length: count }, (_, i) => ({
    account: `0x${(i + 1).toString(16).padStart(2, "0").repeat(20)}` as const,
    kind: 2 + (i % 4),
    leastPpm: i,
    mostPpm: 2 ** 24 - 1 - i,
    mostFixed: 2n ** 88n - 1n - BigInt(i),
  })),
  text: "Größe, 尺寸: every byte counts.",
});

/** A fresh escrow and TestUSD with their domains, and calls by name. */
async function fresh() {
  const { ethers } = await hre.network.create();
  const escrow = await deployEscrow(ethers);
  const usd = await ethers.deployContract("TestUSD");
  const chainId = Number((await ethers.provider.getNetwork()).chainId);
  const domain = { chainId, escrow: (await escrow.getAddress()) as `0x${string}` };
  const token = { name: "Test USD", version: "1", chainId, address: (await usd.getAddress()) as `0x${string}` };
  const now = (await ethers.provider.getBlock("latest"))?.timestamp ?? 0;
  const signers = await ethers.getSigners();
  return { ethers, escrow, usd, domain, token, now, signers };
}

describe("SettlementEscrow's typed data", () => {
  it("typehash_matchesEthersAndViem", async () => {
    const { escrow, domain } = await fresh();
    for (let count = 0; count <= 10; count++) {
      const terms = { ...someTerms(count), agreement: count ? someTerms(0).agreement : NOTHING };
      const id = await escrow.getFunction("idOf")(packTerms(terms));
      assert.equal(id, digestOf(termsTypedData(domain, terms)));
      assert.equal(id, termsHash(domain, terms));
    }
  });

  it("takes a release signed by ethers", async () => {
    const { escrow, domain, now, signers } = await fresh();
    const [deployer, payer, operator, merchant] = signers;
    assert.ok(deployer && payer && operator && merchant);
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

  it("typehash_matchesEthersAndViem: agreements and what is signed about them", async () => {
    const { escrow, domain } = await fresh();
    for (let count = 0; count <= 10; count++) {
      const agreement = someAgreement(count);
      const id = await escrow.getFunction("agreementIdOf")(agreement);
      const { types, message, ...rest } = acceptAgreementTypedData(domain, agreement, { nonce: 1n, deadline: 2 });
      const { AcceptAgreement: _, ...alone } = types;
      const whole = message.agreement as Record<string, unknown>;
      assert.equal(id, digestOf({ ...rest, types: alone, primaryType: "Agreement", message: whole }));
      assert.equal(id, agreementHash(domain, agreement));
    }
  });

  it("takes every other consent that ethers signs", async () => {
    const { ethers, escrow, usd, domain, token, now, signers } = await fresh();
    const [relayer, payer, operator, merchant, channel] = signers;
    assert.ok(relayer && payer && operator && merchant && channel);
    const at = (signer: { address: string }) => signer.address as `0x${string}`;
    const deadline = now + 86_400 * 30;
    const relayed = (name: string, ...args: unknown[]) => escrow.connect(relayer).getFunction(name)(...args);

    const agreement: Agreement = {
      ...someAgreement(0),
      token: token.address,
      operator: at(operator),
      arbiter: ZeroAddress as `0x${string}`,
      validFrom: now,
      validUntil: now + 86_400,
      merchant: at(merchant),
      parties: [{ account: at(channel), kind: 2, leastPpm: 1, mostPpm: 100_000, mostFixed: 0n }],
    };
    const acceptances = [];
    for (const signer of [operator, merchant, channel]) {
      const signature = await sign(signer, acceptAgreementTypedData(domain, agreement, { nonce: 7n, deadline }));
      acceptances.push({ account: signer.address, nonce: 7n, deadline, signature });
    }
    await relayed("acceptAgreementWithSignatures", agreement, acceptances);
    const id = agreementHash(domain, agreement);
    assert.equal((await escrow.getFunction("agreementOf")(id)).active, true);

    const order = (salt: bigint): Terms => ({
      ...someTerms(0),
      payer: at(payer),
      operator: at(operator),
      token: token.address,
      amount: 1000n,
      authorizeBy: now + 3600,
      captureBy: now + 7200,
      releaseDelay: 0,
      arbiter: ZeroAddress as `0x${string}`,
      rulingTime: 0,
      flags: 0,
      agreement: id,
      legs: [
        { account: at(merchant), share: 900_000n, kind: 1 },
        { account: at(channel), share: 100_000n, kind: 2 },
      ],
      salt,
    });
    const [held, captured, cancelled] = [order(1n), order(2n), order(3n)];
    await usd.getFunction("mint")(payer.address, 2000n);
    const basket = await sign(payer, receiveBasketTypedData(token, domain, [held, captured]));
    await relayed("authorizeBasketWithAuthorization", [held, captured].map(packTerms), basket);

    const cancel = await sign(payer, cancelTermsTypedData(domain, { id: termsHash(domain, cancelled), deadline }));
    await relayed("cancelTermsWithSignature", packTerms(cancelled), deadline, cancel);
    assert.equal((await escrow.getFunction("orderOf")(packTerms(cancelled))).cancelled, true);

    const request = { terms: packTerms(captured), amount: 1000n, heldBefore: 1000n };
    await escrow.connect(operator).getFunction("captureMany")([request]);
    const withdrawal = {
      account: at(channel),
      token: token.address,
      amount: 100n,
      to: at(relayer),
      nonce: 8n,
      deadline,
    };
    const signed = await sign(channel, withdrawTypedData(domain, withdrawal));
    const { account, amount, to, nonce } = withdrawal;
    await relayed("withdrawWithSignature", account, token.address, amount, to, nonce, deadline, signed);
    assert.equal(await usd.getFunction("balanceOf")(relayer.address), 100n);

    const revocation = await sign(merchant, revokeAgreementTypedData(domain, { id, nonce: 9n, deadline }));
    await relayed("revokeAgreementWithSignature", id, merchant.address, 9n, deadline, revocation);
    assert.equal((await escrow.getFunction("agreementOf")(id)).revoked, true);

    await ethers.provider.send("evm_setNextBlockTimestamp", [held.captureBy]);
    const reclaim = await sign(payer, reclaimTypedData(domain, { id: termsHash(domain, held), deadline }));
    await relayed("reclaimWithSignature", packTerms(held), deadline, reclaim);
    assert.equal(await usd.getFunction("balanceOf")(payer.address), 1000n);
  });

  it("tells its domain", async () => {
    const { ethers } = await hre.network.create();
    const escrow = await deployEscrow(ethers);
    const [fields, name, version, chainId, contract] = await escrow.getFunction("eip712Domain")();
    assert.deepEqual(
      [fields, name, version, chainId, contract],
      ["0x0f", "Tributary Settlement Escrow", "1", 31_337n, await escrow.getAddress()],
    );
  });
});
