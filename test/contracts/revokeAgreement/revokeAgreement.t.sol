// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Agreement, AgreementView, IAgreementRegistry} from "../../../contracts/interfaces/IAgreementRegistry.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {AgreementTest} from "../support/AgreementTest.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {Vm, vm} from "../support/Vm.sol";

contract RevokeAgreementTest is AgreementTest {
    using PackedTerms for Terms;

    function test_agreement_revokeRace_authorizeVsCapture() external {
        address[6] memory all = signatories();
        for (uint256 i = 0; i < all.length; ++i) {
            Agreement memory agreed = agreement();
            agreed.version = uint32(i);
            Terms memory before = agreedOrder(agreed);
            authorize(before);
            vm.recordLogs();
            allowed(all[i], callRevoke(before.agreement));
            Vm.Log[] memory logs = vm.getRecordedLogs();
            assertTrue(logs[0].topics[0] == IAgreementRegistry.AgreementRevoked.selector, "event");
            assertTrue(logs[0].topics[2] == bytes32(uint256(uint160(all[i]))), "by whom");

            Terms memory late = order();
            late.agreement = before.agreement;
            late.setSalt(2);
            refused(payer, callAuthorize(late), IAgreementRegistry.AgreementNotActive.selector);
            capture(before, before.amount());
            release(before);
            assertOrder(before, 0, 0, 0, before.amount());
        }
    }

    function test_reverts_forOthersAndTwice() external {
        bytes32 id = escrow.agreementIdOf(agreement());
        refused(merchant, callRevoke(id), IAgreementRegistry.UnknownAgreement.selector);
        accept(merchant, agreement());
        refused(stranger, callRevoke(id), IAgreementRegistry.NotSignatory.selector);
        // A party that did not accept yet may end the matter.
        allowed(agent, callRevoke(id));
        refused(agent, callRevoke(id), IAgreementRegistry.AlreadyRevoked.selector);
        refused(channel, callAccept(agreement()), IAgreementRegistry.AlreadyRevoked.selector);
        AgreementView memory seen = escrow.agreementOf(id);
        assertTrue(seen.proposed && seen.revoked && !seen.active, "revoked");
    }

    function callSigned(
        bytes32 id,
        address account,
        uint256 nonce,
        uint256 deadline,
        bytes memory signature
    ) private pure returns (bytes memory) {
        return
            abi.encodeCall(IAgreementRegistry.revokeAgreementWithSignature, (id, account, nonce, deadline, signature));
    }

    function revocation(uint256 key, bytes32 id, uint256 nonce, uint256 deadline) private view returns (bytes memory) {
        bytes32 typehash = keccak256("RevokeAgreement(bytes32 id,uint256 nonce,uint256 deadline)");
        return signed(key, typedDigest(keccak256(abi.encode(typehash, id, nonce, deadline))));
    }

    function test_signature_relayedByAStranger() external {
        bytes32 id = inForce(agreement());
        bytes memory signature = revocation(MERCHANT_KEY, id, 3, START);
        bytes memory call_ = callSigned(id, merchant, 3, START, signature);
        refused(stranger, callSigned(id, channel, 3, START, signature), ISettlementEscrow.SignatureRefused.selector);
        refused(stranger, callSigned(id, merchant, 4, START, signature), ISettlementEscrow.SignatureRefused.selector);
        vm.warp(START + 1);
        refused(stranger, call_, ISettlementEscrow.DeadlinePassed.selector);
        vm.warp(START);
        allowed(stranger, call_);
        assertTrue(escrow.agreementOf(id).revoked, "revoked");
        refused(stranger, call_, ISettlementEscrow.NonceSpent.selector);
    }

    function test_signature_ofAStrangerReverts() external {
        bytes32 id = inForce(agreement());
        bytes memory signature = revocation(PAYER_KEY, id, 3, START);
        refused(stranger, callSigned(id, payer, 3, START, signature), IAgreementRegistry.NotSignatory.selector);
    }
}
