// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbiterPanel, Tally} from "../../../../contracts/interfaces/IArbiterPanel.sol";
import {Terms} from "../../../../contracts/interfaces/ISettlementEscrow.sol";
import {Assertions} from "../../support/Assertions.sol";
import {vm} from "../../support/Vm.sol";
import {FakeEscrow} from "./FakeEscrow.sol";

/// @title A panel of five that needs three votes, and an order of which a part is disputed
abstract contract PanelTest is Assertions {
    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant AMOUNT = 1_000_003;
    uint256 internal constant RULING_BY = START + 7 days;
    uint256 internal constant EXECUTION_TIME = 1 days;
    uint256 internal constant CLOSING = RULING_BY - EXECUTION_TIME;
    uint256 internal constant SIZE = 5;
    uint256 internal constant QUORUM = 3;

    IArbiterPanel internal panel;
    FakeEscrow internal escrow;
    address internal stranger = address(0x5774);

    function setUp() public virtual {
        vm.warp(START);
        panel = panelOf(SIZE, QUORUM);
        escrow = new FakeEscrow();
        escrow.open(terms(), AMOUNT, RULING_BY);
    }

    // Panels

    function deployed(address[] memory members, uint256 quorum, uint256 time) internal returns (address made) {
        bytes memory args = abi.encode(members, quorum, time);
        bytes memory code = bytes.concat(vm.getCode("ArbiterPanel.sol:ArbiterPanel"), args);
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
            if iszero(made) {
                let m := mload(0x40)
                returndatacopy(m, 0, returndatasize())
                revert(m, returndatasize())
            }
        }
    }

    function panelOf(uint256 size, uint256 quorum) internal returns (IArbiterPanel) {
        address[] memory members = new address[](size);
        for (uint256 seat = 0; seat < size; ++seat) members[seat] = member(seat);
        return IArbiterPanel(deployed(members, quorum, EXECUTION_TIME));
    }

    function keyOf(uint256 seat) internal pure returns (uint256) {
        return 0xA4B17E4 + seat;
    }

    function member(uint256 seat) internal pure returns (address) {
        return vm.addr(keyOf(seat));
    }

    // The order

    function terms() internal view returns (Terms memory made) {
        made.payer = address(0xA11CE);
        made.operator = address(0x0937);
        made.arbiter = address(panel);
        made.legs = new uint256[](2);
        made.legs[0] = (uint256(0x3E4C) << 96) | (900_000 << 8) | 1;
        made.legs[1] = (uint256(0xC4A7) << 96) | (100_000 << 8) | 2;
    }

    function id() internal view returns (bytes32) {
        return escrow.idOf(terms());
    }

    // Deeds

    function vote(uint256 seat, uint256 ppm) internal {
        vm.prank(member(seat));
        panel.vote(address(escrow), terms(), 1, AMOUNT, ppm, reasonOf(seat));
    }

    function votes(uint256 count, uint256 ppm) internal {
        for (uint256 seat = 0; seat < count; ++seat) vote(seat, ppm);
    }

    function execute() internal {
        vm.prank(stranger);
        panel.execute(address(escrow), terms(), 1, AMOUNT);
    }

    function reasonOf(uint256 seat) internal pure returns (bytes32) {
        return keccak256(abi.encode("because", seat));
    }

    function callVote(uint256 round, uint256 amount, uint256 ppm) internal view returns (bytes memory) {
        return abi.encodeCall(IArbiterPanel.vote, (address(escrow), terms(), round, amount, ppm, bytes32(0)));
    }

    function callExecute(uint256 round, uint256 amount) internal view returns (bytes memory) {
        return abi.encodeCall(IArbiterPanel.execute, (address(escrow), terms(), round, amount));
    }

    function allowed(address caller, bytes memory data) internal {
        vm.prank(caller);
        (bool ok, ) = address(panel).call(data);
        assertTrue(ok, "the call should have been allowed");
    }

    function refused(address caller, bytes memory data, bytes memory error_) internal {
        vm.prank(caller);
        (bool ok, bytes memory answer) = address(panel).call(data);
        assertFalse(ok, "the call should have been refused");
        assertTrue(keccak256(answer) == keccak256(error_), "refused by another error");
    }

    // Errors

    function error1(bytes4 selector, address account) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, account);
    }
    function error2(bytes4 selector, uint256 a, uint256 b) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, a, b);
    }

    // Expectations

    function tally() internal view returns (Tally memory) {
        return panel.tally(address(escrow), id(), 1, AMOUNT);
    }

    function assertRuled(uint256 ppm) internal view {
        FakeEscrow.Ruling memory ruling = escrow.rulingOf(terms());
        assertEq(ruling.times, 1, "ruled once");
        assertEq(ruling.round, 1, "round");
        assertEq(ruling.amount, AMOUNT, "amount");
        assertEq(ruling.toPayerPpm, ppm, "ppm");
        assertTrue(tally().executed, "executed");
    }

    function assertNotRuled() internal view {
        assertEq(escrow.rulingOf(terms()).times, 0, "not ruled");
        assertFalse(tally().executed, "not executed");
    }
}
