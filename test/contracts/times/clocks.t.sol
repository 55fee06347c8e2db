// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {ISettlementEscrow, OrderView, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {DisputeTest} from "../support/DisputeTest.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {vm} from "../support/Vm.sol";

/// Clocks of what is captured while something is disputed; capture.t.sol has them without disputes.
contract ClocksTest is DisputeTest {
    using PackedTerms for Terms;

    /// A dispute over all that waits stops its clock; the next capture starts one of its own, whole.
    function test_secondCapture_cannotInheritOldClock_ofDisputedMoney() external {
        Terms memory terms = disputable();
        authorize(terms);
        capture(terms, 1000);
        dispute(terms, 1000);
        vm.warp(START + DELAY + 1 days);
        capture(terms, 5);
        assertEq(escrow.orderOf(terms).releaseAt, START + 2 * DELAY + 1 days, "a whole delay");
        refused(stranger, callRelease(terms), ISettlementEscrow.ReleaseNotOpen.selector);
        assertEq(escrow.orderOf(terms).rulingBy, START + RULING, "the dispute keeps its time");
    }

    /// Part of what waits is disputed; what is left and what is new wait a whole delay together.
    function test_secondCapture_renewsTheClockOfWhatADisputeLeft() external {
        Terms memory terms = disputable();
        authorize(terms);
        capture(terms, 1000);
        vm.warp(START + DELAY - 1);
        dispute(terms, 400);
        capture(terms, 5);
        assertQuantities(terms, AMOUNT - 1005, 605, 400, 0, 0);
        assertEq(escrow.orderOf(terms).releaseAt, START + 2 * DELAY - 1, "a whole delay");
        vm.warp(START + DELAY);
        refused(stranger, callRelease(terms), ISettlementEscrow.ReleaseNotOpen.selector);
        concede(payer, terms);
        dispute(terms, 605);
        assertEq(escrow.orderOf(terms).rulingBy, START + DELAY + RULING, "and can be disputed again");
    }

    /// What has matured is released in front of a capture; what is disputed has not.
    function test_capture_releasesMaturedFirst_butNotTheDisputed() external {
        Terms memory terms = disputable();
        authorize(terms);
        capture(terms, 1000);
        dispute(terms, 400);
        vm.warp(START + DELAY);
        capture(terms, 1);
        assertQuantities(terms, AMOUNT - 1001, 1, 400, 0, 600);
        assertShared(terms, 600);
        concede(payer, terms);
        assertQuantities(terms, AMOUNT - 1001, 1, 0, 0, 1000);
        assertShared(terms, 1000);
    }

    /// A dispute over all that waits leaves nothing to mature: the capture behind it releases nothing.
    function test_capture_releasesNothingWhereAllIsDisputed() external {
        Terms memory terms = disputable();
        authorize(terms);
        capture(terms, 1000);
        dispute(terms, 1000);
        vm.warp(START + DELAY + 1);
        capture(terms, 1);
        assertQuantities(terms, AMOUNT - 1001, 1, 1000, 0, 0);
        assertEq(legCredits(terms), 0, "nothing is released");
    }

    function test_releaseNeverAfterCaptureByPlusDelay_norARulingAfterItsTime() external {
        Terms memory terms = disputable();
        authorize(terms);
        vm.warp(CAPTURE_BY - 1);
        capture(terms, 1000);
        assertEq(escrow.orderOf(terms).releaseAt, CAPTURE_BY - 1 + DELAY, "the last clock");
        vm.warp(CAPTURE_BY - 2 + DELAY);
        dispute(terms, 400);
        OrderView memory seen = escrow.orderOf(terms);
        assertEq(seen.releaseAt, CAPTURE_BY - 1 + DELAY, "a dispute moves no clock");
        assertLe(seen.rulingBy, CAPTURE_BY + DELAY + RULING, "the last ruling");
        refused(payer, callDispute(terms, 1), IOrderDesk.DisputeOpen.selector);
        vm.warp(CAPTURE_BY + DELAY + RULING);
        emptiedByAStranger(terms);
    }

    /// Whatever payer and merchant do, one after the other, a stranger empties the order after its windows.
    function testFuzz_aStrangerEmptiesAnyDisputedOrder(uint256 seed) external {
        Terms memory terms = seed % 2 == 0 ? disputable() : inEth(disputable());
        authorize(terms);
        for (uint256 i = 0; i < 12; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            vm.warp(START + i * 1 days + (random % 1 days));
            step(terms, random);
        }
        vm.warp(CAPTURE_BY + DELAY + RULING);
        uint256 before = balanceIn(terms, payer);
        emptiedByAStranger(terms);
        assertEq(balanceIn(terms, payer), before, "without a call to the payer");
        uint256 credits = legCredits(terms) + creditIn(terms, payer);
        assertEq(balanceIn(terms, address(escrow)), credits, "all is somebody's credit");
    }

    /// @dev Does something or, where that is not possible now, nothing.
    function step(Terms memory terms, uint256 random) private {
        OrderView memory seen = escrow.orderOf(terms);
        uint256 part = (random >> 16) % 1e7;
        bytes[7] memory calls = [
            callCapture(terms, part, seen.held),
            callCapture(terms, part / 2, seen.held),
            callDispute(terms, part),
            callConcede(terms, seen.round),
            callRule(terms, seen.round, seen.disputed, part % (ALL + 1)),
            callRefund(terms, part, seen.captured),
            callVoid(terms, part / 3, seen.held)
        ];
        address[7] memory callers = [
            operator,
            operator,
            payer,
            random & 256 == 0 ? payer : merchant,
            arbiter,
            merchant,
            operator
        ];
        uint256 which = random % 7;
        vm.prank(callers[which]);
        (bool ok, ) = address(escrow).call(calls[which]);
        ok; // either is fine
    }

    function emptiedByAStranger(Terms memory terms) private {
        OrderView memory seen = escrow.orderOf(terms);
        if (seen.held > 0) allowed(stranger, callReclaim(terms));
        if (seen.captured > 0) allowed(stranger, callRelease(terms));
        if (seen.disputed > 0) allowed(stranger, callEnd(terms));
        seen = escrow.orderOf(terms);
        assertEq(uint256(seen.held) + seen.captured + seen.disputed, 0, "finished");
    }
}
