// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbiterPanel} from "../../../contracts/interfaces/IArbiterPanel.sol";
import {PanelTest} from "./support/PanelTest.sol";

contract ConstructionTest is PanelTest {
    function make(address[] memory members, uint256 quorum, uint256 time) external returns (address) {
        return deployed(members, quorum, time);
    }

    function people(uint256 count) private pure returns (address[] memory members) {
        members = new address[](count);
        for (uint256 i = 0; i < count; ++i) members[i] = address(uint160(i + 1));
    }

    function notMade(address[] memory members, uint256 quorum, uint256 time, bytes memory error_) private {
        try this.make(members, quorum, time) returns (address) {
            assertTrue(false, "made");
        } catch (bytes memory answer) {
            assertTrue(keccak256(answer) == keccak256(error_), "refused by another error");
        }
    }

    function test_tellsItsMembersForEver() external {
        for (uint256 count = 1; count <= 15; count += 7) {
            address[] memory members = people(count);
            IArbiterPanel made = IArbiterPanel(deployed(members, count, 1 hours));
            assertTrue(keccak256(abi.encode(made.members())) == keccak256(abi.encode(members)), "members");
            for (uint256 i = 0; i < count; ++i) assertTrue(made.isMember(members[i]), "a member");
            assertFalse(made.isMember(address(uint160(count + 1))), "the next is none");
            assertFalse(made.isMember(address(0)), "nobody is none");
            assertEq(made.quorum(), count, "quorum");
            assertEq(made.executionTime(), 1 hours, "execution time");
        }
    }

    function test_memberCount_isBounded() external {
        bytes4 selector = IArbiterPanel.MemberCountOutOfRange.selector;
        notMade(people(0), 1, 1 days, error2(selector, 0, 15));
        notMade(people(16), 1, 1 days, error2(selector, 16, 15));
    }

    function test_quorum_isBounded() external {
        bytes4 selector = IArbiterPanel.QuorumOutOfRange.selector;
        notMade(people(3), 0, 1 days, error2(selector, 0, 3));
        notMade(people(3), 4, 1 days, error2(selector, 4, 3));
        this.make(people(3), 1, 1 days);
        this.make(people(3), 3, 1 days);
    }

    function test_executionTime_isBounded() external {
        bytes4 selector = IArbiterPanel.ExecutionTimeOutOfRange.selector;
        bytes memory tooShort = abi.encodeWithSelector(selector, 1 hours - 1, 1 hours, 7 days);
        notMade(people(3), 2, 1 hours - 1, tooShort);
        bytes memory tooLong = abi.encodeWithSelector(selector, 7 days + 1, 1 hours, 7 days);
        notMade(people(3), 2, 7 days + 1, tooLong);
        this.make(people(3), 2, 1 hours);
        this.make(people(3), 2, 7 days);
    }

    function test_reverts_onNobodyAndOnTwins() external {
        bytes4 selector = IArbiterPanel.MemberRefused.selector;
        for (uint256 i = 0; i < 3; ++i) {
            address[] memory members = people(3);
            members[i] = address(0);
            notMade(members, 2, 1 days, error1(selector, address(0)));
            members[i] = members[(i + 1) % 3];
            notMade(members, 2, 1 days, error1(selector, members[i]));
        }
    }
}
