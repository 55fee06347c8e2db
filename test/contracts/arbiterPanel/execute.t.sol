// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbiterPanel} from "../../../contracts/interfaces/IArbiterPanel.sol";
import {Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {Vm, vm} from "../support/Vm.sol";
import {PanelTest} from "./support/PanelTest.sol";

contract ExecuteTest is PanelTest {
    function test_onceEverybodyVoted_withoutWaiting() external {
        votes(SIZE, 300_000);
        execute();
        assertRuled(300_000);
    }

    function test_isTold_beforeTheEscrowIsCalled() external {
        votes(4, 300_000);
        vm.warp(CLOSING);
        vm.recordLogs();
        execute();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 1, "events");
        assertTrue(logs[0].topics[0] == IArbiterPanel.Executed.selector, "event");
        assertEq(uint256(logs[0].topics[1]), uint160(address(escrow)), "escrow");
        assertTrue(logs[0].topics[2] == id(), "id");
        bytes memory data = abi.encode(uint256(1), AMOUNT, uint256(300_000), uint256(4));
        assertTrue(keccak256(logs[0].data) == keccak256(data), "data");
    }

    function test_reverts_whileSomebodyMayStillVote() external {
        votes(SIZE - 1, 300_000);
        refused(stranger, callExecute(1, AMOUNT), error2(IArbiterPanel.VotingOpen.selector, START, CLOSING));
        assertNotRuled();
        vote(SIZE - 1, 300_000);
        allowed(stranger, callExecute(1, AMOUNT));
    }

    /// Voting and executing part at rulingBy − executionTime: at every second exactly one of them is open.
    function boundaryClosing(int256 offset) private {
        votes(QUORUM, 300_000);
        uint256 second = uint256(int256(CLOSING) + offset);
        vm.warp(second);
        if (offset < 0) {
            refused(stranger, callExecute(1, AMOUNT), error2(IArbiterPanel.VotingOpen.selector, second, CLOSING));
            allowed(member(3), callVote(1, AMOUNT, 5));
        } else {
            refused(member(3), callVote(1, AMOUNT, 5), error2(IArbiterPanel.VotingClosed.selector, second, CLOSING));
            allowed(stranger, callExecute(1, AMOUNT));
            assertRuled(300_000);
        }
    }
    function test_boundary_closing_minus1() external {
        boundaryClosing(-1);
    }
    function test_boundary_closing_0() external {
        boundaryClosing(0);
    }
    function test_boundary_closing_plus1() external {
        boundaryClosing(1);
    }

    /// Before rulingBy anyone can make the panel rule, from it on nobody, also where everybody voted.
    function boundaryRulingBy(int256 offset, uint256 count) private {
        votes(count, 300_000);
        uint256 second = uint256(int256(RULING_BY) + offset);
        vm.warp(second);
        if (offset < 0) {
            allowed(stranger, callExecute(1, AMOUNT));
            assertRuled(300_000);
        } else {
            refused(stranger, callExecute(1, AMOUNT), error2(IArbiterPanel.RulingClosed.selector, second, RULING_BY));
            assertNotRuled();
        }
    }
    function test_boundary_rulingBy_minus1() external {
        boundaryRulingBy(-1, QUORUM);
    }
    function test_boundary_rulingBy_0() external {
        boundaryRulingBy(0, QUORUM);
    }
    function test_boundary_rulingBy_plus1() external {
        boundaryRulingBy(1, SIZE);
    }

    /// It is the panel's own promise, not only the escrow's.
    function test_rulingBy_bindsThePanel_whateverTheEscrowTakes() external {
        escrow.beLax();
        votes(SIZE, 300_000);
        vm.warp(RULING_BY);
        refused(stranger, callExecute(1, AMOUNT), error2(IArbiterPanel.RulingClosed.selector, RULING_BY, RULING_BY));
        vm.warp(RULING_BY - 1);
        allowed(stranger, callExecute(1, AMOUNT));
    }

    function test_belowTheQuorum_neverRules() external {
        votes(QUORUM - 1, 300_000);
        refused(stranger, callExecute(1, AMOUNT), error2(IArbiterPanel.VotingOpen.selector, START, CLOSING));
        vm.warp(CLOSING);
        bytes memory tooFew = error2(IArbiterPanel.TooFewVotes.selector, QUORUM - 1, QUORUM);
        refused(stranger, callExecute(1, AMOUNT), tooFew);
        vm.warp(RULING_BY - 1);
        refused(stranger, callExecute(1, AMOUNT), tooFew);
        refused(member(0), callExecute(1, AMOUNT), tooFew);
        assertNotRuled();
    }

    function test_twice_isRefused() external {
        votes(SIZE, 300_000);
        execute();
        refused(stranger, callExecute(1, AMOUNT), error2(IArbiterPanel.DisputeMoved.selector, 1, 0));
        assertRuled(300_000);
    }

    /// Also where the escrow says that the dispute is still open.
    function test_twice_isRefused_whateverTheEscrowSays() external {
        escrow.beLax();
        votes(SIZE, 300_000);
        execute();
        refused(stranger, callExecute(1, AMOUNT), abi.encodeWithSelector(IArbiterPanel.AlreadyExecuted.selector));
        assertRuled(300_000);
    }

    function test_frontRunByEnlargedDispute_reverts() external {
        votes(SIZE, 300_000);
        // The payer gives in and disputes more, just before the panel rules.
        escrow.close(terms());
        escrow.open(terms(), AMOUNT + 1, RULING_BY);
        bytes memory moved = error2(IArbiterPanel.DisputeMoved.selector, 2, AMOUNT + 1);
        refused(stranger, callExecute(1, AMOUNT), moved);
        refused(stranger, callExecute(2, AMOUNT), moved);
        refused(stranger, callExecute(1, AMOUNT + 1), moved);
        vm.warp(CLOSING);
        bytes memory none = error2(IArbiterPanel.TooFewVotes.selector, 0, QUORUM);
        refused(stranger, callExecute(2, AMOUNT + 1), none);
        assertNotRuled();
    }

    function test_reverts_onTermsOfAnotherArbiter() external {
        Terms memory with = terms();
        with.arbiter = stranger;
        escrow.open(with, AMOUNT, RULING_BY);
        bytes memory call_ = abi.encodeCall(IArbiterPanel.execute, (address(escrow), with, 1, AMOUNT));
        refused(stranger, call_, error1(IArbiterPanel.ArbiterOfOthers.selector, stranger));
    }

    function test_oneOfOne_rulesAlone() external {
        panel = panelOf(1, 1);
        escrow.open(terms(), AMOUNT, RULING_BY);
        vote(0, 1_000_000);
        execute();
        assertRuled(1_000_000);
    }

    // Lower median

    function ruledBy(uint24[] memory ppms, uint256 count) private returns (uint256) {
        vm.warp(START);
        panel = panelOf(15, 1);
        escrow.open(terms(), AMOUNT, RULING_BY);
        for (uint256 seat = 0; seat < count; ++seat) vote(seat, ppms[seat]);
        vm.warp(CLOSING);
        uint256 foretold = tally().median;
        execute();
        assertRuled(foretold);
        return foretold;
    }

    function test_lowerMedian_ofAnOddNumberIsTheMiddle() external {
        uint24[] memory ppms = new uint24[](3);
        (ppms[0], ppms[1], ppms[2]) = (900_000, 0, 500_000);
        assertEq(ruledBy(ppms, 3), 500_000, "of three");
        assertEq(ruledBy(ppms, 1), 900_000, "of one");
    }

    function test_lowerMedian_ofAnEvenNumberIsTheLowerOfTwo() external {
        uint24[] memory ppms = new uint24[](4);
        (ppms[0], ppms[1], ppms[2], ppms[3]) = (1_000_000, 200_000, 600_000, 100_000);
        assertEq(ruledBy(ppms, 4), 200_000, "of four");
        assertEq(ruledBy(ppms, 2), 200_000, "of two");
    }

    /// Against the definition, without a sort: fewer than half are below it, and at most half above.
    function testFuzz_lowerMedian(uint24[15] memory drawn, uint8 size, bool few) external {
        uint256 count = 1 + (size % 15);
        uint24[] memory ppms = new uint24[](count);
        for (uint256 i = 0; i < count; ++i) ppms[i] = few ? drawn[i] % 3 : drawn[i] % 1_000_001;
        uint256 median = ruledBy(ppms, count);
        uint256 below;
        uint256 above;
        for (uint256 i = 0; i < count; ++i) {
            if (ppms[i] < median) ++below;
            if (ppms[i] > median) ++above;
        }
        assertTrue(below + above < count, "it is one of the votes");
        assertTrue(2 * below < count, "fewer than half are below");
        assertTrue(2 * above <= count, "at most half are above");
        assertEq(median, sorted(ppms)[(count - 1) / 2], "as sorted by hand");
    }

    /// @dev By selection, not as the contract does it.
    function sorted(uint24[] memory list) private pure returns (uint24[] memory) {
        for (uint256 i = 0; i < list.length; ++i) {
            uint256 least = i;
            for (uint256 k = i + 1; k < list.length; ++k) if (list[k] < list[least]) least = k;
            (list[i], list[least]) = (list[least], list[i]);
        }
        return list;
    }
}
