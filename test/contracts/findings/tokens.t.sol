// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {DisputeTest} from "../support/DisputeTest.sol";
import {HostileToken} from "../support/HostileToken.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {vm} from "../support/Vm.sol";
import {OddToken} from "./OddToken.sol";
import {SecondDoor} from "./SecondDoor.sol";

/// Finding 27: each kind of token with its defined end.
contract TokenKindsTest is DisputeTest {
    using PackedTerms for Terms;

    function odd(OddToken.Kind kind) private returns (OddToken token, Terms memory terms) {
        token = new OddToken(kind);
        token.mint(payer, AMOUNT);
        terms = disputable();
        terms.token = address(token);
    }

    /// @dev 1,000 released, 1,000 disputed, 1,000 waiting, the rest held.
    function mixed(Terms memory terms) private {
        authorize(terms);
        capture(terms, 1000);
        release(terms);
        capture(terms, 2000);
        dispute(terms, 1000);
    }

    /// @dev Everything that can happen to an order, to its end; then everybody fetches what is theirs.
    function wholeLife(Terms memory terms) private {
        mixed(terms);
        allowed(merchant, callGiveBack(terms, 100, 0));
        refund(terms, 500);
        rule(terms, 300_000);
        dispute(terms, 100);
        concede(merchant, terms);
        release(terms);
        void_(terms, 1000);
        vm.warp(CAPTURE_BY);
        allowed(stranger, callReclaim(terms));
        allFetch(terms);
        vm.warp(START);
    }

    function allFetch(Terms memory terms) private {
        address[6] memory all = [payer, merchant, channel, agent, carrier, platform];
        for (uint256 i = 0; i < all.length; ++i) {
            uint256 has = creditIn(terms, all[i]);
            if (has > 0) allowed(all[i], callWithdraw(terms.token, has));
        }
    }

    function test_feeOnTransfer_neverComesIn() external {
        (HostileToken token, Terms memory terms) = inHostile(disputable());
        token.set(HostileToken.Mode.KeepsFee);
        refusedAs(
            payer,
            callAuthorize(terms),
            abi.encodeWithSelector(ISettlementEscrow.ReceivedWrongAmount.selector, AMOUNT - 1, AMOUNT)
        );
    }

    function test_rebasingDownwards_theLastWaitsUntilItIsMadeGood() external {
        (OddToken token, Terms memory terms) = odd(OddToken.Kind.Plain);
        captured(terms);
        release(terms);
        token.shrink(address(escrow), 1);
        address[4] memory others = [channel, agent, carrier, platform];
        for (uint256 i = 0; i < 4; ++i) {
            allowed(others[i], callWithdraw(address(token), creditIn(terms, others[i])));
        }
        uint256 has = creditIn(terms, merchant);
        refused(merchant, callWithdraw(address(token), has), IRevenueLedger.TransferFailed.selector);
        assertEq(creditIn(terms, merchant), has, "the claim stands");
        token.mint(address(escrow), 1);
        allowed(merchant, callWithdraw(address(token), has));
    }

    function test_rebasingUpwards_isNobodys() external {
        (OddToken token, Terms memory terms) = odd(OddToken.Kind.Plain);
        authorize(terms);
        token.mint(address(escrow), 77);
        capture(terms, AMOUNT);
        release(terms);
        assertShared(terms, AMOUNT);
        allFetch(terms);
        assertEq(token.balanceOf(address(escrow)), 77, "what came uninvited stays");
    }

    function test_missingReturn_livesAWholeLife() external {
        (HostileToken token, Terms memory terms) = inHostile(disputable());
        token.set(HostileToken.Mode.SaysNothing);
        wholeLife(terms);
        assertEq(token.balanceOf(address(escrow)), 0, "all is fetched");
    }

    function test_returnsFalse_neverComesIn_andGoesOutAsCredit() external {
        (HostileToken token, Terms memory terms) = inHostile(disputable());
        token.set(HostileToken.Mode.SaysFalse);
        refused(payer, callAuthorize(terms), IRevenueLedger.TransferFailed.selector);
        token.set(HostileToken.Mode.Fair);
        captured(terms);
        token.set(HostileToken.Mode.SaysFalse);
        tells(merchant, callRefund(terms, 10, AMOUNT), terms, saysRefunded(10), saysCredited(10));
        refused(payer, callWithdraw(address(token), 10), IRevenueLedger.TransferFailed.selector);
        assertEq(creditIn(terms, payer), 10, "the claim stands");
    }

    /// It says that all went well when nothing moved; the balance says otherwise.
    function test_noRevert_neverComesIn() external {
        (, Terms memory terms) = odd(OddToken.Kind.SaysTrueMovesNothing);
        refusedAs(
            payer,
            callAuthorize(terms),
            abi.encodeWithSelector(ISettlementEscrow.ReceivedWrongAmount.selector, 0, AMOUNT)
        );
    }

    function test_revertsOnZero_isNeverAskedForZero() external {
        (OddToken token, Terms memory terms) = odd(OddToken.Kind.RevertsOnZero);
        wholeLife(terms);
        assertEq(token.balanceOf(address(escrow)), 0, "all is fetched");
        // Parts of nothing: a ruling of nothing to the payer, and a refund that the credit pays alone.
        OddToken plain;
        (plain, terms) = odd(OddToken.Kind.Plain);
        terms = withDefault(terms, 0);
        disputed(terms, 10);
        rule(terms, 0);
        dispute(terms, 10);
        vm.warp(START + RULING);
        allowed(payer, callEnd(terms));
        allowed(merchant, callGiveBack(terms, 8, 0));
        assertEq(plain.zeroMoves(), 0, "no move of zero");
    }

    function test_uint96_neverComesInAbove_andLeavesInParts() external {
        (OddToken token, Terms memory terms) = odd(OddToken.Kind.Uint96);
        uint256 most = type(uint96).max;
        token.mint(payer, 4 * most);
        terms.setAmount(most + 1);
        refused(payer, callAuthorize(terms), IRevenueLedger.TransferFailed.selector);
        // Two orders of the most there can be: their credits sum above it, and leave in two calls.
        for (uint256 i = 0; i < 2; ++i) {
            terms.setAmount(most);
            terms.setSalt(10 + i);
            terms.legs = new uint256[](1);
            terms.legs[0] = leg(merchant, 1_000_000, 1);
            captured(terms);
            release(terms);
        }
        refused(merchant, callWithdraw(address(token), 2 * most), IRevenueLedger.TransferFailed.selector);
        allowed(merchant, callWithdraw(address(token), most));
        allowed(merchant, callWithdraw(address(token), most));
        assertEq(token.balanceOf(merchant), 2 * most, "all of it");
    }

    function test_blocklist_stopsNobodyElse() external {
        (HostileToken token, Terms memory terms) = inHostile(disputable());
        mixed(terms);
        token.setBlocked(payer);
        allowed(arbiter, callRule(terms, 1, 1000, ALL));
        assertEq(creditIn(terms, payer), 1000, "credit");
        allowed(payer, abi.encodeCall(IRevenueLedger.withdrawTo, (address(token), stranger, 1000)));
        token.setBlocked(merchant);
        void_(terms, escrow.orderOf(terms).held);
        refused(merchant, callWithdraw(address(token), 820), IRevenueLedger.TransferFailed.selector);
        allowed(channel, callWithdraw(address(token), 80));
        // The escrow itself: every exit still ends, in credits.
        token.setBlocked(address(escrow));
        refund(terms, 1000);
        assertQuantities(terms, 0, 0, 0, AMOUNT - 1000, 1000);
        refused(agent, callWithdraw(address(token), 50), IRevenueLedger.TransferFailed.selector);
        token.setBlocked(address(0));
        allFetch(terms);
        assertEq(token.balanceOf(address(escrow)), 0, "all is fetched");
    }

    function test_pausable_endsAsCredits() external {
        (HostileToken token, Terms memory terms) = inHostile(disputable());
        mixed(terms);
        token.setPaused(true);
        allowed(arbiter, callRule(terms, 1, 1000, ALL));
        refund(terms, 1000);
        void_(terms, 1000);
        vm.warp(CAPTURE_BY);
        allowed(payer, callReclaim(terms));
        assertQuantities(terms, 0, 0, 0, AMOUNT - 1000, 1000);
        assertEq(creditIn(terms, payer), AMOUNT - 1000, "all by credit");
        refused(payer, callWithdraw(address(token), 1), IRevenueLedger.TransferFailed.selector);
        token.setPaused(false);
        allFetch(terms);
        assertEq(token.balanceOf(address(escrow)), 0, "all is fetched");
    }

    /// Of the sender's balance: refused, for others would pay it. Of what the receiver gets: the receiver's affair.
    function test_feeSwitchedOnLater_isNeverPaidByOthers() external {
        (HostileToken token, Terms memory terms) = inHostile(disputable());
        mixed(terms);
        token.setSenderFee(1);
        refused(arbiter, callRule(terms, 1, 1000, ALL), IRevenueLedger.BackingLost.selector);
        refused(merchant, callGiveBack(terms, 10, 0), IRevenueLedger.BackingLost.selector);
        refused(merchant, callWithdraw(address(token), 820), IRevenueLedger.BackingLost.selector);
        allowed(arbiter, callRule(terms, 1, 1000, 0));
        token.setSenderFee(0);
        token.set(HostileToken.Mode.KeepsFee);
        allowed(merchant, callWithdraw(address(token), 820));
        assertEq(token.balanceOf(merchant), 819, "its own loss");
        uint256 owed = AMOUNT - 3000 + 1000 + legCredits(terms);
        assertEq(token.balanceOf(address(escrow)), owed, "the others' is there");
    }

    /// One balance behind two addresses: orders in both, and each gets out what came in by it.
    function test_doubleEntryPoint_isTwoTokensHere() external {
        (OddToken token, Terms memory first) = odd(OddToken.Kind.Plain);
        SecondDoor door = new SecondDoor(token);
        token.addDoor(address(door));
        token.mint(payer, AMOUNT);
        Terms memory second = disputable();
        second.token = address(door);
        mixed(second);
        wholeLife(first);
        assertEq(token.balanceOf(address(escrow)), AMOUNT, "the second order's money is all there");
        refused(merchant, callWithdraw(address(token), 1), IRevenueLedger.CreditTooSmall.selector);
        rule(second, 500_000);
        release(second);
        vm.warp(CAPTURE_BY);
        allowed(payer, callReclaim(second));
        allFetch(second);
        assertEq(token.balanceOf(address(escrow)), 0, "all is fetched");
    }
}
