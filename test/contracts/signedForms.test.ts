import assert from "node:assert/strict";
import { type Signer, ZeroAddress } from "ethers";
import hre from "hardhat";
import type { Address } from "viem";
import { deployEscrow } from "../../scripts/support/deployEscrow.ts";
import { type Agreement, agreementHash } from "../../server/protocol/agreement.ts";
import { packSale, type Sale } from "../../server/protocol/sale.ts";
import { LEG_KIND, packTerms, type Terms, termsHash } from "../../server/protocol/terms.ts";
import {
  authorizeWithCreditTypedData,
  concedeTypedData,
  disputeTypedData,
  distributeTypedData,
  permitTypedData,
  receiveDepositTypedData,
  refundReleasedTypedData,
  refundTypedData,
  setMandateTypedData,
  type TypedDataJson,
  termsTypedData,
  withdrawManyTypedData,
} from "../../server/protocol/typedData.ts";
import { sign } from "./support/sign.ts";

const NOTHING = `0x${"0".repeat(64)}` as const;
const EVIDENCE = `0x${"e7".repeat(32)}` as const;
const DAY_S = 86_400;
const at = (signer: { address: string }): Address => signer.address as Address;

/** An escrow, its people, and what they sign by. */
async function open() {
  const { ethers } = await hre.network.create();
  const escrow = await deployEscrow(ethers);
  const usd = await ethers.deployContract("TestUSD");
  const [relayer, payer, operator, merchant, channel, arbiter] = await ethers.getSigners();
  assert.ok(relayer && payer && operator && merchant && channel && arbiter);
  const chainId = Number((await ethers.provider.getNetwork()).chainId);
  const domain = { chainId, escrow: (await escrow.getAddress()) as Address };
  const token = { name: "Test USD", version: "1", chainId, address: (await usd.getAddress()) as Address };
  const now = (await ethers.provider.getBlock("latest"))?.timestamp ?? 0;
  for (const { address } of [payer, merchant]) await usd.getFunction("mint")(address, 1_000_000n);

  const as = (signer: Signer, name: string) => escrow.connect(signer).getFunction(name);
  const order = (salt: bigint, changes: Partial<Terms> = {}): Terms => ({
    ...{ payer: at(payer), operator: at(operator), token: token.address, amount: 1_000n },
    ...{ authorizeBy: now + DAY_S, captureBy: now + 2 * DAY_S, releaseDelay: 5 * DAY_S },
    ...{ arbiter: at(arbiter), rulingTime: DAY_S, defaultToPayerPpm: 0, flags: 0, agreement: NOTHING, salt },
    legs: [
      { account: at(merchant), share: 900_000n, kind: LEG_KIND.merchant },
      { account: at(channel), share: 100_000n, kind: LEG_KIND.channel },
    ],
    ...changes,
  });
  /** Relays a signature over `typed`: first somebody else's, which is refused, then `signer`'s, which is taken. */
  const relay = async (name: string, signer: Signer, typed: TypedDataJson, args: (signature: string) => unknown[]) => {
    const [forged, signature] = [await sign(arbiter, typed), await sign(signer, typed)];
    const by = as(name.startsWith("charge") ? operator : relayer, name);
    await assert.rejects(by(...args(forged)), /SignatureRefused|AuthorizationRefused/, name);
    await by(...args(signature));
  };
  const people = { relayer, payer, operator, merchant, channel, arbiter };
  return { ethers, escrow, usd, domain, token, now, as, order, relay, ...people };
}

