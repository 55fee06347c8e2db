// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What an issuer says about a period, by the root of its lines
/// @param root      of the Merkle tree over the lines, as StandardMerkleTree of @openzeppelin/merkle-tree builds it: a leaf
///                  is keccak256(keccak256(line)), a pair is hashed in ascending order
/// @param fileHash  SHA-256 of the file that holds all lines; zero for none
/// @param from      first second of the period
/// @param until     first second after it
/// @param lineCount how many lines the tree has
/// @param uri       where that file is, at most 512 bytes; empty for nowhere public
struct Statement {
    bytes32 root;
    bytes32 fileHash;
    uint40 from;
    uint40 until;
    uint32 lineCount;
    string uri;
}

/// @title What is kept of a statement; all zero for one that was never published
/// @param root        of its lines
/// @param fileHash    SHA-256 of the file that holds them; zero for none
/// @param lineCount   how many there are
/// @param publishedAt second in which it was published
struct StatementView {
    bytes32 root;
    bytes32 fileHash;
    uint32 lineCount;
    uint40 publishedAt;
}

/// @title Statements that nobody can change once they are published, and lines anyone can check against them
/// @notice An issuer is any account; what it says about a period is numbered from 1. A correction is the next revision
///         beside the earlier ones, never in their place. There is no owner and no money here.
interface IStatementRegistry {
    /// @notice `issuer` said this about the period from `from` to the second before `until`, as its revision `revision`.
    event StatementPublished(
        address indexed issuer,
        uint40 indexed from,
        uint40 indexed until,
        uint256 revision,
        bytes32 root,
        uint256 lineCount,
        bytes32 fileHash,
        string uri
    );

    /// @notice A period has at least one second: `from` lies before `until`.
    error PeriodEmpty(uint256 from, uint256 until);
    /// @notice A statement without a root would prove nothing.
    error RootZero();
    /// @notice A statement has at least one line.
    error LineCountZero();
    /// @notice The address of the file has `length` bytes, more than `longest`.
    error UriTooLong(uint256 length, uint256 longest);
    /// @notice The issuer's next revision for this period is `next`, not `revision`.
    error RevisionMoved(uint256 next, uint256 revision);
    /// @notice The signature was good until `deadline`.
    error DeadlinePassed(uint256 timestamp, uint256 deadline);
    /// @notice `account` did not sign this.
    error SignatureRefused(address account);

    /// @notice The caller publishes what it says about a period.
    /// @param revision the number this gets: one above the period's last, so that a repeated call does not publish twice
    function publish(Statement calldata statement, uint256 revision) external;

    /// @notice The same on the signature of `issuer` over
    ///         Publish(address issuer,uint40 from,uint40 until,uint256 revision,bytes32 root,uint32 lineCount,
    ///         bytes32 fileHash,string uri,uint256 deadline). Anyone may relay it; the revision makes it good once.
    /// @param deadline  last second at which the signature is taken
    /// @param signature 65 bytes r, s, v of an account, else what the issuer's wallet contract takes
    function publishWithSignature(
        address issuer,
        Statement calldata statement,
        uint256 revision,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Whether `line` is in the statement, by its path to the root. False for a statement that is not there.
    /// @param line  the line as it was encoded, before any hashing
    /// @param proof the siblings on the way up; none where the line is the only one
    function verify(
        address issuer,
        uint40 from,
        uint40 until,
        uint256 revision,
        bytes calldata line,
        bytes32[] calldata proof
    ) external view returns (bool);

    /// @notice What is kept of a revision; all zero for one that is not there.
    function statementOf(
        address issuer,
        uint40 from,
        uint40 until,
        uint256 revision
    ) external view returns (StatementView memory seen);

    /// @notice The number of the last revision that `issuer` published for this very period; 0 for none.
    function latestRevision(address issuer, uint40 from, uint40 until) external view returns (uint256);
}
