// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IStatementRegistry, Statement, StatementView} from "./interfaces/IStatementRegistry.sol";
import {Signatures} from "./libraries/Signatures.sol";

/// @title Statement registry
/// @notice Keeps the roots of statements for ever, each under its issuer, its period and its revision.
/// @dev No owner, no money, and nobody is called but wallets about their signatures, by staticcall.
contract StatementRegistry is IStatementRegistry, EIP712 {
    uint256 private constant LONGEST_URI = 512;
    bytes32 private constant PUBLISH_TYPEHASH = keccak256(
        "Publish(address issuer,uint40 from,uint40 until,uint256 revision,bytes32 root,uint32 lineCount,"
        "bytes32 fileHash,string uri,uint256 deadline)"
    );

    /// @dev The revision n is the element n - 1. Nothing is ever taken out or written again.
    mapping(address issuer => mapping(uint40 from => mapping(uint40 until => StatementView[]))) private _revisions;

    constructor() EIP712("Tributary Statement Registry", "1") {}

    /// @inheritdoc IStatementRegistry
    function publish(Statement calldata statement, uint256 revision) external {
        _publish(msg.sender, statement, revision);
    }

    /// @inheritdoc IStatementRegistry
    function publishWithSignature(
        address issuer,
        Statement calldata statement,
        uint256 revision,
        uint256 deadline,
        bytes calldata signature
    ) external {
        if (block.timestamp > deadline) revert DeadlinePassed(block.timestamp, deadline);
        bytes32 digest = _hashTypedDataV4(_structHash(issuer, statement, revision, deadline));
        if (!Signatures.isSignedBy(issuer, digest, signature)) revert SignatureRefused(issuer);
        _publish(issuer, statement, revision);
    }

    /// @inheritdoc IStatementRegistry
    function verify(
        address issuer,
        uint40 from,
        uint40 until,
        uint256 revision,
        bytes calldata line,
        bytes32[] calldata proof
    ) external view returns (bool) {
        StatementView memory seen = statementOf(issuer, from, until, revision);
        if (!_isDepthOfLeaf(proof.length, seen.lineCount)) return false;
        // Hashed twice: the first hash is 32 bytes and a pair of nodes is 64, so no inner node passes for a line.
        return MerkleProof.verifyCalldata(proof, seen.root, keccak256(bytes.concat(keccak256(line))));
    }

    /// @inheritdoc IStatementRegistry
    function statementOf(
        address issuer,
        uint40 from,
        uint40 until,
        uint256 revision
    ) public view returns (StatementView memory seen) {
        StatementView[] storage revisions = _revisions[issuer][from][until];
        if (revision != 0 && revision <= revisions.length) seen = revisions[revision - 1];
    }

    /// @inheritdoc IStatementRegistry
    function latestRevision(address issuer, uint40 from, uint40 until) external view returns (uint256) {
        return _revisions[issuer][from][until].length;
    }

    function _publish(address issuer, Statement calldata statement, uint256 revision) private {
        (uint40 from, uint40 until) = (statement.from, statement.until);
        if (from >= until) revert PeriodEmpty(from, until);
        if (statement.root == 0) revert RootZero();
        if (statement.lineCount == 0) revert LineCountZero();
        uint256 length = bytes(statement.uri).length;
        if (length > LONGEST_URI) revert UriTooLong(length, LONGEST_URI);

        StatementView[] storage revisions = _revisions[issuer][from][until];
        uint256 next = revisions.length + 1;
        if (revision != next) revert RevisionMoved(next, revision);
        revisions.push(StatementView(statement.root, statement.fileHash, statement.lineCount, uint40(block.timestamp)));
        emit StatementPublished(
            issuer,
            from,
            until,
            revision,
            statement.root,
            statement.lineCount,
            statement.fileHash,
            statement.uri
        );
    }

    /// @dev A tree over n leaves is as flat as it can be: its leaves lie floor(log2 n) or ceil(log2 n) below the root.
    ///      What lies elsewhere is no line of a statement that says it has n. One that is not there has neither lines nor a
    ///      root, and nothing hashes to zero.
    function _isDepthOfLeaf(uint256 depth, uint256 lineCount) private pure returns (bool) {
        return depth == Math.log2(lineCount) || depth == Math.log2(lineCount, Math.Rounding.Ceil);
    }

    function _structHash(
        address issuer,
        Statement calldata statement,
        uint256 revision,
        uint256 deadline
    ) private pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    PUBLISH_TYPEHASH,
                    issuer,
                    statement.from,
                    statement.until,
                    revision,
                    statement.root,
                    statement.lineCount,
                    statement.fileHash,
                    keccak256(bytes(statement.uri)),
                    deadline
                )
            );
    }
}
