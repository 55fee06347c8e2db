// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {vm} from "../support/Vm.sol";

contract ReleaseManyTest is EscrowTest {
    using PackedTerms for Terms;

    function releaseMany(address caller, Terms[] memory orders) private returns (uint256) {
        vm.prank(caller);
        return escrow.releaseMany(orders);
    }

    function capturedOrders(uint256 count) private returns (Terms[] memory orders) {
        orders = ordersOf(count);
        for (uint256 i = 0; i < count; ++i) captured(orders[i]);
    }

    function test_byAStranger_onceMatured() external {
        Terms[] memory orders = capturedOrders(3);
        vm.warp(START + DELAY - 1);
        assertEq(releaseMany(stranger, orders), 0, "too early");
        vm.warp(START + DELAY);
        assertEq(releaseMany(stranger, orders), 3, "all three");
        for (uint256 i = 0; i < 3; ++i) assertOrder(orders[i], 0, 0, 0, AMOUNT);
        assertEq(legCredits(orders[0]), 3 * AMOUNT, "credits");
        assertEq(releaseMany(stranger, orders), 0, "nothing is left");
        assertEq(releaseMany(stranger, new Terms[](0)), 0, "none");
    }

    function test_byThePayer_atAnyTime() external {
        Terms[] memory orders = capturedOrders(2);
        Terms memory another = order();
        another.payer = operator;
        usd.mint(operator, AMOUNT);
        vm.prank(operator);
        usd.approve(address(escrow), AMOUNT);
        orders[0] = captured(another);
        assertEq(releaseMany(payer, orders), 1, "its own only");
        assertOrder(orders[0], 0, AMOUNT, 0, 0);
        assertOrder(orders[1], 0, 0, 0, AMOUNT);
    }

    function test_aSpoiledOneDoesNotStopTheOthers() external {
        Terms[] memory orders = ordersOf(7);
        captured(orders[0]);
        orders[1].payer = stranger; // unknown
        authorize(orders[2]); // nothing captured
        captured(orders[3]);
        vm.prank(payer);
        escrow.cancelTerms(orders[4]);
        captured(orders[5]);
        orders[6] = orders[0]; // there twice
        vm.warp(START + DELAY);
        vm.prank(stranger);
        escrow.release(orders[5]); // somebody was faster
        assertEq(releaseMany(stranger, orders), 2, "0 and 3");
        assertOrder(orders[0], 0, 0, 0, AMOUNT);
        assertOrder(orders[2], AMOUNT, 0, 0, 0);
        assertOrder(orders[3], 0, 0, 0, AMOUNT);
        assertTrue(escrow.orderOf(orders[4]).cancelled, "stays cancelled");
        assertFalse(escrow.orderOf(orders[1]).used, "stays unknown");
        assertEq(legCredits(orders[0]), 3 * AMOUNT, "credits");
    }

    /// Whichever of the orders are ready: these are released, and the others stay as they are.
    function testFuzz_releasesWhatIsReady(uint8 captureBits, uint8 orderBits) external {
        Terms[] memory orders = ordersOf(8);
        uint256 ready;
        for (uint256 i = 0; i < 8; ++i) {
            if (orderBits & (1 << i) == 0) continue;
            authorize(orders[i]);
            if (captureBits & (1 << i) == 0) continue;
            capture(orders[i], 1 + i);
            ++ready;
        }
        vm.warp(START + DELAY);
        assertEq(releaseMany(stranger, orders), ready, "released");
        for (uint256 i = 0; i < 8; ++i) {
            if (orderBits & (1 << i) == 0) continue;
            uint256 taken = captureBits & (1 << i) == 0 ? 0 : 1 + i;
            assertOrder(orders[i], AMOUNT - taken, 0, 0, taken);
        }
    }

    function test_dirtyTermsAreOtherTerms() external {
        Terms[] memory orders = capturedOrders(1);
        vm.warp(START + DELAY);
        bytes memory call_ = abi.encodeCall(ISettlementEscrow.releaseMany, (orders));
        assembly {
            let word := add(call_, 0x84) // payer: behind length, selector, offset, count and the order's offset
            mstore(word, or(mload(word), shl(160, 1)))
        }
        allowed(stranger, call_);
        assertOrder(orders[0], 0, AMOUNT, 0, 0);
    }
}
