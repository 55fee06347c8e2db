// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbiterPanel} from "../../../contracts/interfaces/IArbiterPanel.sol";
import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {ISettlementEscrow, OrderView} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {vm} from "../support/Vm.sol";
import {FakeEscrow} from "./support/FakeEscrow.sol";
import {PanelTest} from "./support/PanelTest.sol";

contract HostileEscrowTest is PanelTest {
    FakeEscrow internal hostile;

    function setUp() public override {
        super.setUp();
        hostile = new FakeEscrow();
    }

    /// @dev Votes at the hostile escrow, which says that its order is the one at the honest.
    function voteAtHostile(uint256 seat, uint256 ppm) private {
        vm.prank(member(seat));
        panel.vote(address(hostile), terms(), 1, AMOUNT, ppm, "");
    }

    function callExecuteAtHostile() private view returns (bytes memory) {
        return abi.encodeCall(IArbiterPanel.execute, (address(hostile), terms(), 1, AMOUNT));
    }

    function test_cannotTakeVotesForAnother() external {
        hostile.pretend(id());
        hostile.open(terms(), AMOUNT, RULING_BY);
        votes(2, 300_000);
        for (uint256 seat = 0; seat < SIZE; ++seat) voteAtHostile(seat, 1_000_000);

        assertEq(tally().votes.length, 2, "votes at the honest one");
        assertEq(tally().median, 300_000, "and what they come to");
        allowed(stranger, callExecuteAtHostile());
        assertTrue(panel.tally(address(hostile), id(), 1, AMOUNT).executed, "the hostile one has its ruling");
        assertNotRuled();
        vote(2, 300_000);
        vm.warp(CLOSING);
        execute();
        assertRuled(300_000);
    }

    function test_reentrance_cannotRuleTwice() external {
        escrow.beLax();
        escrow.setHook(address(panel), callExecute(1, AMOUNT));
        votes(SIZE, 300_000);
        execute();
        assertTrue(bytes4(escrow.answer()) == IArbiterPanel.AlreadyExecuted.selector, "refused inside");
        assertRuled(300_000);
    }

    function test_reentrance_cannotVote() external {
        escrow.beLax();
        escrow.setHook(address(panel), callVote(1, AMOUNT, 1_000_000));
        votes(SIZE, 300_000);
        execute();
        assertTrue(bytes4(escrow.answer()) == IArbiterPanel.NotMember.selector, "refused inside");
        assertEq(tally().votes.length, SIZE, "votes");
    }

    /// Even as a member it could only vote where it has not, which no ruling under way reads any more.
    function test_reentrance_ofAMember_changesNoRulingUnderWay() external {
        address[] memory members = new address[](3);
        (members[0], members[1], members[2]) = (member(0), member(1), address(hostile));
        panel = IArbiterPanel(deployed(members, 2, EXECUTION_TIME));
        hostile.open(terms(), AMOUNT, RULING_BY);
        voteAtHostile(0, 300_000);
        voteAtHostile(1, 300_000);
        hostile.beLax();
        bytes memory callBack = abi.encodeCall(
            IArbiterPanel.vote,
            (address(hostile), terms(), 1, AMOUNT, 0, bytes32(0))
        );
        hostile.setHook(address(panel), callBack);
        vm.warp(CLOSING);
        allowed(stranger, callExecuteAtHostile());
        assertEq(hostile.rulingOf(terms()).toPayerPpm, 300_000, "as they voted");
        assertTrue(bytes4(hostile.answer()) == IArbiterPanel.VotingClosed.selector, "refused inside");
    }

    /// Rulings elsewhere are anybody's to start, so starting one from inside is nothing special.
    function test_reentrance_atAnotherEscrow_isAsIfAnyoneDid() external {
        hostile.open(terms(), AMOUNT, RULING_BY);
        hostile.setHook(address(panel), callExecute(1, AMOUNT));
        votes(SIZE, 300_000);
        for (uint256 seat = 0; seat < SIZE; ++seat) voteAtHostile(seat, 1_000_000);
        allowed(stranger, callExecuteAtHostile());
        assertRuled(300_000);
    }

    function test_refusedRuling_leavesNothingBehind() external {
        RefusingEscrow refusing = new RefusingEscrow(AMOUNT, RULING_BY);
        bytes memory call_ = abi.encodeCall(IArbiterPanel.execute, (address(refusing), terms(), 1, AMOUNT));
        for (uint256 seat = 0; seat < SIZE; ++seat) {
            vm.prank(member(seat));
            panel.vote(address(refusing), terms(), 1, AMOUNT, 300_000, "");
        }
        refused(stranger, call_, abi.encodeWithSelector(ISettlementEscrow.StateMoved.selector, 7, 8));
        assertFalse(panel.tally(address(refusing), "id", 1, AMOUNT).executed, "not executed");
        refusing.yield_();
        allowed(stranger, call_);
        assertTrue(panel.tally(address(refusing), "id", 1, AMOUNT).executed, "executed");
    }

    /// The votes that a liar collects are about itself; its last word is what it says when it is told to rule.
    function test_movingAnswers_harmNobodyElse() external {
        votes(2, 300_000);
        for (uint256 round = 1; round <= 3; ++round) {
            hostile.open(terms(), AMOUNT, RULING_BY + round);
            vm.prank(member(0));
            panel.vote(address(hostile), terms(), round, AMOUNT, round, "");
        }
        assertEq(tally().votes.length, 2, "votes at the honest one");
        for (uint256 round = 1; round <= 3; ++round) {
            bytes32 there = hostile.idOf(terms());
            assertEq(panel.tally(address(hostile), there, round, AMOUNT).votes.length, 1, "each round its own");
        }
    }
}

/// @title An escrow that takes no ruling until it is told to
contract RefusingEscrow {
    OrderView private _order;
    bool private _yields;

    constructor(uint256 amount, uint256 rulingBy) {
        _order.round = 1;
        _order.disputed = uint104(amount);
        _order.rulingBy = uint40(rulingBy);
    }

    function yield_() external {
        _yields = true;
    }

    // The calldata of the terms is of no interest here, so each is answered by its selector alone.
    fallback(bytes calldata data) external returns (bytes memory) {
        if (bytes4(data) == IOrderDesk.idOf.selector) return abi.encode(bytes32("id"));
        if (bytes4(data) == IOrderDesk.orderOf.selector) return abi.encode(_order);
        if (!_yields) revert ISettlementEscrow.StateMoved(7, 8);
        return "";
    }
}
