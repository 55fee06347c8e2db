// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Terms} from "./ISettlementEscrow.sol";

/// @title What a member thinks the payer should get, in ppm of what is disputed
struct Vote {
    address member;
    uint24 toPayerPpm;
}

/// @title Where a panel stands on one dispute
/// @param votes    those cast so far, in the order of the members
/// @param median   lower median of them, which is what the panel would rule now; 0 while there are none
/// @param executed the panel has ruled
struct Tally {
    Vote[] votes;
    uint256 median;
    bool executed;
}

/// @title A panel of arbiters that terms may name as their arbiter
/// @notice Its members vote on what the payer gets of a dispute; anyone may then have the panel rule the lower median of
///         their votes. A dispute is (escrow, order, round, amount): whatever changes one of them is another dispute, with
///         votes of its own. Voting ends `executionTime` before the escrow's `rulingBy`. Members, quorum and execution
///         time are for ever.
interface IArbiterPanel {
    /// @notice `member` voted for `toPayerPpm` to the payer. Votes are final.
    /// @param reason hash of what the member has to say about it, or any other 32 bytes
    event Voted(
        address indexed escrow,
        bytes32 indexed id,
        address indexed member,
        uint256 round,
        uint256 amount,
        uint256 toPayerPpm,
        bytes32 reason
    );
    /// @notice The panel ruled `toPayerPpm` to the payer, the lower median of `votes` votes.
    event Executed(
        address indexed escrow,
        bytes32 indexed id,
        uint256 round,
        uint256 amount,
        uint256 toPayerPpm,
        uint256 votes
    );

    // Panels that nobody may make

    /// @notice A panel has 1 to `most` members.
    error MemberCountOutOfRange(uint256 count, uint256 most);
    /// @notice The quorum is 1 to the number of `members`.
    error QuorumOutOfRange(uint256 quorum, uint256 members);
    /// @notice The time to execute has from `shortest` to `longest` seconds.
    error ExecutionTimeOutOfRange(uint256 executionTime, uint256 shortest, uint256 longest);
    /// @notice The zero address is no member, and nobody is a member twice.
    error MemberRefused(address member);

    // Calls that the dispute's state, the time or the caller's role forbid

    /// @notice `account` is no member.
    error NotMember(address account);
    /// @notice `member` pays or earns by these terms, or operates the order.
    error MemberIsParty(address member);
    /// @notice The terms name another arbiter.
    error ArbiterOfOthers(address arbiter);
    /// @notice The dispute that is open is number `round` over `amount`, or none is where that is 0.
    error DisputeMoved(uint256 round, uint256 amount);
    /// @notice Votes were taken before `closing` only.
    error VotingClosed(uint256 timestamp, uint256 closing);
    /// @notice Until `closing`, or until everybody has voted, the panel does not rule.
    error VotingOpen(uint256 timestamp, uint256 closing);
    /// @notice The panel could rule before `rulingBy` only.
    error RulingClosed(uint256 timestamp, uint256 rulingBy);
    /// @notice A part given in ppm is above `whole`.
    error PpmAboveWhole(uint256 ppm, uint256 whole);
    /// @notice `member` has voted on this dispute.
    error AlreadyVoted(address member);
    /// @notice The panel has ruled this dispute.
    error AlreadyExecuted();
    /// @notice Fewer members voted than the panel needs to rule.
    error TooFewVotes(uint256 votes, uint256 quorum);
    /// @notice The signature was good until `deadline`.
    error DeadlinePassed(uint256 timestamp, uint256 deadline);
    /// @notice `account` did not sign this.
    error SignatureRefused(address account);

    /// @notice The caller, a member, votes on an open dispute.
    /// @param escrow     where the order is
    /// @param terms      of the order; their arbiter is this panel
    /// @param round      number of the dispute
    /// @param amount     what is disputed, as the member knows it
    /// @param toPayerPpm what the payer should get of it; the legs get the rest
    /// @param reason     hash of what the member has to say about it, or any other 32 bytes
    function vote(
        address escrow,
        Terms calldata terms,
        uint256 round,
        uint256 amount,
        uint256 toPayerPpm,
        bytes32 reason
    ) external;

    /// @notice The same on the signature of `member` over
    ///         Vote(address escrow,bytes32 id,uint256 round,uint256 amount,uint256 toPayerPpm,bytes32 reason,
    ///         uint256 deadline). Anyone may relay it; it counts once, for a member votes once.
    /// @param deadline  last second at which the signature is taken
    /// @param signature 65 bytes r, s, v of an account, else what the member's wallet contract takes
    function voteWithSignature(
        address escrow,
        Terms calldata terms,
        uint256 round,
        uint256 amount,
        uint256 toPayerPpm,
        bytes32 reason,
        address member,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Has the panel rule the lower median of the votes: once every member has voted, else from the end of voting
    ///         on where a quorum has; before the escrow's `rulingBy` in any case. By anyone.
    function execute(address escrow, Terms calldata terms, uint256 round, uint256 amount) external;

    /// @notice The votes on a dispute, and what they come to.
    function tally(address escrow, bytes32 id, uint256 round, uint256 amount) external view returns (Tally memory);
    /// @notice Whether `member` voted on a dispute.
    function hasVoted(
        address escrow,
        bytes32 id,
        uint256 round,
        uint256 amount,
        address member
    ) external view returns (bool);
    /// @notice Who votes, in the order given when the panel was made.
    function members() external view returns (address[] memory);
    /// @notice Whether `account` votes.
    function isMember(address account) external view returns (bool);
    /// @notice How many votes the panel needs to rule.
    function quorum() external view returns (uint256);
    /// @notice Seconds between the end of voting and `rulingBy`, in which the panel can be made to rule.
    function executionTime() external view returns (uint256);
}
