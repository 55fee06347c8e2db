// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {CaptureRequest, ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {DisputeSignatures} from "../support/DisputeSignatures.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {vm} from "../support/Vm.sol";

/// Every exit is tried at every second of its own, on an order of its own, so that none spoils another's chance.
contract BoundariesTest is DisputeSignatures {
    using PackedTerms for Terms;

    struct Exit {
        address caller;
        bytes data;
        bytes4 refusal;
    }

    uint256 private _salt = 100;

    function fresh() private returns (Terms memory terms) {
        vm.warp(START);
        terms = withFlags(disputable(), 3);
        terms.setSalt(++_salt);
        authorize(terms);
    }

    function only(Terms memory terms) private pure returns (Terms[] memory orders) {
        orders = new Terms[](1);
        orders[0] = terms;
    }

    /// @dev At `second` the exit is open exactly when it should be.
    function check(Exit memory exit, uint256 second, bool open) private {
        vm.warp(second);
        if (open) allowed(exit.caller, exit.data);
        else refused(exit.caller, exit.data, exit.refusal);
    }

    /// @dev `before` is open until the second before `border`, `afterwards` from it on.
    function pair(
        function(uint256) internal returns (Exit memory) before,
        uint256 befores,
        function(uint256) internal returns (Exit memory) afterwards,
        uint256 afters,
        uint256 border,
        int256 offset
    ) private {
        uint256 second = uint256(int256(border) + offset);
        for (uint256 i = 0; i < befores; ++i) check(before(i), second, offset < 0);
        for (uint256 i = 0; i < afters; ++i) check(afterwards(i), second, offset >= 0);
    }

    // captureBy

    function capturing(uint256 i) private returns (Exit memory exit) {
        Terms memory terms = fresh();
        exit.caller = i == 0 ? operator : merchant;
        exit.refusal = ISettlementEscrow.CaptureClosed.selector;
        exit.data = callCapture(terms, 1, AMOUNT);
        if (i == 2) {
            CaptureRequest[] memory requests = new CaptureRequest[](1);
            requests[0] = CaptureRequest(terms, 1, AMOUNT);
            exit.data = abi.encodeCall(ISettlementEscrow.captureMany, (requests));
        }
    }

    function reclaiming(uint256 i) private returns (Exit memory exit) {
        Terms memory terms = fresh();
        exit.caller = i == 0 ? payer : stranger;
        exit.refusal = ISettlementEscrow.ReclaimNotOpen.selector;
        exit.data = callReclaim(terms);
        if (i == 2) {
            bytes32 typehash = keccak256("Reclaim(bytes32 id,uint256 deadline)");
            bytes memory signature = signedHash(PAYER_KEY, keccak256(abi.encode(typehash, escrow.idOf(terms), NEVER)));
            exit.data = abi.encodeCall(IOrderDesk.reclaimWithSignature, (terms, NEVER, signature));
        }
    }

    function boundaryCaptureBy(int256 offset) private {
        pair(capturing, 3, reclaiming, 3, CAPTURE_BY, offset);
        check(Exit(operator, callVoid(fresh(), 1, AMOUNT), 0), uint256(int256(CAPTURE_BY) + offset), true);
    }
    function test_boundary_captureBy_minus1_matrixOfPairs() external {
        boundaryCaptureBy(-1);
    }
    function test_boundary_captureBy_0_matrixOfPairs() external {
        boundaryCaptureBy(0);
    }
    function test_boundary_captureBy_plus1_matrixOfPairs() external {
        boundaryCaptureBy(1);
    }

    // releaseAt

    function objecting(uint256 i) private returns (Exit memory exit) {
        Terms memory terms = fresh();
        capture(terms, 1000);
        exit.caller = [merchant, operator, stranger, payer, stranger][i];
        exit.refusal = i < 3 ? ISettlementEscrow.RefundClosed.selector : IOrderDesk.DisputeClosed.selector;
        if (i < 2) exit.data = callRefund(terms, 1, 1000);
        if (i == 2) {
            bytes memory signature = signedHash(MERCHANT_KEY, refundHash(terms, 1, 1000, _salt, NEVER));
            exit.data = callRefundSigned(terms, 1, 1000, _salt, NEVER, signature);
        }
        if (i == 3) exit.data = callDispute(terms, 1);
        if (i == 4) {
            bytes memory signature = signedHash(PAYER_KEY, disputeHash(terms, 1, 1, NEVER));
            exit.data = callDisputeSigned(terms, 1, 1, NEVER, signature);
        }
    }

    function releasing(uint256 i) private returns (Exit memory exit) {
        Terms memory terms = fresh();
        capture(terms, 1000);
        exit.caller = [operator, merchant, arbiter, stranger][i];
        exit.refusal = ISettlementEscrow.ReleaseNotOpen.selector;
        exit.data = callRelease(terms);
    }

    function boundaryReleaseAt(int256 offset) private {
        uint256 releaseAt = START + DELAY;
        pair(objecting, 5, releasing, 4, releaseAt, offset);

        Terms memory terms = fresh();
        capture(terms, 1000);
        vm.warp(uint256(int256(releaseAt) + offset));
        vm.prank(stranger);
        assertEq(escrow.releaseMany(only(terms)), offset < 0 ? 0 : 1, "releaseMany skips what is not open");
        if (offset < 0)
            release(terms); // the payer may at any time, before...
        else assertQuantities(terms, AMOUNT - 1000, 0, 0, 0, 1000);
        terms = fresh();
        capture(terms, 1000);
        vm.warp(uint256(int256(releaseAt) + offset));
        release(terms); // ... and after
    }
    function test_boundary_releaseAt_minus1_matrixOfPairs() external {
        boundaryReleaseAt(-1);
    }
    function test_boundary_releaseAt_0_matrixOfPairs() external {
        boundaryReleaseAt(0);
    }
    function test_boundary_releaseAt_plus1_matrixOfPairs() external {
        boundaryReleaseAt(1);
    }

    // rulingBy

    function ruling(uint256 i) private returns (Exit memory exit) {
        Terms memory terms = fresh();
        capture(terms, 1000);
        dispute(terms, 100);
        uint256[3] memory ppms = [uint256(0), DEFAULT_PPM, ALL];
        return Exit(arbiter, callRule(terms, 1, 100, ppms[i]), IOrderDesk.RulingClosed.selector);
    }

    function ending(uint256 i) private returns (Exit memory exit) {
        Terms memory terms = fresh();
        capture(terms, 1000);
        dispute(terms, 100);
        exit.caller = [payer, merchant, operator, arbiter, stranger][i];
        exit.data = callEnd(terms);
        exit.refusal = IOrderDesk.RulingOpen.selector;
    }

    function boundaryRulingBy(int256 offset) private {
        uint256 rulingBy = START + RULING;
        pair(ruling, 3, ending, 5, rulingBy, offset);
        for (uint256 i = 0; i < 2; ++i) {
            Terms memory terms = fresh();
            capture(terms, 1000);
            dispute(terms, 100);
            check(Exit(i == 0 ? payer : merchant, callConcede(terms, 1), 0), uint256(int256(rulingBy) + offset), true);
        }
    }
    function test_boundary_rulingBy_minus1_matrixOfPairs() external {
        boundaryRulingBy(-1);
    }
    function test_boundary_rulingBy_0_matrixOfPairs() external {
        boundaryRulingBy(0);
    }
    function test_boundary_rulingBy_plus1_matrixOfPairs() external {
        boundaryRulingBy(1);
    }

    /// The same with windows of any length, and at any second: never both, never neither.
    function testFuzz_boundary_neverBothNeverNeither(uint32 delay, uint32 rulingTime, uint40 second) external {
        delay = uint32(1 + (delay % 90 days));
        rulingTime = uint32(1 days + (rulingTime % (89 days + 1)));
        bool[2] memory did;
        bool[2] memory ended;
        for (uint256 i = 0; i < 2; ++i) {
            vm.warp(START);
            Terms memory terms = disputable();
            terms.schedule = ruled(delay, rulingTime, DEFAULT_PPM, 0);
            terms.setSalt(++_salt);
            captured(terms);
            vm.warp(START + (second % (2 * uint256(delay))));
            did[i] = tried(i == 0 ? payer : stranger, i == 0 ? callDispute(terms, 1) : callRelease(terms));

            vm.warp(START);
            terms.setSalt(++_salt);
            disputed(terms, 10);
            vm.warp(START + (second % (2 * uint256(rulingTime))));
            ended[i] = tried(i == 0 ? arbiter : stranger, i == 0 ? callRule(terms, 1, 10, 0) : callEnd(terms));
        }
        assertTrue(did[0] != did[1], "dispute or release");
        assertTrue(ended[0] != ended[1], "ruling or end");
    }

    function tried(address caller, bytes memory data) private returns (bool ok) {
        vm.prank(caller);
        (ok, ) = address(escrow).call(data);
    }
}
