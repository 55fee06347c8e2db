// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Statement} from "../../../contracts/interfaces/IStatementRegistry.sol";
import {RegistryTest} from "./RegistryTest.sol";

contract VerifyTest is RegistryTest {
    bytes32[] private none;

    function publishTree(bytes32[] memory nodes) private {
        publish(statement(nodes[0], (nodes.length + 1) / 2), latest() + 1);
    }

    function test_everyLineOfEverySize() external {
        for (uint256 count = 1; count <= 33; ++count) {
            bytes32[] memory nodes = treeOf(count, count);
            publishTree(nodes);
            for (uint256 i = 0; i < count; ++i) {
                bytes32[] memory proof = pathOf(nodes, count - 1 + i);
                assertTrue(verified(count, lineOf(count, i), proof), "its line");
                assertFalse(verified(count, lineOf(count, i + 1), proof), "its neighbour's");
            }
        }
    }

    function testFuzz_oneLineOfMany(uint256 seed, uint16 size, uint16 index, uint256 spoiled) external {
        uint256 count = 2 + (size % 300);
        uint256 i = index % count;
        bytes32[] memory nodes = treeOf(seed, count);
        publishTree(nodes);
        bytes32[] memory proof = pathOf(nodes, count - 1 + i);
        bytes memory line = lineOf(seed, i);
        assertTrue(verified(1, line, proof), "true");

        line[spoiled % line.length] ^= 0x01;
        assertFalse(verified(1, line, proof), "another line");
        proof[spoiled % proof.length] ^= bytes32(uint256(1));
        assertFalse(verified(1, lineOf(seed, i), proof), "another path");
    }

    function test_singleLine_needsNoProof() external {
        publishTree(treeOf(1, 1));
        assertTrue(verified(1, lineOf(1, 0), none), "the line");
        assertFalse(verified(1, lineOf(1, 1), none), "another");
        assertFalse(verified(1, lineOf(1, 0), new bytes32[](1)), "with a proof");
    }

    function test_secondPreimage_innerNodeIsNoLine() external {
        bytes32[] memory nodes = treeOf(1, 4);
        publishTree(nodes);
        // What the root and the node below it were hashed from.
        bytes memory halvesOfRoot = halves(nodes[1], nodes[2]);
        bytes memory halvesOfNode = halves(nodes[3], nodes[4]);
        assertFalse(verified(1, halvesOfRoot, none), "the root's halves");
        assertFalse(verified(1, halvesOfNode, pathOf(nodes, 1)), "a node's halves");
        assertFalse(verified(1, bytes.concat(nodes[1]), pathOf(nodes, 1)), "a node");
        assertFalse(verified(1, bytes.concat(nodes[0]), none), "the root");
    }

    /// Even where the number of lines is told so that a node's depth would do: the hashes differ.
    function test_secondPreimage_withAWrongLineCount() external {
        bytes32[] memory nodes = treeOf(1, 4);
        publish(statement(nodes[0], 2), 1);
        assertFalse(verified(1, halves(nodes[3], nodes[4]), pathOf(nodes, 1)), "a node's halves");
        assertFalse(verified(1, bytes.concat(nodes[1]), pathOf(nodes, 1)), "a node");
        assertFalse(verified(1, lineOf(1, 0), pathOf(nodes, 3)), "deeper than two lines are");
    }

    function test_lineHashedOnceIsNoLine() external {
        bytes memory line = lineOf(1, 0);
        publish(statement(keccak256(line), 1), 1);
        assertFalse(verified(1, line, none), "hashed once");
        publish(statement(leafOf(line), 1), 2);
        assertTrue(verified(2, line, none), "hashed twice");
    }

    function test_emptyLineIsALineLikeAnyOther() external {
        publish(statement(leafOf(""), 1), 1);
        assertTrue(verified(1, "", none), "it is there");
        publish(statement(leafOf("x"), 1), 2);
        assertFalse(verified(2, "", none), "it is not");
    }

    /// A proof of the right path but of a length that no leaf has: another shape of tree was told.
    function test_depthMustFitTheLineCount() external {
        bytes32[] memory nodes = treeOf(1, 5);
        bytes32[] memory deep = pathOf(nodes, 8);
        bytes32[] memory flat = pathOf(nodes, 4);
        assertEq(deep.length, 3, "of five lines two lie deeper");
        assertEq(flat.length, 2, "than the other three");
        uint32[6] memory counts = [uint32(3), 4, 5, 7, 8, 9];
        bool[6] memory deepFits = [false, false, true, true, true, true];
        bool[6] memory flatFits = [true, true, true, true, false, false];
        for (uint256 i = 0; i < counts.length; ++i) {
            publish(statement(nodes[0], counts[i]), i + 1);
            assertTrue(verified(i + 1, lineOf(1, 4), deep) == deepFits[i], "deep");
            assertTrue(verified(i + 1, lineOf(1, 0), flat) == flatFits[i], "flat");
        }
    }

    function test_falseForWhatWasNotPublished() external {
        bytes32[] memory nodes = treeOf(1, 3);
        publishTree(nodes);
        bytes memory line = lineOf(1, 0);
        bytes32[] memory proof = pathOf(nodes, 2);
        assertTrue(verified(1, line, proof), "published");
        assertFalse(verified(0, line, proof), "revision 0");
        assertFalse(verified(2, line, proof), "revision 2");
        assertFalse(registry.verify(stranger, FROM, UNTIL, 1, line, proof), "another issuer");
        assertFalse(registry.verify(issuer, FROM + 1, UNTIL, 1, line, proof), "another period");
        assertFalse(registry.verify(issuer, FROM, UNTIL + 1, 1, line, proof), "another period");
        assertFalse(registry.verify(stranger, FROM, UNTIL, 1, "", none), "nothing proves nothing");
    }

    function test_correctedLineVerifiesInItsRevisionOnly() external {
        publishTree(treeOf(1, 3));
        publishTree(treeOf(2, 3));
        assertTrue(verified(1, lineOf(1, 1), pathOf(treeOf(1, 3), 3)), "as first said");
        assertFalse(verified(2, lineOf(1, 1), pathOf(treeOf(1, 3), 3)), "no more");
        assertTrue(verified(2, lineOf(2, 1), pathOf(treeOf(2, 3), 3)), "as corrected");
        assertFalse(verified(1, lineOf(2, 1), pathOf(treeOf(2, 3), 3)), "not before");
    }

    function halves(bytes32 a, bytes32 b) private pure returns (bytes memory) {
        return a < b ? bytes.concat(a, b) : bytes.concat(b, a);
    }
}
