// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, OrderView, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {DisputeTest} from "../support/DisputeTest.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

contract DisputeDeedTest is DisputeTest {
    using PackedTerms for Terms;

    function test_takesAPartOfWhatIsCaptured() external {
        for (uint256 i = 0; i < VARIANTS; ++i) {
            Terms memory terms = captured(variant(i));
            uint256 owned = balanceIn(terms, address(escrow));
            tells(terms.payer, callDispute(terms, 30), terms, saysDisputed(1, 30, START + RULING));
            assertQuantities(terms, 0, AMOUNT - 30, 30, 0, 0);
            OrderView memory seen = escrow.orderOf(terms);
            assertEq(seen.releaseAt, START + DELAY, "what stays captured keeps its clock");
            assertEq(seen.rulingBy, START + RULING, "the arbiter's time");
            assertEq(seen.round, 1, "round");
            assertEq(balanceIn(terms, address(escrow)), owned, "nothing moves");
        }
    }

    function test_tellsTheRound() external {
        assertEq(dispute(captured(disputable()), 1), 1, "the first");
    }

    function test_takesAllWhereLessIsLeft() external {
        for (uint256 i = 0; i < VARIANTS; ++i) {
            Terms memory terms = variant(i);
            authorize(terms);
            capture(terms, 1000);
            vm.warp(START + 1 hours);
            uint256 amount = i == 0 ? 1001 : type(uint256).max;
            uint256 rulingBy = START + 1 hours + RULING;
            tells(terms.payer, callDispute(terms, amount), terms, saysDisputed(1, 1000, rulingBy));
            assertQuantities(terms, AMOUNT - 1000, 0, 1000, 0, 0);
            assertEq(escrow.orderOf(terms).releaseAt, 0, "nothing waits");
            vm.warp(START);
        }
    }

    function test_takesExactlyAll() external {
        Terms memory terms = captured(disputable());
        tells(payer, callDispute(terms, AMOUNT), terms, saysDisputed(1, AMOUNT, START + RULING));
        assertQuantities(terms, 0, 0, AMOUNT, 0, 0);
    }

    /// Each call breaks its own rule and all that are judged after it.
    function test_reverts_inTheOrderOfItsRules() external {
        Terms memory terms = order();
        bytes32 id = escrow.idOf(terms);
        refusedAs(stranger, callDispute(terms, 0), abi.encodeWithSelector(ISettlementEscrow.UnknownOrder.selector, id));
        authorize(terms);
        refusedAs(stranger, callDispute(terms, 0), abi.encodeWithSelector(IOrderDesk.NoArbiter.selector, id));

        terms = disputed(disputable(), 10);
        id = escrow.idOf(terms);
        vm.warp(START + DELAY);
        refusedAs(
            stranger,
            callDispute(terms, 0),
            abi.encodeWithSelector(ISettlementEscrow.NotPayer.selector, stranger, payer)
        );
        refusedAs(payer, callDispute(terms, 0), abi.encodeWithSelector(IOrderDesk.DisputeOpen.selector, id, 1));
        concede(payer, terms);
        refused(payer, callDispute(terms, 0), IRevenueLedger.AmountZero.selector);
        refusedAs(
            payer,
            callDispute(terms, 1),
            abi.encodeWithSelector(IOrderDesk.DisputeClosed.selector, START + DELAY, START + DELAY)
        );
        allowed(stranger, callRelease(terms));
        refusedAs(payer, callDispute(terms, 1), abi.encodeWithSelector(ISettlementEscrow.NothingCaptured.selector, id));
    }

    function test_reverts_forAllButThePayer() external {
        Terms memory terms = captured(disputable());
        address[8] memory others = [operator, merchant, channel, carrier, arbiter, stranger, address(usd), address(0)];
        for (uint256 i = 0; i < others.length; ++i) {
            refused(others[i], callDispute(terms, 1), ISettlementEscrow.NotPayer.selector);
        }
    }

    function test_reverts_whenNothingIsCaptured() external {
        Terms memory terms = disputable();
        authorize(terms);
        refused(payer, callDispute(terms, 1), ISettlementEscrow.NothingCaptured.selector);
        capture(terms, 5);
        release(terms);
        refused(payer, callDispute(terms, 1), ISettlementEscrow.NothingCaptured.selector);
        void_(terms, AMOUNT - 5);
        refused(payer, callDispute(terms, 1), ISettlementEscrow.NothingCaptured.selector);

        terms.setSalt(2);
        vm.prank(payer);
        escrow.cancelTerms(terms);
        refused(payer, callDispute(terms, 1), ISettlementEscrow.NothingCaptured.selector);
    }

    function test_oneAtATime_roundsCountUp() external {
        Terms memory terms = captured(disputable());
        for (uint256 round = 1; round < 4; ++round) {
            uint256 left = escrow.orderOf(terms).captured;
            assertEq(dispute(terms, 10 * round), round, "round");
            refused(payer, callDispute(terms, 1), IOrderDesk.DisputeOpen.selector);
            assertQuantities(terms, 0, left - 10 * round, 10 * round, 0, AMOUNT - left);
            concede(payer, terms);
            OrderView memory seen = escrow.orderOf(terms);
            assertEq(seen.disputed, 0, "resolved");
            assertEq(seen.rulingBy, 0, "nobody is waited for");
            assertEq(seen.round, round, "the count stays");
        }
        refused(payer, callDispute(terms, 0), IRevenueLedger.AmountZero.selector);
    }

    /// The round has 16 bits; were it to begin again, signatures of the first rounds would be good again.
    function test_theRoundNeverBeginsAgain() external {
        Terms memory terms = disputed(disputable(), 1);
        concede(payer, terms);
        bytes32 third = bytes32(uint256(escrow.idOf(terms)) + 2);
        uint256 word = uint256(vm.load(address(escrow), third));
        assertEq(word >> 144, 1, "where the round lies");
        vm.store(address(escrow), third, bytes32((word & ((1 << 144) - 1)) | (uint256(65_534) << 144)));
        assertEq(dispute(terms, 1), 65_535, "the last");
        concede(payer, terms);
        vm.prank(payer);
        (bool ok, ) = address(escrow).call(callDispute(terms, 1));
        assertFalse(ok, "no round is left");
        assertEq(escrow.orderOf(terms).round, 65_535, "it stays the last");
        release(terms);
        assertQuantities(terms, 0, 0, 0, 0, AMOUNT);
    }

    function test_theRestGoesOn() external {
        Terms memory terms = disputable();
        authorize(terms);
        capture(terms, 1000);
        dispute(terms, 400);
        allowed(operator, callCapture(terms, 50, AMOUNT - 1000));
        assertQuantities(terms, AMOUNT - 1050, 650, 400, 0, 0);
        allowed(merchant, callRefund(terms, 100, 650));
        assertQuantities(terms, AMOUNT - 1050, 550, 400, 100, 0);
        allowed(merchant, callVoid(terms, 50, AMOUNT - 1050));
        assertQuantities(terms, AMOUNT - 1100, 550, 400, 150, 0);
        release(terms);
        assertQuantities(terms, AMOUNT - 1100, 0, 400, 150, 550);
        vm.warp(CAPTURE_BY);
        allowed(stranger, callReclaim(terms));
        assertQuantities(terms, 0, 0, 400, AMOUNT - 950, 550);
        assertShared(terms, 550);
        assertEq(escrow.orderOf(terms).rulingBy, START + RULING, "the arbiter's time is as it was");
        refused(payer, callRelease(terms), ISettlementEscrow.NothingCaptured.selector);
        refused(merchant, callRefund(terms, 1, 0), ISettlementEscrow.AmountAboveAvailable.selector);
        refused(operator, callVoid(terms, 1, 0), ISettlementEscrow.AmountAboveAvailable.selector);
    }

    /// No quantity is part of what the payer says, so no move of one unit by the merchant makes it stale.
    function test_merchantCannotStallDisputeOrRulingByOneUnitMoves() external {
        Terms memory terms = withFlags(disputable(), MERCHANT_MAY_CAPTURE);
        authorize(terms);
        capture(terms, 1000);
        allowed(merchant, callCapture(terms, 1, AMOUNT - 1000));
        allowed(merchant, callRefund(terms, 1, 1001));
        allowed(merchant, callVoid(terms, 1, AMOUNT - 1001));
        allowed(payer, callDispute(terms, 1000));
        allowed(merchant, callCapture(terms, 1, AMOUNT - 1002));
        allowed(merchant, callRefund(terms, 1, 1));
        allowed(merchant, callVoid(terms, 1, AMOUNT - 1003));
        allowed(arbiter, callRule(terms, 1, 1000, ALL));
        assertQuantities(terms, AMOUNT - 1004, 0, 0, 1004, 0);
    }

    /// A refund of all but one unit leaves the payer one unit to dispute, and no revert.
    function test_aRefundInFrontLeavesWhatIsLeft() external {
        Terms memory terms = captured(disputable());
        refund(terms, AMOUNT - 7);
        tells(payer, callDispute(terms, AMOUNT), terms, saysDisputed(1, 7, START + RULING));
        assertQuantities(terms, 0, 0, 7, AMOUNT - 7, 0);
    }

    function test_neverCallsThePayerNorTheArbiter() external {
        PayerWallet judge = new PayerWallet();
        judge.set(PayerWallet.Mode.BurnsGas);
        (PayerWallet wallet, Terms memory terms) = byWallet(inEth(disputable()));
        terms.arbiter = address(judge);
        disputed(terms, 10);
        assertEq(wallet.received() + judge.received(), 0, "nobody is called");
        assertQuantities(terms, 0, AMOUNT - 10, 10, 0, 0);
    }

    function test_theLargestAmount() external {
        Terms memory terms = disputable();
        terms.setAmount(type(uint104).max);
        usd.mint(payer, type(uint104).max);
        captured(terms);
        tells(payer, callDispute(terms, NEVER), terms, saysDisputed(1, type(uint104).max, START + RULING));
        assertQuantities(terms, 0, 0, type(uint104).max, 0, 0);
        rule(terms, 333_333);
        uint256 back = (uint256(type(uint104).max) * 333_333) / ALL;
        assertQuantities(terms, 0, 0, 0, back, type(uint104).max - back);
        assertShared(terms, type(uint104).max - back);
    }
}