describe("signed forms, by ethers and against the contract", () => {
  it("pay an order by signed terms, by a permit beside them, and charge", async () => {
    const { escrow, usd, domain, token, now, order, relay, as, payer, relayer } = await open();
    await usd.connect(payer).getFunction("approve")(domain.escrow, 2_000n);
    for (const [name, salt] of [
      ["authorizeWithAllowance", 1n],
      ["chargeWithAllowance", 2n],
    ] as const) {
      const terms = order(salt);
      await relay(name, payer, termsTypedData(domain, terms), (signature) => [packTerms(terms), signature]);
    }
    const permitted = order(3n);
    const allowance = { owner: at(payer), spender: domain.escrow, value: 1_000n, nonce: 0n, deadline: now + DAY_S };
    const permit = { ...allowance, signature: await sign(payer, permitTypedData(token, allowance)) };
    const consent = await sign(payer, termsTypedData(domain, permitted));
    await as(relayer, "authorizeWithPermit")(packTerms(permitted), consent, permit);
    assert.equal((await escrow.getFunction("orderOf")(packTerms(permitted))).held, 1_000n);
    assert.equal(await usd.getFunction("nonces")(payer.address), 1n);
  });

  it("deposit a token, pay and charge out of the credit, and withdraw of several", async () => {
    const { escrow, domain, token, now, order, relay, payer, as, relayer } = await open();
    const deposit = {
      ...{ from: at(payer), account: at(payer), token: token.address, amount: 5_000n },
      ...{ validBefore: now + DAY_S, salt: 9n },
    };
    await relay("depositWithAuthorization", payer, receiveDepositTypedData(token, domain, deposit), (signature) => [
      ...[deposit.from, deposit.account, deposit.token, deposit.amount, deposit.validBefore, deposit.salt, signature],
    ]);
    await as(relayer, "deposit")(payer.address, ZeroAddress, 7n, { value: 7n });
    for (const [name, salt] of [
      ["authorizeWithCredit", 1n],
      ["chargeWithCredit", 2n],
    ] as const) {
      const terms = order(salt);
      const typed = authorizeWithCreditTypedData(domain, termsHash(domain, terms));
      await relay(name, payer, typed, (signature) => [packTerms(terms), signature]);
    }
    const withdrawals = [
      { token: token.address, amount: 3_000n, to: at(payer) },
      { token: ZeroAddress as Address, amount: 7n, to: at(relayer) },
    ];
    const consent = { account: at(payer), withdrawals, nonce: 4n, deadline: now + DAY_S };
    await relay("withdrawManyWithSignature", payer, withdrawManyTypedData(domain, consent), (signature) => [
      ...[consent.account, withdrawals, consent.nonce, consent.deadline, signature],
    ]);
    for (const { token: of } of withdrawals) assert.equal(await escrow.getFunction("creditOf")(payer.address, of), 0n);
  });

  it("dispute, give in and refund before release", async () => {
    const { escrow, usd, domain, now, order, relay, as, payer, operator, merchant } = await open();
    const terms = order(1n);
    const [id, wire, deadline] = [termsHash(domain, terms), packTerms(terms), now + DAY_S];
    await usd.connect(payer).getFunction("approve")(domain.escrow, 1_000n);
    await as(payer, "authorize")(wire);
    await as(operator, "capture")(wire, 1_000n, 1_000n);

    for (const [round, loser] of [
      [1, payer],
      [2, merchant],
    ] as const) {
      const dispute = { id, amount: 100n, round, evidence: EVIDENCE, deadline };
      await relay("disputeWithSignature", payer, disputeTypedData(domain, dispute), (signature) => [
        ...[wire, dispute.amount, round, EVIDENCE, deadline, signature],
      ]);
      await relay("concedeWithSignature", loser, concedeTypedData(domain, { id, round, deadline }), (signature) => [
        ...[wire, loser.address, round, deadline, signature],
      ]);
    }
    const refund = { id, amount: 50n, captured: 800n, nonce: 3n, deadline };
    await relay("refundWithSignature", merchant, refundTypedData(domain, refund), (signature) => [
      ...[wire, refund.amount, refund.captured, refund.nonce, deadline, signature],
    ]);
    await as(payer, "release")(wire);
    const back = { id, amount: 200n, refunded: 0n, deadline };
    await relay("refundReleasedWithSignature", merchant, refundReleasedTypedData(domain, back), (signature) => [
      ...[wire, back.amount, back.refunded, deadline, signature],
    ]);
    const { captured, returned, refunded, disputed, round } = await escrow.getFunction("orderOf")(wire);
    assert.deepEqual([captured, returned, refunded, disputed, round], [0n, 150n, 200n, 0n, 2n]);
  });

  it("share a sale that was paid elsewhere, and let another do so", async () => {
    const { escrow, usd, domain, token, now, relay, as, operator, merchant, channel, relayer } = await open();
    const agreement: Agreement = {
      ...{
        channel: NOTHING,
        version: 1,
        token: token.address,
        operator: at(operator),
        arbiter: ZeroAddress as Address,
      },
      ...{ validFrom: now, validUntil: now + DAY_S, merchant: at(merchant), text: "" },
      parties: [{ account: at(channel), kind: LEG_KIND.channel, leastPpm: 0, mostPpm: 500_000, mostFixed: 0n }],
    };
    for (const signatory of [operator, merchant, channel]) await as(signatory, "acceptAgreement")(agreement);
    await usd.connect(merchant).getFunction("approve")(domain.escrow, 500n);
    await as(merchant, "deposit")(merchant.address, token.address, 500n);

    const sale: Sale = {
      ...{ account: at(merchant), operator: at(operator), token: token.address, gross: 1_000n },
      ...{ agreement: agreementHash(domain, agreement), ref: EVIDENCE },
      legs: [
        { account: at(merchant), share: 800_000n, kind: LEG_KIND.merchant },
        { account: at(channel), share: 200_000n, kind: LEG_KIND.channel },
      ],
    };
    const deadline = now + DAY_S;
    await relay("distributeWithSignature", merchant, distributeTypedData(domain, sale, deadline), (signature) => [
      ...[packSale(sale), deadline, signature],
    ]);
    const mandate = { perCall: 200n, perPeriod: 200n, period: DAY_S, until: now + DAY_S };
    const consent = {
      ...{ account: at(merchant), spender: at(relayer), token: token.address, mandate, nonce: 1n, deadline },
    };
    await relay("setMandateWithSignature", merchant, setMandateTypedData(domain, consent), (signature) => [
      ...[consent.account, consent.spender, consent.token, mandate, consent.nonce, deadline, signature],
    ]);
    await as(relayer, "distribute")(packSale({ ...sale, ref: NOTHING }));
    assert.equal(await escrow.getFunction("creditOf")(channel.address, token.address), 400n);
    assert.equal(await escrow.getFunction("creditOf")(merchant.address, token.address), 100n);
  });
});
