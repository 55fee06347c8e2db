// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, OrderView, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {vm} from "../support/Vm.sol";

contract CaptureTest is EscrowTest {
    function test_withDelay_waits() external {
        Terms memory terms = order();
        authorize(terms);
        capture(terms, 40);
        assertOrder(terms, AMOUNT - 40, 40, 0, 0);
        assertEq(escrow.orderOf(terms).releaseAt, START + DELAY, "releaseAt");
        assertEq(legCredits(terms), 0, "nobody is credited yet");
    }

    function test_withoutDelay_releasesAtOnce() external {
        Terms memory terms = instantOrder();
        authorize(terms);
        capture(terms, AMOUNT);
        assertOrder(terms, 0, 0, 0, AMOUNT);
        assertEq(legCredits(terms), AMOUNT, "credits");
        assertEq(escrow.orderOf(terms).releaseAt, 0, "releaseAt");
    }

    function test_reverts_whenUnknown() external {
        refused(operator, callCapture(order(), 1, 0), ISettlementEscrow.UnknownOrder.selector);
    }

    function test_reverts_forOthers() external {
        Terms memory terms = order();
        authorize(terms);
        address[4] memory others = [payer, channel, stranger, address(usd)];
        for (uint256 i = 0; i < others.length; ++i) {
            refused(others[i], callCapture(terms, 1, AMOUNT), ISettlementEscrow.NotCapturer.selector);
        }
    }

    function test_merchantCaptureNeedsFlag() external {
        Terms memory terms = withFlags(order(), OPERATOR_MAY_REFUND);
        authorize(terms);
        refused(merchant, callCapture(terms, 1, AMOUNT), ISettlementEscrow.NotCapturer.selector);
        terms = withFlags(order(), MERCHANT_MAY_CAPTURE);
        authorize(terms);
        allowed(merchant, callCapture(terms, 1, AMOUNT));
    }

    function test_reverts_onZeroAndOnTooMuch() external {
        Terms memory terms = order();
        authorize(terms);
        refused(operator, callCapture(terms, 0, AMOUNT), IRevenueLedger.AmountZero.selector);
        refused(operator, callCapture(terms, AMOUNT + 1, AMOUNT), ISettlementEscrow.AmountAboveAvailable.selector);
    }

    function test_retry_sameCaptureReverts_StateMoved() external {
        Terms memory terms = order();
        authorize(terms);
        allowed(operator, callCapture(terms, 10, AMOUNT));
        refused(operator, callCapture(terms, 10, AMOUNT), ISettlementEscrow.StateMoved.selector);
        refused(operator, callVoid(terms, 10, AMOUNT), ISettlementEscrow.StateMoved.selector);
        refused(merchant, callRefund(terms, 1, 11), ISettlementEscrow.StateMoved.selector);
    }

    function test_secondCapture_cannotInheritOldClock() external {
        Terms memory terms = order();
        authorize(terms);
        capture(terms, 1);
        vm.warp(START + DELAY - 1);
        capture(terms, 1000);
        assertEq(escrow.orderOf(terms).releaseAt, START + 2 * DELAY - 1, "a whole delay for what is new");
        vm.warp(START + DELAY);
        refused(stranger, callRelease(terms), ISettlementEscrow.ReleaseNotOpen.selector);
    }

    function test_capture_releasesMaturedFirst() external {
        Terms memory terms = order();
        authorize(terms);
        capture(terms, 1000);
        vm.warp(START + DELAY);
        capture(terms, 1);
        assertOrder(terms, AMOUNT - 1001, 1, 0, 1000);
        assertEq(legCredits(terms), 1000, "what had matured is out, whatever is captured later");
        assertEq(escrow.orderOf(terms).releaseAt, START + 2 * DELAY, "releaseAt");
    }

    function test_releaseNeverAfterCaptureByPlusDelay() external {
        Terms memory terms = order();
        authorize(terms);
        for (uint256 second = START; second < START + 14 days; second += 3 days) {
            vm.warp(second);
            capture(terms, 1);
        }
        vm.warp(START + 14 days - 1);
        capture(terms, 1);
        assertTrue(escrow.orderOf(terms).releaseAt < START + 14 days + DELAY, "bounded");
        vm.warp(START + 14 days + DELAY);
        allowed(stranger, callRelease(terms));
    }

    function test_stolenOperatorKey_takesNothing() external {
        Terms memory terms = withFlags(order(), OPERATOR_MAY_REFUND);
        authorize(terms);
        uint256 before = usd.balanceOf(payer);
        allowed(operator, callCapture(terms, 60, AMOUNT));
        allowed(operator, callRefund(terms, 20, 60));
        allowed(operator, callVoid(terms, AMOUNT - 60, AMOUNT - 60));
        refused(operator, callRelease(terms), ISettlementEscrow.ReleaseNotOpen.selector);
        vm.warp(START + DELAY);
        allowed(operator, callRelease(terms));
        refused(operator, callWithdraw(address(usd), 1), IRevenueLedger.CreditTooSmall.selector);
        assertEq(usd.balanceOf(operator), 0, "nothing reached the operator");
        assertEq(usd.balanceOf(payer) - before, AMOUNT - 40, "the payer has the rest");
        assertEq(legCredits(terms), 40, "the legs have what was captured and not refunded");
    }
}
