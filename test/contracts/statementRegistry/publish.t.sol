// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStatementRegistry, Statement, StatementView} from "../../../contracts/interfaces/IStatementRegistry.sol";
import {vm} from "../support/Vm.sol";
import {RegistryTest} from "./RegistryTest.sol";

contract PublishTest is RegistryTest {
    bytes32 private constant ROOT = keccak256("root");

    function assertKept(Statement memory said, uint256 revision, uint256 publishedAt) private view {
        StatementView memory seen = registry.statementOf(issuer, said.from, said.until, revision);
        assertTrue(seen.root == said.root, "root");
        assertTrue(seen.fileHash == said.fileHash, "file");
        assertEq(seen.lineCount, said.lineCount, "lines");
        assertEq(seen.publishedAt, publishedAt, "published at");
    }

    function assertNothing(address who, uint40 from, uint40 until, uint256 revision) private view {
        bytes memory seen = abi.encode(registry.statementOf(who, from, until, revision));
        assertTrue(keccak256(seen) == keccak256(new bytes(128)), "nothing is there");
    }

    function test_isKeptAndTold() external {
        Statement memory said = statement(ROOT, 7);
        vm.recordLogs();
        publish(said, 1);
        assertTold(vm.getRecordedLogs(), said, 1);
        assertKept(said, 1, NOW);
        assertEq(latest(), 1, "latest");
    }

    function testFuzz_isKeptAndTold(Statement memory said) external {
        vm.assume(said.from < said.until && said.root != 0 && said.lineCount != 0 && bytes(said.uri).length <= 512);
        vm.recordLogs();
        publish(said, 1);
        assertTold(vm.getRecordedLogs(), said, 1);
        assertKept(said, 1, NOW);
    }

    function test_correctionIsTheNextRevision_andChangesNothingBefore() external {
        publish(statement(ROOT, 7), 1);
        vm.warp(NOW + 5);
        publish(statement(keccak256("corrected"), 8), 2);
        assertEq(latest(), 2, "latest");
        assertKept(statement(ROOT, 7), 1, NOW);
        assertKept(statement(keccak256("corrected"), 8), 2, NOW + 5);
    }

    function test_sameRootMayBePublishedAgain_asAnotherRevision() external {
        publish(statement(ROOT, 7), 1);
        publish(statement(ROOT, 7), 2);
        assertEq(latest(), 2, "latest");
    }

    function test_reverts_whenRepeated() external {
        publish(statement(ROOT, 7), 1);
        refused(issuer, callPublish(statement(ROOT, 7), 1), moved(2, 1));
        refused(issuer, callPublish(statement(keccak256("other"), 1), 1), moved(2, 1));
        assertKept(statement(ROOT, 7), 1, NOW);
    }

    function test_reverts_whenARevisionIsLeftOut() external {
        refused(issuer, callPublish(statement(ROOT, 7), 0), moved(1, 0));
        refused(issuer, callPublish(statement(ROOT, 7), 2), moved(1, 2));
        refused(issuer, callPublish(statement(ROOT, 7), type(uint256).max), moved(1, type(uint256).max));
        assertEq(latest(), 0, "latest");
    }

    function test_issuersAndPeriodsAreCountedApart() external {
        Statement memory said = statement(ROOT, 7);
        publish(said, 1);
        vm.prank(stranger);
        registry.publish(said, 1);
        said.until = UNTIL + 1;
        publish(said, 1);
        said.until = UNTIL;
        said.from = FROM + 1;
        publish(said, 1);
        assertEq(latest(), 1, "the first is still alone");
        assertNothing(issuer, FROM + 1, UNTIL + 1, 1);
        // The two ends are not confused, whichever is which.
        assertNothing(issuer, UNTIL, FROM, 1);
    }

    function test_reverts_whenPeriodIsEmpty() external {
        Statement memory said = statement(ROOT, 7);
        said.until = FROM;
        refused(issuer, callPublish(said, 1), empty(FROM, FROM));
        said.until = FROM - 1;
        refused(issuer, callPublish(said, 1), empty(FROM, FROM - 1));
        said.until = FROM + 1;
        publish(said, 1);
    }

    function test_reverts_onZeroRootAndOnNoLines() external {
        refused(issuer, callPublish(statement(0, 7), 1), abi.encodeWithSelector(IStatementRegistry.RootZero.selector));
        bytes memory noLines = abi.encodeWithSelector(IStatementRegistry.LineCountZero.selector);
        refused(issuer, callPublish(statement(ROOT, 0), 1), noLines);
    }

    function test_uri_isBounded() external {
        Statement memory said = statement(ROOT, 7);
        said.uri = string(new bytes(513));
        bytes memory tooLong = abi.encodeWithSelector(IStatementRegistry.UriTooLong.selector, 513, 512);
        refused(issuer, callPublish(said, 1), tooLong);
        said.uri = string(new bytes(512));
        publish(said, 1);
        said.uri = "";
        said.fileHash = 0;
        publish(said, 2);
        assertKept(said, 2, NOW);
    }

    function test_views_ofWhatIsNotThere() external {
        publish(statement(ROOT, 7), 1);
        assertNothing(issuer, FROM, UNTIL, 0);
        assertNothing(issuer, FROM, UNTIL, 2);
        assertNothing(issuer, FROM, UNTIL, type(uint256).max);
        assertNothing(stranger, FROM, UNTIL, 1);
        assertEq(registry.latestRevision(stranger, FROM, UNTIL), 0, "of nobody");
    }

    function test_dirtyHighBitsRevert() external {
        bytes memory call_ = callPublish(statement(ROOT, 7), 1);
        // selector, offset, revision, root, file, then `from` in the last five bytes of its word
        uint256 firstOfFrom = 4 + 32 * 4;
        call_[firstOfFrom + 26] = 0x01;
        refused(issuer, call_, "");
    }

    function moved(uint256 next, uint256 revision) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IStatementRegistry.RevisionMoved.selector, next, revision);
    }

    function empty(uint256 from, uint256 until) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IStatementRegistry.PeriodEmpty.selector, from, until);
    }
}
