// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {BatchTest} from "../support/BatchTest.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {vm} from "../support/Vm.sol";

/// A batch of releases writes each credit once, and leaves what releases one by one leave.
contract ReleaseManySumsTest is BatchTest {
    using PackedTerms for Terms;

    function assertSame(Terms[] memory orders) private {
        uint256 start = vm.snapshotState();
        vm.recordLogs();
        vm.prank(stranger);
        uint256 released = escrow.releaseMany(orders);
        bytes32 many = outcome(orders);
        vm.revertToState(start);
        vm.recordLogs();
        uint256 alone;
        for (uint256 i = 0; i < orders.length; ++i) {
            vm.prank(stranger);
            (bool did, ) = address(escrow).call(callRelease(orders[i]));
            if (did) ++alone;
        }
        assertTrue(many == outcome(orders), "not as one by one");
        assertEq(released, alone, "how many");
        vm.revertToState(start);
        escrow.releaseMany(orders);
    }

    function test_oneAccountInAllOrdersAndLegs() external {
        Terms[] memory orders = drawn(2, 6, 1);
        for (uint256 i = 0; i < 6; ++i) captured(orders[i]);
        vm.warp(START + DELAY);
        assertSame(orders);
    }

    function test_manyAccounts_moreThanAnyTableHolds() external {
        Terms[] memory orders = ordersOf(20);
        for (uint256 i = 0; i < 20; ++i) {
            orders[i].legs = new uint256[](10);
            orders[i].legs[0] = leg(pool[(10 * i) % POOL], 991_000, 1);
            for (uint256 j = 1; j < 10; ++j) orders[i].legs[j] = leg(pool[(10 * i + j) % POOL], 1000, 2);
            orders[i].token = tokens()[i % 3];
            captured(orders[i]);
        }
        vm.warp(START + DELAY);
        assertSame(orders);
        assertEq(sumOfCredits(address(usd)), 7 * AMOUNT, "usd");
        assertEq(sumOfCredits(address(0)), 7 * AMOUNT, "ETH");
        assertEq(sumOfCredits(address(other)), 6 * AMOUNT, "the other");
    }

    /// Two hundred accounts that have nothing in common, each in one leg.
    function test_distinctAccounts_eachItsOwn() external {
        Terms[] memory orders = ordersOf(20);
        for (uint256 i = 0; i < 20; ++i) {
            orders[i].legs = new uint256[](10);
            orders[i].setAmount(1_000_000);
            orders[i].legs[0] = leg(address(uint160(uint256(keccak256(abi.encode(i, 0))))), 910_000, 1);
            for (uint256 j = 1; j < 10; ++j) {
                orders[i].legs[j] = leg(address(uint160(uint256(keccak256(abi.encode(i, j))))), 10_000, 2);
            }
            captured(orders[i]);
        }
        vm.warp(START + DELAY);
        assertEq(escrow.releaseMany(orders), 20, "all");
        for (uint256 i = 0; i < 20; ++i) {
            for (uint256 j = 0; j < 10; ++j) {
                address account = address(uint160(orders[i].legs[j] >> 96));
                assertEq(credit(account), j == 0 ? 910_000 : 10_000, "its part");
            }
        }
    }

    function testFuzz_random(uint256 seed) external {
        Terms[] memory orders = drawn(seed, 1 + ((seed >> 8) % 8), 1 + (seed % POOL));
        for (uint256 i = 0; i < orders.length; ++i) {
            uint256 word = random(seed, i, 7);
            if (word % 8 == 0) continue; // unknown
            authorize(orders[i]);
            if (word % 8 == 1) continue; // nothing captured
            capture(orders[i], 1 + ((word >> 8) % orders[i].amount()));
            if (word % 8 == 2) refund(orders[i], 1);
            if (word % 8 == 3) release(orders[i]);
        }
        // One of them twice, and some credits there before.
        if (orders.length > 1 && seed % 5 == 0) orders[0] = orders[orders.length - 1];
        if (seed % 2 == 0) {
            vm.prank(payer);
            escrow.deposit(pool[0], address(usd), 1 + (seed % 1000));
        }
        vm.warp(START + DELAY - (seed % 7 == 0 ? 1 : 0));
        assertSame(orders);
    }

    function test_emptyIsNone() external {
        assertEq(escrow.releaseMany(new Terms[](0)), 0, "none");
        allowed(stranger, abi.encodeCall(ISettlementEscrow.releaseMany, (new Terms[](0))));
    }
}
