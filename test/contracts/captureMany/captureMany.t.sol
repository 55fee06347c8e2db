// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CaptureRequest, ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {vm} from "../support/Vm.sol";

contract CaptureManyTest is EscrowTest {
    using PackedTerms for Terms;

    function callMany(CaptureRequest[] memory requests) private pure returns (bytes memory) {
        return abi.encodeCall(ISettlementEscrow.captureMany, (requests));
    }

    /// @dev Authorized orders of both tokens, with and without a delay, and a request for all of each.
    function four() private returns (CaptureRequest[] memory requests) {
        Terms[] memory orders = ordersOf(4);
        requests = new CaptureRequest[](4);
        for (uint256 i = 0; i < 4; ++i) {
            if (i % 2 == 1) orders[i].token = address(0);
            if (i > 1) orders[i].schedule = schedule(START + 1 days, START + 14 days, 0, 0);
            authorize(orders[i]);
            requests[i] = CaptureRequest(orders[i], AMOUNT, AMOUNT);
        }
    }

    function test_eachAsIfAlone() external {
        CaptureRequest[] memory requests = four();
        requests[0].amount = 7;
        allowed(operator, callMany(requests));
        assertOrder(requests[0].terms, AMOUNT - 7, 7, 0, 0);
        assertOrder(requests[1].terms, 0, AMOUNT, 0, 0);
        assertOrder(requests[2].terms, 0, 0, 0, AMOUNT);
        assertOrder(requests[3].terms, 0, 0, 0, AMOUNT);
        assertEq(legCredits(requests[2].terms), AMOUNT, "credits in tokens");
        assertEq(legCredits(requests[3].terms), AMOUNT, "credits in ETH");
    }

    function test_allOrNothing() external {
        CaptureRequest[] memory requests = four();
        requests[3].heldBefore = AMOUNT - 1;
        refused(operator, callMany(requests), ISettlementEscrow.StateMoved.selector);
        requests[3].heldBefore = AMOUNT;
        requests[3].terms.operator = stranger;
        refused(operator, callMany(requests), ISettlementEscrow.UnknownOrder.selector);
        authorize(requests[3].terms);
        refused(operator, callMany(requests), ISettlementEscrow.NotCapturer.selector);
        for (uint256 i = 0; i < 3; ++i) assertOrder(requests[i].terms, AMOUNT, 0, 0, 0);
    }

    function test_reverts_forOthersAndLate() external {
        CaptureRequest[] memory requests = four();
        refused(stranger, callMany(requests), ISettlementEscrow.NotCapturer.selector);
        vm.warp(START + 14 days);
        refused(operator, callMany(requests), ISettlementEscrow.CaptureClosed.selector);
    }

    function test_anOrderTwice_mustSayWhatIsLeft() external {
        CaptureRequest[] memory requests = four();
        requests[0].amount = 10;
        requests[1] = requests[0];
        refused(operator, callMany(requests), ISettlementEscrow.StateMoved.selector);
        requests[1] = CaptureRequest(requests[0].terms, 20, AMOUNT - 10);
        allowed(operator, callMany(requests));
        assertOrder(requests[0].terms, AMOUNT - 30, 30, 0, 0);
    }

    function test_retry_sameBatchReverts_StateMoved() external {
        CaptureRequest[] memory requests = four();
        allowed(operator, callMany(requests));
        refused(operator, callMany(requests), ISettlementEscrow.StateMoved.selector);
        allowed(operator, callMany(new CaptureRequest[](0)));
    }

    /// A batch of any slices leaves what single captures leave.
    function testFuzz_equalsSingleCaptures(uint256[5] calldata slices) external {
        Terms[] memory orders = ordersOf(2);
        orders[0].schedule = orders[1].schedule = schedule(START + 1 days, START + 14 days, 0, 0);
        authorize(orders[0]);
        authorize(orders[1]);
        uint256 held = AMOUNT;
        CaptureRequest[] memory requests = new CaptureRequest[](5);
        for (uint256 i = 0; i < 5; ++i) {
            uint256 amount = 1 + (slices[i] % (held / 2));
            requests[i] = CaptureRequest(orders[0], amount, held);
            held -= amount;
        }
        allowed(operator, callMany(requests));
        uint256 batch = legCredits(orders[0]);
        for (uint256 i = 0; i < 5; ++i) capture(orders[1], requests[i].amount);
        assertEq(legCredits(orders[1]), 2 * batch, "the same credits");
        assertEq(batch, AMOUNT - held, "of all that was captured");
        assertOrder(orders[0], held, 0, 0, AMOUNT - held);
        assertOrder(orders[1], held, 0, 0, AMOUNT - held);
    }
}
