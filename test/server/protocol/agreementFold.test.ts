import assert from "node:assert/strict";
import { type Hex, zeroAddress } from "viem";
import type { Agreement } from "../../../server/protocol/agreement.ts";
import { foldAgreement } from "../../../server/protocol/agreementFold.ts";
import type { AgreementEvent } from "../../../server/protocol/decode.ts";
import { wallet } from "../../support/wallets.ts";

const agreementId: Hex = `0x${"ab".repeat(32)}`;
const [merchant, channel] = [wallet(1).address, wallet(2).address];
const agreement: Agreement = {
  ...{ channel: agreementId, version: 1, token: zeroAddress, operator: wallet(3).address, arbiter: zeroAddress },
  ...{ validFrom: 1, validUntil: 2, merchant, parties: [], text: "" },
};
const proposed: AgreementEvent = { kind: "agreement_proposed", agreementId, agreement };
const accepted = (account: typeof merchant): AgreementEvent => ({ kind: "agreement_accepted", agreementId, account });
const activated: AgreementEvent = { kind: "agreement_activated", agreementId };
const revoked: AgreementEvent = { kind: "agreement_revoked", agreementId, account: channel };

describe("foldAgreement", () => {
  it("knows nothing of an agreement without logs", () => assert.equal(foldAgreement([]), undefined));

  it("counts who accepted, and is complete when the chain says so", () => {
    const begun = foldAgreement([proposed, accepted(merchant)]);
    assert.deepEqual(begun, { accepted: [merchant], complete: false, revokedBy: undefined });
    const whole = foldAgreement([proposed, accepted(merchant), accepted(channel), activated]);
    assert.deepEqual(whole, { accepted: [merchant, channel], complete: true, revokedBy: undefined });
  });

  it("names who revoked, before or after it was complete", () => {
    assert.equal(foldAgreement([proposed, accepted(merchant), revoked])?.revokedBy, channel);
    assert.equal(foldAgreement([proposed, accepted(merchant), activated, revoked])?.revokedBy, channel);
  });
});
