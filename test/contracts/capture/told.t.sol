// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {CaptureRequest, ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {HostileToken} from "../support/HostileToken.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {Vm, vm} from "../support/Vm.sol";

/// What is told of captures, and of a token that took too much.
contract ToldTest is EscrowTest {
    using PackedTerms for Terms;

    function tells(bytes memory call_, Terms memory terms, uint256 amount, uint256 releaseAt) private {
        vm.recordLogs();
        allowed(operator, call_);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 1, "one event");
        assertTrue(logs[0].topics[0] == ISettlementEscrow.Captured.selector, "captured");
        assertTrue(logs[0].topics[1] == escrow.idOf(terms), "id");
        assertTrue(keccak256(logs[0].data) == keccak256(abi.encode(amount, releaseAt)), "amount and release");
    }

    function test_capture_tellsWhenItIsReleased() external {
        Terms memory terms = order();
        authorize(terms);
        tells(callCapture(terms, 100, AMOUNT), terms, 100, START + DELAY);
        terms = instantOrder();
        authorize(terms);
        tells(callCapture(terms, 100, AMOUNT), terms, 100, 0);
        CaptureRequest[] memory requests = new CaptureRequest[](1);
        requests[0] = CaptureRequest(terms, 7, AMOUNT - 100);
        tells(abi.encodeCall(ISettlementEscrow.captureMany, (requests)), terms, 7, 0);
    }

    function test_backingLost_tellsHowMuch() external {
        HostileToken token = new HostileToken();
        token.mint(payer, AMOUNT);
        token.mint(address(escrow), 10);
        Terms memory terms = order();
        terms.token = address(token);
        authorize(terms);
        token.setSenderFee(3);
        vm.prank(operator);
        (bool ok, bytes memory answer) = address(escrow).call(callVoid(terms, 100, AMOUNT));
        assertFalse(ok, "refused");
        uint256 before = AMOUNT + 10;
        bytes memory lost = abi.encodeWithSelector(
            IRevenueLedger.BackingLost.selector,
            token,
            before,
            before - 103,
            100
        );
        assertTrue(keccak256(answer) == keccak256(lost), "before, left, allowed");
    }
}
