import assert from "node:assert/strict";
import { Interface } from "ethers";
import fc from "fast-check";
import { erc20Abi, zeroAddress } from "viem";
import { escrowAbi } from "../../../server/protocol/abi.ts";
import {
  acceptAgreementCall,
  acceptAgreementWithSignaturesCall,
  approveCall,
  authorizeBasketCall,
  authorizeBasketWithAuthorizationCall,
  authorizeCall,
  authorizeWithAllowanceCall,
  authorizeWithAuthorizationCall,
  authorizeWithCreditCall,
  authorizeWithPermitCall,
  type Call,
  cancelTermsCall,
  cancelTermsWithSignatureCall,
  captureCall,
  captureManyCall,
  chargeWithAllowanceCall,
  chargeWithAuthorizationCall,
  chargeWithCreditCall,
  concedeCall,
  concedeWithSignatureCall,
  depositCall,
  depositWithAuthorizationCall,
  disputeCall,
  disputeWithSignatureCall,
  distributeCall,
  distributeWithSignatureCall,
  endDisputeCall,
  reclaimCall,
  reclaimWithSignatureCall,
  refundCall,
  refundReleasedCall,
  refundReleasedWithSignatureCall,
  refundWithSignatureCall,
  releaseCall,
  releaseManyCall,
  releaseWithSignatureCall,
  revokeAgreementCall,
  revokeAgreementWithSignatureCall,
  ruleCall,
  setMandateCall,
  setMandateWithSignatureCall,
  useNonceCall,
  voidCall,
  withdrawCall,
  withdrawManyCall,
  withdrawManyWithSignatureCall,
  withdrawToCall,
  withdrawWithSignatureCall,
} from "../../../server/protocol/calls.ts";
import { packSale } from "../../../server/protocol/sale.ts";
import { packTerms } from "../../../server/protocol/terms.ts";
import { account, amount, bytes, domain, NOW_S, terms, wideAgreement, wideMandate, wideSale } from "./arbitraries.ts";

const escrow = new Interface(escrowAbi);
const token = new Interface(erc20Abi);

