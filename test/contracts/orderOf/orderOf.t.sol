// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {ISettlementEscrow, OrderView, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {DisputeTest} from "../support/DisputeTest.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {vm} from "../support/Vm.sol";

contract OrderOfTest is DisputeTest {
    using PackedTerms for Terms;

    function assertView(Terms memory terms, OrderView memory expected) private view {
        OrderView memory seen = escrow.orderOf(terms);
        assertEq(seen.held, expected.held, "held");
        assertEq(seen.captured, expected.captured, "captured");
        assertEq(seen.releaseAt, expected.releaseAt, "releaseAt");
        assertTrue(seen.used == expected.used, "used");
        assertTrue(seen.cancelled == expected.cancelled, "cancelled");
        assertEq(seen.returned, expected.returned, "returned");
        assertEq(seen.refunded, expected.refunded, "refunded");
        assertEq(seen.disputed, expected.disputed, "disputed");
        assertEq(seen.rulingBy, expected.rulingBy, "rulingBy");
        assertEq(seen.round, expected.round, "round");
    }

    function test_orderOf_unknownIsAllZero() external {
        OrderView memory nothing;
        assertView(disputable(), nothing);
        authorize(disputable());
        Terms memory other = disputable();
        other.arbiter = stranger;
        assertView(other, nothing);
    }

    function test_orderOf_cancelledIsUsedAndEmpty() external {
        Terms memory terms = disputable();
        vm.prank(payer);
        escrow.cancelTerms(terms);
        OrderView memory expected;
        (expected.used, expected.cancelled) = (true, true);
        assertView(terms, expected);
    }

    /// One order through all that can happen to it; every field is looked at after every step.
    function test_orderOf_everyFieldAtEveryStep() external {
        Terms memory terms = disputable();
        OrderView memory seen;
        authorize(terms);
        (seen.used, seen.held) = (true, uint104(AMOUNT));
        assertView(terms, seen);

        capture(terms, 5000);
        (seen.held, seen.captured, seen.releaseAt) = (uint104(AMOUNT - 5000), 5000, uint40(START + DELAY));
        assertView(terms, seen);

        dispute(terms, 1000);
        (seen.captured, seen.disputed, seen.rulingBy, seen.round) = (4000, 1000, uint40(START + RULING), 1);
        assertView(terms, seen);

        refund(terms, 7);
        (seen.captured, seen.returned) = (3993, 7);
        assertView(terms, seen);

        release(terms);
        (seen.captured, seen.releaseAt) = (0, 0);
        assertView(terms, seen);

        vm.prank(merchant);
        escrow.refundReleased(terms, 11, 0);
        seen.refunded = 11;
        assertView(terms, seen);

        rule(terms, 300_000);
        (seen.returned, seen.disputed, seen.rulingBy) = (307, 0, 0);
        assertView(terms, seen);

        vm.warp(START + 1 days);
        capture(terms, 100);
        dispute(terms, 100);
        (seen.held, seen.disputed) = (uint104(AMOUNT - 5100), 100);
        (seen.rulingBy, seen.round) = (uint40(START + 1 days + RULING), 2);
        assertView(terms, seen);

        concede(merchant, terms);
        (seen.returned, seen.disputed, seen.rulingBy) = (407, 0, 0);
        assertView(terms, seen);

        void_(terms, 50);
        (seen.held, seen.returned) = (uint104(AMOUNT - 5150), 457);
        assertView(terms, seen);

        vm.warp(CAPTURE_BY);
        allowed(stranger, callReclaim(terms));
        (seen.held, seen.returned) = (0, uint104(AMOUNT - 5150 + 457));
        assertView(terms, seen);
    }

    /// Whole amounts that go back in one piece are not written down; whoever asks cannot tell.
    function test_orderOf_allReturnedByOneDeedOrAnother() external {
        OrderView memory all;
        (all.used, all.returned) = (true, uint104(AMOUNT));
        for (uint256 i = 0; i < 6; ++i) {
            vm.warp(START);
            Terms memory terms = i == 3 ? withDefault(disputable(), ALL) : disputable();
            terms.setSalt(10 + i);
            captured(terms);
            if (i < 4) {
                dispute(terms, AMOUNT);
                (all.round, all.releaseAt) = (1, 0);
            } else {
                all.round = 0;
            }
            if (i == 0) concede(merchant, terms);
            if (i == 1) rule(terms, ALL);
            if (i == 2) rule(terms, 500_000);
            if (i == 3) {
                vm.warp(START + RULING);
                allowed(stranger, callEnd(terms));
            }
            if (i == 4) refund(terms, AMOUNT);
            if (i == 5) {
                refund(terms, 1);
                refund(terms, AMOUNT - 1);
            }
            OrderView memory half = escrow.orderOf(terms);
            if (i == 2) assertEq(half.returned, AMOUNT / 2, "half");
            else assertView(terms, all);
        }
    }

    /// One deed returns all, or several share it, with disputes or by disputes alone. None of it counts as released.
    function test_released_isZeroAfterFullVoid_allExits() external {
        for (uint256 exit = 0; exit < 5; ++exit) {
            vm.warp(START);
            Terms memory terms = withDefault(disputable(), ALL);
            terms.setSalt(20 + exit);
            authorize(terms);
            capture(terms, exit == 4 ? 1000 : AMOUNT);
            dispute(terms, exit == 3 || exit == 4 ? 400 : AMOUNT);
            if (exit == 0) concede(merchant, terms);
            if (exit == 1) rule(terms, ALL);
            if (exit == 2 || exit == 3) vm.warp(START + DELAY - 1);
            if (exit == 3 || exit == 4) refund(terms, exit == 3 ? AMOUNT - 400 : 600);
            if (exit == 2 || exit == 3) {
                vm.warp(START + RULING);
                allowed(stranger, callEnd(terms));
            }
            if (exit == 4) {
                rule(terms, ALL);
                void_(terms, 100);
                vm.warp(CAPTURE_BY);
                allowed(payer, callReclaim(terms));
            }
            assertQuantities(terms, 0, 0, 0, AMOUNT, 0);
            refused(payer, callRelease(terms), ISettlementEscrow.NothingCaptured.selector);
            refused(merchant, callGiveBack(terms, 1, 0), ISettlementEscrow.AmountAboveAvailable.selector);
            vm.warp(START);
            refused(payer, callAuthorize(terms), ISettlementEscrow.AlreadyAuthorized.selector);
        }
        assertEq(legCredits(disputable()), 0, "no leg has anything");
    }

    function test_orderOf_theLargestNumbers() external {
        Terms memory terms = disputable();
        terms.setAmount(type(uint104).max);
        usd.mint(payer, type(uint104).max);
        captured(terms);
        dispute(terms, type(uint104).max - 1);
        OrderView memory seen;
        (seen.used, seen.captured, seen.releaseAt) = (true, 1, uint40(START + DELAY));
        (seen.disputed, seen.rulingBy, seen.round) = (type(uint104).max - 1, uint40(START + RULING), 1);
        assertView(terms, seen);
        concede(merchant, terms);
        (seen.returned, seen.disputed, seen.rulingBy) = (type(uint104).max - 1, 0, 0);
        assertView(terms, seen);
        release(terms);
        (seen.captured, seen.releaseAt) = (0, 0);
        assertView(terms, seen);
        vm.prank(merchant);
        usd.approve(address(escrow), 1);
        usd.mint(merchant, 1);
        allowed(merchant, callGiveBack(terms, 1, 0));
        seen.refunded = 1;
        assertView(terms, seen);
    }

    function test_idOf_isTheDigestOfTheTypedTerms() external {
        Terms memory terms = disputable();
        bytes32 id = typedDigest(structHash(terms));
        assertTrue(escrow.idOf(terms) == id, "id");
        assertTrue(authorize(terms) == id, "the same when it authorizes");
        vm.chainId(31_338);
        assertTrue(escrow.idOf(terms) == typedDigest(structHash(terms)), "in the domain of now");
        assertTrue(escrow.idOf(terms) != id, "another id");
    }

    function test_dirtyHighBitsRevert() external {
        for (uint256 i = 0; i < 4; ++i) {
            bytes memory call_ =
                i % 2 == 0
                    ? abi.encodeCall(IOrderDesk.idOf, (disputable()))
                    : abi.encodeCall(IOrderDesk.orderOf, (disputable()));
            // The terms begin behind the selector and their offset: payer is their first word, arbiter their fifth.
            call_[4 + 32 + (i < 2 ? 0 : 4 * 32)] = 0x01;
            refused(stranger, call_, ISettlementEscrow.TermsDirty.selector);
        }
    }

    function structHash(Terms memory terms) private pure returns (bytes32) {
        bytes memory legs;
        bytes32 legType = keccak256("Leg(address account,uint88 share,uint8 kind)");
        for (uint256 i = 0; i < terms.legs.length; ++i) {
            uint256 leg_ = terms.legs[i];
            bytes32 hash = keccak256(abi.encode(legType, leg_ >> 96, (leg_ >> 8) & type(uint88).max, uint8(leg_)));
            legs = abi.encodePacked(legs, hash);
        }
        bytes32 typehash = keccak256(
            "Terms(address payer,address operator,address token,uint104 amount,uint40 authorizeBy,uint40 captureBy,"
            "uint32 releaseDelay,address arbiter,uint32 rulingTime,uint24 defaultToPayerPpm,uint8 flags,"
            "bytes32 agreement,Leg[] legs,uint256 salt)Leg(address account,uint88 share,uint8 kind)"
        );
        bytes memory first = abi.encode(typehash, terms.payer, terms.operator, terms.token, terms.amount());
        bytes memory times = abi.encode(
            terms.schedule >> 136,
            uint40(terms.schedule >> 96),
            uint32(terms.schedule >> 64),
            terms.arbiter,
            uint32(terms.schedule >> 32)
        );
        bytes memory rest = abi.encode(
            uint24(terms.schedule >> 8),
            uint8(terms.schedule),
            terms.agreement,
            keccak256(legs),
            terms.amountAndSalt >> 104
        );
        return keccak256(abi.encodePacked(first, times, rest));
    }
}
