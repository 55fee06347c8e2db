// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStatementRegistry, Statement} from "../../../contracts/interfaces/IStatementRegistry.sol";
import {Assertions} from "../support/Assertions.sol";
import {Deployer} from "../support/Deployer.sol";
import {Vm, vm} from "../support/Vm.sol";

/// @title A registry, an issuer, and trees as StandardMerkleTree builds them
abstract contract RegistryTest is Assertions {
    uint256 internal constant ISSUER_KEY = 0x155E3;
    uint256 internal constant NOW = 1_800_000_000;
    uint40 internal constant FROM = 1_796_083_200;
    uint40 internal constant UNTIL = 1_798_761_600;

    IStatementRegistry internal registry;
    address internal issuer = vm.addr(ISSUER_KEY);
    address internal stranger = address(0x5774);

    function setUp() public virtual {
        vm.warp(NOW);
        registry = IStatementRegistry(deployed());
    }

    function deployed() internal returns (address) {
        return Deployer.deploy("StatementRegistry.sol:StatementRegistry", "");
    }

    // Statements

    /// @dev Of `count` lines under `root`; tests change what they are about.
    function statement(bytes32 root, uint256 count) internal pure returns (Statement memory said) {
        said.from = FROM;
        said.until = UNTIL;
        said.root = root;
        said.lineCount = uint32(count);
        said.fileHash = sha256("the file");
        said.uri = "https://example.org/2026-11.json";
    }

    function publish(Statement memory said, uint256 revision) internal {
        vm.prank(issuer);
        registry.publish(said, revision);
    }

    function callPublish(Statement memory said, uint256 revision) internal pure returns (bytes memory) {
        return abi.encodeCall(IStatementRegistry.publish, (said, revision));
    }

    function refused(address caller, bytes memory data, bytes memory error_) internal {
        vm.prank(caller);
        (bool ok, bytes memory answer) = address(registry).call(data);
        assertFalse(ok, "the call should have been refused");
        assertTrue(keccak256(answer) == keccak256(error_), "refused by another error");
    }

    function latest() internal view returns (uint256) {
        return registry.latestRevision(issuer, FROM, UNTIL);
    }

    function verified(uint256 revision, bytes memory line, bytes32[] memory proof) internal view returns (bool) {
        return registry.verify(issuer, FROM, UNTIL, revision, line, proof);
    }

    /// @dev The registry says once, and says all, that `issuer` published.
    function assertTold(Vm.Log[] memory logs, Statement memory said, uint256 revision) internal view {
        assertEq(logs.length, 1, "events");
        Vm.Log memory log = logs[0];
        assertTrue(log.emitter == address(registry) && log.topics.length == 4, "indexed");
        assertTrue(log.topics[0] == IStatementRegistry.StatementPublished.selector, "event");
        assertEq(uint256(log.topics[1]), uint160(issuer), "issuer");
        assertEq(uint256(log.topics[2]), said.from, "from");
        assertEq(uint256(log.topics[3]), said.until, "until");
        bytes memory data = abi.encode(revision, said.root, uint256(said.lineCount), said.fileHash, said.uri);
        assertTrue(keccak256(log.data) == keccak256(data), "data");
    }

    // Trees

    function leafOf(bytes memory line) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(line)));
    }

    function pairOf(bytes32 a, bytes32 b) internal pure returns (bytes32) {
        return a < b ? keccak256(bytes.concat(a, b)) : keccak256(bytes.concat(b, a));
    }

    /// @dev A line like any other.
    function lineOf(uint256 seed, uint256 i) internal pure returns (bytes memory) {
        return abi.encode(address(uint160(i + 1)), uint256(keccak256(abi.encode(seed, i))), i);
    }

    /// @dev A complete binary tree in an array, root first, over `count` lines: line i is node `count - 1 + i`.
    function treeOf(uint256 seed, uint256 count) internal pure returns (bytes32[] memory nodes) {
        nodes = new bytes32[](2 * count - 1);
        for (uint256 i = 0; i < count; ++i) nodes[count - 1 + i] = leafOf(lineOf(seed, i));
        for (uint256 i = count - 1; i > 0; --i) nodes[i - 1] = pairOf(nodes[2 * i - 1], nodes[2 * i]);
    }

    /// @dev The siblings from a node up to the root.
    function pathOf(bytes32[] memory nodes, uint256 node) internal pure returns (bytes32[] memory proof) {
        uint256 depth;
        for (uint256 i = node; i != 0; i = (i - 1) / 2) ++depth;
        proof = new bytes32[](depth);
        uint256 step;
        for (uint256 i = node; i != 0; i = (i - 1) / 2) proof[step++] = nodes[i % 2 == 0 ? i - 1 : i + 1];
    }
}
