// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, OrderView, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {DisputeSignatures} from "../support/DisputeSignatures.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {vm} from "../support/Vm.sol";

contract RolesTest is DisputeSignatures {
    using PackedTerms for Terms;

    uint256 private constant OPERATOR_KEY = 0x0937;
    uint256 private constant DEEDS = 8;

    function setUp() public override {
        super.setUp();
        operator = vm.addr(OPERATOR_KEY);
    }

    /// @dev 1,000 released, 1,000 disputed, 1,000 waiting, the rest held.
    function mixed(Terms memory terms) private returns (Terms memory) {
        authorize(terms);
        capture(terms, 1000);
        release(terms);
        capture(terms, 2000);
        dispute(terms, 1000);
        return terms;
    }

    function deed(uint256 which, Terms memory terms) private view returns (bytes memory) {
        OrderView memory seen = escrow.orderOf(terms);
        return
            [
                callCapture(terms, 1, seen.held),
                callVoid(terms, 1, seen.held),
                callRefund(terms, 1, seen.captured),
                callGiveBack(terms, 1, seen.refunded),
                callRelease(terms),
                callConcede(terms, seen.round),
                callRule(terms, seen.round, seen.disputed, 0),
                callDispute(terms, 1)
            ][which];
    }

    /// @dev By what error those are refused who have no part in the deed.
    function refusal(uint256 which) private pure returns (bytes4) {
        return
            [
                ISettlementEscrow.NotCapturer.selector,
                ISettlementEscrow.NotVoider.selector,
                ISettlementEscrow.NotRefunder.selector,
                IOrderDesk.NotMerchant.selector,
                ISettlementEscrow.ReleaseNotOpen.selector,
                IOrderDesk.NotDisputant.selector,
                IOrderDesk.NotArbiter.selector,
                ISettlementEscrow.NotPayer.selector
            ][which];
    }

    /// @dev One letter per account that may: P payer, O operator, M merchant, A arbiter; o and m need their flags.
    function whoMay(uint256 which) private pure returns (bytes memory) {
        return [bytes("Om"), "OM", "Mo", "M", "P", "PM", "A", "P"][which];
    }

    function may(uint256 which, bytes1 role, uint256 flags) private pure returns (bool) {
        bytes memory who = whoMay(which);
        for (uint256 i = 0; i < who.length; ++i) {
            if (who[i] == role) return true;
            if (who[i] == "o" && role == "O" && flags & OPERATOR_MAY_REFUND != 0) return true;
            if (who[i] == "m" && role == "M" && flags & MERCHANT_MAY_CAPTURE != 0) return true;
        }
        return false;
    }

    /// Every deed by every account, under every combination of flags.
    function test_everyDeedByEveryAccount() external {
        address[7] memory accounts = [payer, operator, merchant, arbiter, channel, carrier, stranger];
        bytes memory roles = "POMACCS";
        uint256 salt;
        for (uint256 flags = 0; flags < 4; ++flags) {
            for (uint256 which = 0; which < DEEDS; ++which) {
                Terms memory terms = withFlags(disputable(), flags);
                terms.setSalt(++salt);
                mixed(terms);
                if (which == 7) concede(payer, terms);
                bytes memory call_ = deed(which, terms);
                for (uint256 i = 0; i < accounts.length; ++i) {
                    if (may(which, roles[i], flags)) continue;
                    refused(accounts[i], call_, refusal(which));
                }
                for (uint256 i = 0; i < accounts.length; ++i) {
                    if (!may(which, roles[i], flags)) continue;
                    if (which == 5 && roles[i] == "M") dispute(terms, 1);
                    allowed(accounts[i], deed(which, terms));
                }
            }
        }
    }

    function test_operatorCannotDebitMerchantCredit() external {
        Terms memory terms = mixed(withFlags(disputable(), 3));
        uint256 merchants = credit(merchant);
        refused(operator, callGiveBack(terms, 1, 0), IOrderDesk.NotMerchant.selector);
        bytes memory signature = signedHash(OPERATOR_KEY, giveBackHash(terms, 1, 0, NEVER));
        bytes memory call_ = callGiveBackSigned(terms, 1, 0, NEVER, signature);
        refused(operator, call_, ISettlementEscrow.SignatureRefused.selector);
        refused(operator, callWithdraw(address(usd), 1), IRevenueLedger.CreditTooSmall.selector);
        call_ = abi.encodeCall(
            IRevenueLedger.withdrawWithSignature,
            (merchant, address(usd), 1, operator, 1, NEVER, signature)
        );
        refused(operator, call_, ISettlementEscrow.SignatureRefused.selector);
        assertEq(credit(merchant), merchants, "untouched");
    }

    function test_operatorRefundNeedsFlag_andReachesNothingReleased() external {
        Terms memory terms = mixed(withFlags(disputable(), MERCHANT_MAY_CAPTURE));
        refused(operator, callRefund(terms, 1, 1000), ISettlementEscrow.NotRefunder.selector);
        terms = mixed(withFlags(disputable(), OPERATOR_MAY_REFUND));
        uint256 credits = legCredits(terms);
        allowed(operator, callRefund(terms, 1000, 1000));
        refused(operator, callRefund(terms, 1, 0), ISettlementEscrow.AmountAboveAvailable.selector);
        assertEq(legCredits(terms), credits, "what was released stays");
        assertEq(escrow.orderOf(terms).disputed, 1000, "what is disputed too");
    }

    /// All that a thief of the operator's key can do, done: whatever moves goes to the payer or to the legs.
    function test_stolenOperatorKey_takesNothing() external {
        Terms memory terms = mixed(withFlags(disputable(), OPERATOR_MAY_REFUND));
        uint256 before = usd.balanceOf(payer);
        for (uint256 which = 3; which < DEEDS; ++which) {
            if (which != 7) refused(operator, deed(which, terms), refusal(which));
        }
        refused(operator, callDispute(terms, 1), ISettlementEscrow.NotPayer.selector);
        signedFormsAreRefused(terms);

        allowed(operator, deed(0, terms));
        allowed(operator, callRefund(terms, 500, 1001));
        allowed(operator, callVoid(terms, 1000, escrow.orderOf(terms).held));
        vm.warp(START + RULING);
        allowed(operator, callRelease(terms));
        allowed(operator, callEnd(terms));
        vm.warp(CAPTURE_BY);
        allowed(operator, callReclaim(terms));

        assertEq(usd.balanceOf(operator) + credit(operator), 0, "nothing reached the operator");
        uint256 payers = usd.balanceOf(payer) - before + credit(payer);
        assertEq(payers + legCredits(terms), AMOUNT, "all is the payer's or the legs'");
        assertEq(legCredits(terms), 1000 + 501 + 750, "released, captured and not refunded, not ruled back");
        assertQuantities(terms, 0, 0, 0, payers, 2251);
    }

    function signedFormsAreRefused(Terms memory terms) private {
        bytes4 wrong = ISettlementEscrow.SignatureRefused.selector;
        bytes memory by = signedHash(OPERATOR_KEY, disputeHash(terms, 1, 2, NEVER));
        refused(operator, callDisputeSigned(terms, 1, 2, NEVER, by), wrong);
        by = signedHash(OPERATOR_KEY, concedeHash(terms, 1, NEVER));
        refused(operator, callConcedeSigned(terms, merchant, 1, NEVER, by), wrong);
        refused(operator, callConcedeSigned(terms, operator, 1, NEVER, by), IOrderDesk.NotDisputant.selector);
        by = signedHash(OPERATOR_KEY, refundHash(terms, 1, 1000, 1, NEVER));
        refused(operator, callRefundSigned(terms, 1, 1000, 1, NEVER, by), wrong);
        by = signedHash(OPERATOR_KEY, giveBackHash(terms, 1, 0, NEVER));
        refused(operator, callGiveBackSigned(terms, 1, 0, NEVER, by), wrong);
    }

    /// The same of the arbiter's key: it moves what is disputed, to the payer or to the legs.
    function test_stolenArbiterKey_takesNothing() external {
        Terms memory terms = mixed(withFlags(disputable(), 3));
        for (uint256 which = 0; which < DEEDS; ++which) {
            if (which != 6) refused(arbiter, deed(which, terms), refusal(which));
        }
        allowed(arbiter, deed(6, terms));
        vm.warp(CAPTURE_BY + DELAY);
        allowed(arbiter, callRelease(terms));
        allowed(arbiter, callReclaim(terms));
        assertEq(usd.balanceOf(arbiter) + credit(arbiter), 0, "nothing reached the arbiter");
        assertShared(terms, 3000);
    }

    function test_merchantCaptureNeedsFlag_alsoDuringADispute() external {
        Terms memory terms = mixed(withFlags(disputable(), OPERATOR_MAY_REFUND));
        refused(merchant, deed(0, terms), ISettlementEscrow.NotCapturer.selector);
        terms = mixed(withFlags(disputable(), MERCHANT_MAY_CAPTURE));
        allowed(merchant, deed(0, terms));
        assertEq(escrow.orderOf(terms).disputed, 1000, "the dispute is as it was");
    }
}