describe("calls", () => {
  it("are encoded as ethers encodes them, and carry ETH only to authorize", () =>
    fc.assert(
      fc.property(domain(), terms(), amount(), account(), bytes(65), (domain, terms, amount, to, signature) => {
        const wire = packTerms(terms);
        const same = (call: Call, name: string, args: unknown[], value = 0n) =>
          assert.deepEqual(call, { to: domain.escrow, data: escrow.encodeFunctionData(name, args), value });
        const consent = { captured: amount, nonce: 7n, deadline: NOW_S };

        same(authorizeCall(domain, terms), "authorize", [wire], terms.token === zeroAddress ? terms.amount : 0n);
        same(authorizeWithAuthorizationCall(domain, terms, signature), "authorizeWithAuthorization", [wire, signature]);
        same(captureCall(domain, terms, amount, terms.amount), "capture", [wire, amount, terms.amount]);
        same(releaseCall(domain, terms), "release", [wire]);
        const relayed = [wire, amount, 7n, NOW_S, signature];
        same(releaseWithSignatureCall(domain, terms, consent, signature), "releaseWithSignature", relayed);
        same(voidCall(domain, terms, amount, terms.amount), "void", [wire, amount, terms.amount]);
        same(reclaimCall(domain, terms), "reclaim", [wire]);
        same(refundCall(domain, terms, amount, terms.amount), "refund", [wire, amount, terms.amount]);
        same(withdrawCall(domain, terms.token, amount), "withdraw", [terms.token, amount]);
        same(withdrawToCall(domain, terms.token, to, amount), "withdrawTo", [terms.token, to, amount]);
      }),
    ));

  it("of many orders are encoded as ethers encodes them, and ETH is counted once", () =>
    fc.assert(
      fc.property(domain(), fc.array(terms(), { minLength: 1, maxLength: 4 }), bytes(65), (domain, each, signature) => {
        const orders = each.map((order) => ({ ...order, token: each[0]?.token ?? order.token }));
        const wires = orders.map(packTerms);
        const same = (call: Call, name: string, args: unknown[], value = 0n) =>
          assert.deepEqual(call, { to: domain.escrow, data: escrow.encodeFunctionData(name, args), value });
        const sum = orders.reduce((total, order) => total + order.amount, 0n);

        same(
          authorizeBasketCall(domain, orders),
          "authorizeBasket",
          [wires],
          each[0]?.token === zeroAddress ? sum : 0n,
        );
        const relayed = [wires, signature];
        same(
          authorizeBasketWithAuthorizationCall(domain, orders, signature),
          "authorizeBasketWithAuthorization",
          relayed,
        );
        const captures = orders.map((terms) => ({ terms, amount: 1n, heldBefore: terms.amount }));
        same(captureManyCall(domain, captures), "captureMany", [
          captures.map(({ terms, ...rest }) => ({ terms: packTerms(terms), ...rest })),
        ]);
        same(releaseManyCall(domain, orders), "releaseMany", [wires]);
      }),
    ));

  it("of the signed forms are encoded as ethers encodes them", () =>
    fc.assert(
      fc.property(domain(), terms(), account(), amount(), bytes(65), (domain, terms, who, amount, signature) => {
        const same = (call: Call, name: string, args: unknown[]) =>
          assert.deepEqual(call, { to: domain.escrow, data: escrow.encodeFunctionData(name, args), value: 0n });
        const wire = packTerms(terms);
        same(cancelTermsCall(domain, terms), "cancelTerms", [wire]);
        const once = [wire, NOW_S, signature];
        same(cancelTermsWithSignatureCall(domain, terms, NOW_S, signature), "cancelTermsWithSignature", once);
        same(reclaimWithSignatureCall(domain, terms, NOW_S, signature), "reclaimWithSignature", once);
        const consent = { account: who, token: terms.token, amount, to: terms.payer, nonce: 3n, deadline: NOW_S };
        same(withdrawWithSignatureCall(domain, consent, signature), "withdrawWithSignature", [
          ...[who, terms.token, amount, terms.payer, 3n, NOW_S, signature],
        ]);
      }),
    ));

  it("of agreements are encoded as ethers encodes them", () =>
    fc.assert(
      fc.property(
        domain(),
        wideAgreement(),
        account(),
        bytes(32),
        bytes(65),
        (domain, agreement, who, id, signature) => {
          const same = (call: Call, name: string, args: unknown[]) =>
            assert.deepEqual(call, { to: domain.escrow, data: escrow.encodeFunctionData(name, args), value: 0n });
          const given = { account: who, nonce: 5n, deadline: NOW_S, signature };
          same(acceptAgreementCall(domain, agreement), "acceptAgreement", [agreement]);
          const signed = acceptAgreementWithSignaturesCall(domain, agreement, [given]);
          same(signed, "acceptAgreementWithSignatures", [agreement, [given]]);
          same(revokeAgreementCall(domain, id), "revokeAgreement", [id]);
          const revoked = revokeAgreementWithSignatureCall(domain, id, given);
          same(revoked, "revokeAgreementWithSignature", [id, who, 5n, NOW_S, signature]);
        },
      ),
    ));

  it("of the other ways to pay are encoded as ethers encodes them", () =>
    fc.assert(
      fc.property(domain(), terms(), amount(), bytes(65), bytes(65), (domain, terms, value, signature, permitted) => {
        const same = (call: Call, name: string, args: unknown[]) =>
          assert.deepEqual(call, { to: domain.escrow, data: escrow.encodeFunctionData(name, args), value: 0n });
        const given = [packTerms(terms), signature];
        same(authorizeWithAllowanceCall(domain, terms, signature), "authorizeWithAllowance", given);
        const permit = { value, deadline: NOW_S, signature: permitted };
        same(authorizeWithPermitCall(domain, terms, signature, permit), "authorizeWithPermit", [...given, permit]);
        same(authorizeWithCreditCall(domain, terms, signature), "authorizeWithCredit", given);
        same(chargeWithAllowanceCall(domain, terms, signature), "chargeWithAllowance", given);
        same(chargeWithAuthorizationCall(domain, terms, signature), "chargeWithAuthorization", given);
        same(chargeWithCreditCall(domain, terms, signature), "chargeWithCredit", given);
      }),
    ));

  it("of disputes and of refunds are encoded as ethers encodes them, and the merchant's ETH fills what its credit lacks", () =>
    fc.assert(
      fc.property(
        domain(),
        terms(),
        amount(),
        amount(),
        bytes(32),
        bytes(65),
        (domain, terms, amount, credit, evidence, signature) => {
          const same = (call: Call, name: string, args: unknown[], value = 0n) =>
            assert.deepEqual(call, { to: domain.escrow, data: escrow.encodeFunctionData(name, args), value });
          const [wire, round, deadline] = [packTerms(terms), 3, NOW_S];
          same(disputeCall(domain, terms, amount, evidence), "dispute", [wire, amount, evidence]);
          const disputed = disputeWithSignatureCall(domain, terms, { amount, round, evidence, deadline }, signature);
          same(disputed, "disputeWithSignature", [wire, amount, round, evidence, deadline, signature]);
          same(concedeCall(domain, terms, round), "concede", [wire, round]);
          const conceded = concedeWithSignatureCall(
            domain,
            terms,
            { account: terms.payer, round, deadline },
            signature,
          );
          same(conceded, "concedeWithSignature", [wire, terms.payer, round, deadline, signature]);
          same(ruleCall(domain, terms, { round, amount, toPayerPpm: 7 }), "rule", [wire, round, amount, 7]);
          same(endDisputeCall(domain, terms), "endDispute", [wire]);
          const consent = { amount, captured: credit, nonce: 9n, deadline };
          const refunded = refundWithSignatureCall(domain, terms, consent, signature);
          same(refunded, "refundWithSignature", [wire, amount, credit, 9n, deadline, signature]);
          const rest = terms.token === zeroAddress && amount > credit ? amount - credit : 0n;
          same(refundReleasedCall(domain, terms, amount, 5n, credit), "refundReleased", [wire, amount, 5n], rest);
          const given = refundReleasedWithSignatureCall(domain, terms, { amount, refunded: 5n, deadline }, signature);
          same(given, "refundReleasedWithSignature", [wire, amount, 5n, deadline, signature]);
        },
      ),
    ));

  it("of accounts are encoded as ethers encodes them, and carry ETH only to deposit it", () =>
    fc.assert(
      fc.property(
        domain(),
        wideSale(),
        wideMandate(),
        account(),
        amount(),
        bytes(65),
        (domain, sale, mandate, who, units, signature) => {
          const same = (call: Call, name: string, args: unknown[], value = 0n) =>
            assert.deepEqual(call, { to: domain.escrow, data: escrow.encodeFunctionData(name, args), value });
          same(depositCall(domain, who, sale.token, units), "deposit", [who, sale.token, units]);
          same(depositCall(domain, who, zeroAddress, units), "deposit", [who, zeroAddress, units], units);
          const deposit = {
            from: who,
            account: sale.account,
            token: sale.token,
            amount: units,
            validBefore: NOW_S,
            salt: 4n,
          };
          same(depositWithAuthorizationCall(domain, deposit, signature), "depositWithAuthorization", [
            ...[who, sale.account, sale.token, units, NOW_S, 4n, signature],
          ]);
          const withdrawals = [
            { token: sale.token, amount: units, to: who },
            { token: zeroAddress, amount: 1n, to: sale.account },
          ];
          same(withdrawManyCall(domain, withdrawals), "withdrawMany", [withdrawals]);
          const until = { nonce: 6n, deadline: NOW_S };
          const many = withdrawManyWithSignatureCall(domain, { account: who, withdrawals, ...until }, signature);
          same(many, "withdrawManyWithSignature", [who, withdrawals, 6n, NOW_S, signature]);
          same(distributeCall(domain, sale), "distribute", [packSale(sale)]);
          const shared = distributeWithSignatureCall(domain, sale, NOW_S, signature);
          same(shared, "distributeWithSignature", [packSale(sale), NOW_S, signature]);
          same(setMandateCall(domain, who, sale.token, mandate), "setMandate", [who, sale.token, mandate]);
          const consent = { account: sale.account, spender: who, token: sale.token, mandate, ...until };
          same(setMandateWithSignatureCall(domain, consent, signature), "setMandateWithSignature", [
            ...[sale.account, who, sale.token, mandate, 6n, NOW_S, signature],
          ]);
          same(useNonceCall(domain, 11n), "useNonce", [11n]);
        },
      ),
    ));

  it("approve exactly what is asked", () => {
    const [owner, spender] = [`0x${"11".repeat(20)}`, `0x${"22".repeat(20)}`] as const;
    const data = token.encodeFunctionData("approve", [spender, 5n]);
    assert.deepEqual(approveCall(owner, spender, 5n), { to: owner, data, value: 0n });
  });
});
