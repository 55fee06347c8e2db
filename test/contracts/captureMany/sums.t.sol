// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CaptureRequest, OrderView, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {BatchTest} from "../support/BatchTest.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {vm} from "../support/Vm.sol";

/// A batch of captures writes each credit once, and leaves what captures one by one leave.
contract CaptureManySumsTest is BatchTest {
    using PackedTerms for Terms;

    /// @dev Captures all by one call, and one by one, from the same state: order, credit and event are the same.
    function assertSame(Terms[] memory orders, CaptureRequest[] memory requests) private {
        uint256 start = vm.snapshotState();
        vm.recordLogs();
        allowed(operator, callMany(requests));
        bytes32 many = outcome(orders);
        vm.revertToState(start);
        vm.recordLogs();
        for (uint256 i = 0; i < requests.length; ++i) {
            allowed(operator, callCapture(requests[i].terms, requests[i].amount, requests[i].heldBefore));
        }
        assertTrue(many == outcome(orders), "not as one by one");
        vm.revertToState(start);
        allowed(operator, callMany(requests));
    }

    function whole(Terms[] memory orders) private pure returns (CaptureRequest[] memory requests) {
        requests = new CaptureRequest[](orders.length);
        for (uint256 i = 0; i < orders.length; ++i) {
            requests[i] = CaptureRequest(orders[i], orders[i].amount(), orders[i].amount());
        }
    }

    function instant(Terms[] memory orders) private returns (Terms[] memory) {
        for (uint256 i = 0; i < orders.length; ++i) {
            orders[i].schedule = schedule(START + 1 days, START + 14 days, 0, 0);
            authorize(orders[i]);
        }
        return orders;
    }

    function test_oneAccountInAllOrdersAndLegs() external {
        Terms[] memory orders = instant(drawn(1, 6, 1));
        assertSame(orders, whole(orders));
    }

    function test_manyAccounts_moreThanAnyTableHolds() external {
        Terms[] memory orders = ordersOf(20);
        for (uint256 i = 0; i < 20; ++i) {
            orders[i].legs = new uint256[](10);
            orders[i].legs[0] = leg(pool[(10 * i) % POOL], 991_000, 1);
            for (uint256 j = 1; j < 10; ++j) orders[i].legs[j] = leg(pool[(10 * i + j) % POOL], 1000, 2);
            orders[i].token = tokens()[i % 3];
            orders[i].setAmount(1_000_000 + i);
        }
        instant(orders);
        assertSame(orders, whole(orders));
        assertEq(sumOfCredits(address(usd)), 7_000_063, "usd: orders 0, 3 to 18");
        assertEq(sumOfCredits(address(0)), 7_000_070, "ETH: orders 1, 4 to 19");
        assertEq(sumOfCredits(address(other)), 6_000_057, "the other: orders 2, 5 to 17");
    }

    function test_largestAmounts_sumExactly() external {
        Terms[] memory orders = ordersOf(3);
        uint256 most = type(uint104).max;
        usd.mint(payer, 3 * most);
        for (uint256 i = 0; i < 3; ++i) {
            orders[i].setAmount(most);
            orders[i].legs = new uint256[](1);
            orders[i].legs[0] = leg(pool[0], 1_000_000, 1);
        }
        instant(orders);
        assertSame(orders, whole(orders));
        assertEq(escrow.creditOf(pool[0], address(usd)), 3 * most, "above what an order can hold");
    }

    function testFuzz_random(uint256 seed) external {
        uint256 spread = 1 + (seed % POOL);
        Terms[] memory orders = drawn(seed, 1 + ((seed >> 8) % 8), spread);
        for (uint256 i = 0; i < orders.length; ++i) {
            uint256 delay = random(seed, i, 7) % 2 == 0 ? 0 : DELAY;
            orders[i].schedule = schedule(START + 1 days, START + 14 days, delay, 0);
            authorize(orders[i]);
            // Some of it may be released, or wait, when the batch comes; what waits matures in the meantime.
            if (random(seed, i, 8) % 2 == 0) capture(orders[i], 1 + (orders[i].amount() / 3));
        }
        vm.warp(START + (seed % 3 == 0 ? DELAY - 1 : DELAY));
        assertSame(orders, slices(seed, orders));
        for (uint256 t = 0; t < 3; ++t) {
            uint256 released;
            for (uint256 i = 0; i < orders.length; ++i) {
                if (orders[i].token != tokens()[t]) continue;
                OrderView memory seen = escrow.orderOf(orders[i]);
                released += orders[i].amount() - seen.held - seen.captured;
            }
            assertEq(sumOfCredits(tokens()[t]), released, "credits are what was released");
        }
    }

    /// @dev Captures of what is held, in an order of their own, some of one order twice.
    function slices(uint256 seed, Terms[] memory orders) private view returns (CaptureRequest[] memory requests) {
        CaptureRequest[] memory most = new CaptureRequest[](2 * orders.length);
        uint256 count;
        for (uint256 k = 0; k < 2; ++k) {
            for (uint256 j = 0; j < orders.length; ++j) {
                uint256 i = (j + (seed % 8)) % orders.length;
                uint256 held = escrow.orderOf(orders[i]).held;
                for (uint256 m = 0; m < count; ++m) {
                    if (most[m].terms.amountAndSalt == orders[i].amountAndSalt) held -= most[m].amount;
                }
                if (held == 0) continue;
                most[count++] = CaptureRequest(orders[i], 1 + (random(seed, i, 20 + k) % held), held);
            }
        }
        requests = new CaptureRequest[](count);
        for (uint256 i = 0; i < count; ++i) requests[i] = most[i];
    }
}
