// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbiterPanel, Tally} from "../../../contracts/interfaces/IArbiterPanel.sol";
import {Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {Vm, vm} from "../support/Vm.sol";
import {PanelTest} from "./support/PanelTest.sol";

contract VoteTest is PanelTest {
    function callFor(Terms memory with) private view returns (bytes memory) {
        return abi.encodeCall(IArbiterPanel.vote, (address(escrow), with, 1, AMOUNT, 5, bytes32(0)));
    }

    function voted(uint256 round, uint256 amount, uint256 seat) private view returns (bool) {
        return panel.hasVoted(address(escrow), id(), round, amount, member(seat));
    }

    function test_isCountedAndTold() external {
        vm.recordLogs();
        vote(2, 250_000);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 1, "events");
        assertTrue(logs[0].topics[0] == IArbiterPanel.Voted.selector, "event");
        assertEq(uint256(logs[0].topics[1]), uint160(address(escrow)), "escrow");
        assertTrue(logs[0].topics[2] == id(), "id");
        assertEq(uint256(logs[0].topics[3]), uint160(member(2)), "member");
        bytes memory data = abi.encode(uint256(1), AMOUNT, uint256(250_000), reasonOf(2));
        assertTrue(keccak256(logs[0].data) == keccak256(data), "data");

        assertEq(tally().votes.length, 1, "votes");
        assertTrue(tally().votes[0].member == member(2), "whose");
        assertEq(tally().votes[0].toPayerPpm, 250_000, "what");
        for (uint256 seat = 0; seat < SIZE; ++seat) assertTrue(voted(1, AMOUNT, seat) == (seat == 2), "who voted");
        assertFalse(panel.hasVoted(address(escrow), id(), 1, AMOUNT, stranger), "a stranger never did");
        assertNotRuled();
    }

    function test_nothingIsToldBeforeAnybodyVotes() external view {
        assertEq(tally().votes.length, 0, "votes");
        assertEq(tally().median, 0, "median");
        assertFalse(tally().executed, "executed");
    }

    /// Two words hold fifteen seats; no vote, whatever it is, touches another.
    function testFuzz_everySeatKeepsItsOwn(uint24[15] memory ppms, uint16 silent) external {
        panel = panelOf(15, 1);
        escrow.open(terms(), AMOUNT, RULING_BY);
        uint256 expected;
        for (uint256 seat = 0; seat < 15; ++seat) {
            if ((silent >> seat) & 1 != 0) continue;
            vote(seat, ppms[seat] % 1_000_001);
            ++expected;
        }
        Tally memory standing = tally();
        assertEq(standing.votes.length, expected, "votes");
        uint256 cast;
        for (uint256 seat = 0; seat < 15; ++seat) {
            bool spoke = (silent >> seat) & 1 == 0;
            assertTrue(voted(1, AMOUNT, seat) == spoke, "who voted");
            if (!spoke) continue;
            assertTrue(standing.votes[cast].member == member(seat), "whose");
            assertEq(standing.votes[cast++].toPayerPpm, ppms[seat] % 1_000_001, "what");
        }
        assertFalse(standing.executed, "not executed");
    }

    function test_zeroIsAVote() external {
        vote(0, 0);
        assertTrue(voted(1, AMOUNT, 0), "voted");
        refused(member(0), callVote(1, AMOUNT, 0), error1(IArbiterPanel.AlreadyVoted.selector, member(0)));
    }

    function test_reverts_forOthers() external {
        address[5] memory others = [stranger, address(escrow), address(panel), address(this), address(1)];
        for (uint256 i = 0; i < others.length; ++i) {
            refused(others[i], callVote(1, AMOUNT, 5), error1(IArbiterPanel.NotMember.selector, others[i]));
        }
    }

    function test_reverts_forWhoPaysOrEarns() external {
        bytes memory error_ = error1(IArbiterPanel.MemberIsParty.selector, member(1));
        Terms memory with = terms();
        with.payer = member(1);
        refused(member(1), callFor(with), error_);
        with = terms();
        with.operator = member(1);
        refused(member(1), callFor(with), error_);
        for (uint256 i = 0; i < 2; ++i) {
            with = terms();
            with.legs[i] = (uint256(uint160(member(1))) << 96) | (100_000 << 8) | 2;
            refused(member(1), callFor(with), error_);
            escrow.open(with, AMOUNT, RULING_BY);
            allowed(member(0), callFor(with));
        }
    }

    function test_ppm_isBounded() external {
        bytes memory above = error2(IArbiterPanel.PpmAboveWhole.selector, 1_000_001, 1_000_000);
        refused(member(0), callVote(1, AMOUNT, 1_000_001), above);
        above = error2(IArbiterPanel.PpmAboveWhole.selector, type(uint256).max, 1_000_000);
        refused(member(0), callVote(1, AMOUNT, type(uint256).max), above);
        allowed(member(0), callVote(1, AMOUNT, 1_000_000));
    }

    function test_isFinal() external {
        vote(0, 5);
        bytes memory twice = error1(IArbiterPanel.AlreadyVoted.selector, member(0));
        refused(member(0), callVote(1, AMOUNT, 5), twice);
        refused(member(0), callVote(1, AMOUNT, 6), twice);
        assertEq(tally().votes[0].toPayerPpm, 5, "as first said");
    }

    function test_isFinal_onEverySeat() external {
        panel = panelOf(15, 1);
        escrow.open(terms(), AMOUNT, RULING_BY);
        for (uint256 seat = 0; seat < 15; ++seat) {
            vote(seat, 5);
            bytes memory twice = error1(IArbiterPanel.AlreadyVoted.selector, member(seat));
            refused(member(seat), callVote(1, AMOUNT, 6), twice);
        }
    }

    function test_reverts_onTermsOfAnotherArbiter() external {
        Terms memory with = terms();
        with.arbiter = stranger;
        escrow.open(with, AMOUNT, RULING_BY);
        refused(member(0), callFor(with), error1(IArbiterPanel.ArbiterOfOthers.selector, stranger));
        with.arbiter = address(0);
        escrow.open(with, AMOUNT, RULING_BY);
        refused(member(0), callFor(with), error1(IArbiterPanel.ArbiterOfOthers.selector, address(0)));
    }

    function test_reverts_onAnotherDisputeThanTheOpenOne() external {
        bytes memory moved = error2(IArbiterPanel.DisputeMoved.selector, 1, AMOUNT);
        refused(member(0), callVote(0, AMOUNT, 5), moved);
        refused(member(0), callVote(2, AMOUNT, 5), moved);
        refused(member(0), callVote(1, AMOUNT - 1, 5), moved);
        refused(member(0), callVote(1, AMOUNT + 1, 5), moved);
        refused(member(0), callVote(1, 0, 5), moved);
    }

    function test_reverts_whenNoDisputeIsOpen() external {
        escrow.close(terms());
        bytes memory none = error2(IArbiterPanel.DisputeMoved.selector, 1, 0);
        refused(member(0), callVote(1, AMOUNT, 5), none);
        refused(member(0), callVote(1, 0, 5), none);
        Terms memory unknown = terms();
        unknown.amountAndSalt = 1;
        refused(member(0), callFor(unknown), error2(IArbiterPanel.DisputeMoved.selector, 0, 0));
    }

    function test_reverts_whereNoEscrowIs() external {
        bytes memory call_ = abi.encodeCall(IArbiterPanel.vote, (stranger, terms(), 1, AMOUNT, 5, bytes32(0)));
        refused(member(0), call_, "");
    }

    /// rulingBy − executionTime parts voting from executing.
    function test_panel_deadlineInsideRulingTime() external {
        vm.warp(CLOSING - 1);
        allowed(member(0), callVote(1, AMOUNT, 5));
        for (uint256 second = CLOSING; second < CLOSING + 2; ++second) {
            vm.warp(second);
            bytes memory closed = error2(IArbiterPanel.VotingClosed.selector, second, CLOSING);
            refused(member(1), callVote(1, AMOUNT, 5), closed);
        }
        vm.warp(RULING_BY);
        refused(member(1), callVote(1, AMOUNT, 5), error2(IArbiterPanel.VotingClosed.selector, RULING_BY, CLOSING));
        assertEq(tally().votes.length, 1, "one was in time");
    }

    /// Where the terms leave no time for both, nobody votes and the terms' default decides.
    function test_rulingTimeWithinExecutionTime_leavesNoTimeToVote() external {
        escrow.close(terms());
        escrow.open(terms(), AMOUNT, START + EXECUTION_TIME);
        refused(member(0), callVote(2, AMOUNT, 5), error2(IArbiterPanel.VotingClosed.selector, START, START));
        escrow.close(terms());
        escrow.open(terms(), AMOUNT, EXECUTION_TIME - 1);
        refused(member(0), callVote(3, AMOUNT, 5), error2(IArbiterPanel.VotingClosed.selector, START, 0));
        escrow.close(terms());
        escrow.open(terms(), AMOUNT, START + EXECUTION_TIME + 1);
        allowed(member(0), callVote(4, AMOUNT, 5));
    }

    function test_panel_replayOfEarlierRound() external {
        votes(3, 700_000);
        escrow.close(terms());
        escrow.open(terms(), AMOUNT, RULING_BY);

        // What was said about the first round counts nothing in the second, over the very same amount.
        assertEq(panel.tally(address(escrow), id(), 2, AMOUNT).votes.length, 0, "a ballot of its own");
        assertEq(tally().votes.length, 3, "the first stands as it was");
        vm.warp(CLOSING);
        refused(stranger, callExecute(1, AMOUNT), error2(IArbiterPanel.DisputeMoved.selector, 2, AMOUNT));
        refused(stranger, callExecute(2, AMOUNT), error2(IArbiterPanel.TooFewVotes.selector, 0, QUORUM));
        vm.warp(START);
        refused(member(3), callVote(1, AMOUNT, 5), error2(IArbiterPanel.DisputeMoved.selector, 2, AMOUNT));
        allowed(member(0), callVote(2, AMOUNT, 5));
        assertNotRuled();
    }
}
