// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IArbiterPanel, Tally, Vote} from "./interfaces/IArbiterPanel.sol";
import {IOrderDesk} from "./interfaces/IOrderDesk.sol";
import {OrderView, Terms} from "./interfaces/ISettlementEscrow.sol";
import {Signatures} from "./libraries/Signatures.sol";

/// @title Arbiter panel
/// @notice Lets its members vote on disputes and rules the lower median of their votes.
/// @dev It serves every escrow of this face. An escrow is asked by staticcall only, until the one call that rules, which
///      comes after everything is written down; and since its address is a part of the key under which votes are kept, one
///      that lies changes nothing but votes about itself.
contract ArbiterPanel is IArbiterPanel, EIP712 {
    uint256 private constant WHOLE_PPM = 1_000_000;
    uint256 private constant MOST_MEMBERS = 15;
    uint256 private constant SHORTEST_EXECUTION = 1 hours;
    uint256 private constant LONGEST_EXECUTION = 7 days;
    bytes32 private constant VOTE_TYPEHASH = keccak256(
        "Vote(address escrow,bytes32 id,uint256 round,uint256 amount,uint256 toPayerPpm,bytes32 reason,uint256 deadline)"
    );

    /// @dev A vote is kept as its ppm plus one in 20 bits, so that nothing is no vote; 12 seats fill 240 bits of a word.
    uint256 private constant MARK_BITS = 20;
    uint256 private constant MARK_MASK = (1 << MARK_BITS) - 1;
    uint256 private constant SEATS_PER_WORD = 12;
    /// @dev In the first word: the panel has ruled.
    uint256 private constant EXECUTED = 1 << 255;

    /// @dev What members vote on; the hash of it is where their votes are.
    struct Dispute {
        address escrow;
        bytes32 id;
        uint256 round;
        uint256 amount;
    }

    /// @inheritdoc IArbiterPanel
    uint256 public immutable quorum;
    /// @inheritdoc IArbiterPanel
    uint256 public immutable executionTime;
    uint256 private immutable _seats;

    address[] private _members;
    /// @dev From 1 on, in the order of `_members`.
    mapping(address member => uint256 seat) private _seatOf;
    /// @dev The second word is for the seats from 13 on.
    mapping(bytes32 key => uint256[2] words) private _ballots;

    /// @param members_       1 to 15 accounts
    /// @param quorum_        how many of them must vote for the panel to rule
    /// @param executionTime_ seconds, 1 hour to 7 days. Terms whose rulingTime is not longer leave no time to vote
    constructor(
        address[] memory members_,
        uint256 quorum_,
        uint256 executionTime_
    ) EIP712("Tributary Arbiter Panel", "1") {
        uint256 count = members_.length;
        if (count == 0 || count > MOST_MEMBERS) revert MemberCountOutOfRange(count, MOST_MEMBERS);
        if (quorum_ == 0 || quorum_ > count) revert QuorumOutOfRange(quorum_, count);
        if (executionTime_ < SHORTEST_EXECUTION || executionTime_ > LONGEST_EXECUTION) {
            revert ExecutionTimeOutOfRange(executionTime_, SHORTEST_EXECUTION, LONGEST_EXECUTION);
        }
        for (uint256 i = 0; i < count; ++i) {
            address member = members_[i];
            if (member == address(0) || _seatOf[member] != 0) revert MemberRefused(member);
            _seatOf[member] = i + 1;
        }
        _members = members_;
        _seats = count;
        quorum = quorum_;
        executionTime = executionTime_;
    }

    // ------------------------------------------------------------------------------------------------------ vote

    /// @inheritdoc IArbiterPanel
    function vote(
        address escrow,
        Terms calldata terms,
        uint256 round,
        uint256 amount,
        uint256 toPayerPpm,
        bytes32 reason
    ) external {
        _vote(Dispute(escrow, IOrderDesk(escrow).idOf(terms), round, amount), terms, toPayerPpm, reason, msg.sender);
    }

    /// @inheritdoc IArbiterPanel
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
    ) external {
        if (block.timestamp > deadline) revert DeadlinePassed(block.timestamp, deadline);
        Dispute memory dispute = Dispute(escrow, IOrderDesk(escrow).idOf(terms), round, amount);
        bytes32 structHash = keccak256(abi.encode(VOTE_TYPEHASH, dispute, toPayerPpm, reason, deadline));
        if (!Signatures.isSignedBy(member, _hashTypedDataV4(structHash), signature)) revert SignatureRefused(member);
        _vote(dispute, terms, toPayerPpm, reason, member);
    }

    // --------------------------------------------------------------------------------------------------- execute

    /// @inheritdoc IArbiterPanel
    function execute(address escrow, Terms calldata terms, uint256 round, uint256 amount) external {
        Dispute memory dispute = Dispute(escrow, IOrderDesk(escrow).idOf(terms), round, amount);
        uint256 rulingBy = _rulingBy(dispute, terms);
        if (block.timestamp >= rulingBy) revert RulingClosed(block.timestamp, rulingBy);

        bytes32 key = _keyOf(dispute);
        (uint256[] memory marks, uint256 votes, bool executed) = _marksOf(key);
        if (executed) revert AlreadyExecuted();
        uint256 closing = _closing(rulingBy);
        if (votes < _seats && block.timestamp < closing) revert VotingOpen(block.timestamp, closing);
        if (votes < quorum) revert TooFewVotes(votes, quorum);

        uint256 toPayerPpm = _lowerMedian(marks, votes);
        _ballots[key][0] |= EXECUTED;
        emit Executed(escrow, dispute.id, round, amount, toPayerPpm, votes);
        IOrderDesk(escrow).rule(terms, round, amount, toPayerPpm);
    }

    // ----------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IArbiterPanel
    function tally(
        address escrow,
        bytes32 id,
        uint256 round,
        uint256 amount
    ) external view returns (Tally memory standing) {
        (uint256[] memory marks, uint256 votes, bool executed) = _marksOf(_keyOf(Dispute(escrow, id, round, amount)));
        standing.executed = executed;
        standing.votes = new Vote[](votes);
        uint256 cast;
        for (uint256 seat = 0; seat < _seats; ++seat) {
            if (marks[seat] != 0) standing.votes[cast++] = Vote(_members[seat], uint24(marks[seat] - 1));
        }
        if (votes != 0) standing.median = _lowerMedian(marks, votes);
    }

    /// @inheritdoc IArbiterPanel
    function hasVoted(
        address escrow,
        bytes32 id,
        uint256 round,
        uint256 amount,
        address member
    ) external view returns (bool) {
        if (!isMember(member)) return false;
        (uint256 word, uint256 shift) = _placeOf(_seatOf[member] - 1);
        return _ballots[_keyOf(Dispute(escrow, id, round, amount))][word] & (MARK_MASK << shift) != 0;
    }

    /// @inheritdoc IArbiterPanel
    function members() external view returns (address[] memory) {
        return _members;
    }

    /// @inheritdoc IArbiterPanel
    function isMember(address account) public view returns (bool) {
        return _seatOf[account] != 0;
    }

    // ------------------------------------------------------------------------------------------------- internals

    function _vote(
        Dispute memory dispute,
        Terms calldata terms,
        uint256 toPayerPpm,
        bytes32 reason,
        address member
    ) private {
        if (!isMember(member)) revert NotMember(member);
        if (_isParty(terms, member)) revert MemberIsParty(member);
        if (toPayerPpm > WHOLE_PPM) revert PpmAboveWhole(toPayerPpm, WHOLE_PPM);
        uint256 closing = _closing(_rulingBy(dispute, terms));
        if (block.timestamp >= closing) revert VotingClosed(block.timestamp, closing);

        (uint256 word, uint256 shift) = _placeOf(_seatOf[member] - 1);
        uint256[2] storage words = _ballots[_keyOf(dispute)];
        if (words[word] & (MARK_MASK << shift) != 0) revert AlreadyVoted(member);
        words[word] |= (toPayerPpm + 1) << shift;
        emit Voted(dispute.escrow, dispute.id, member, dispute.round, dispute.amount, toPayerPpm, reason);
    }

    /// @dev Until when the escrow takes a ruling. Reverts unless this very dispute is open and this panel its arbiter.
    function _rulingBy(Dispute memory dispute, Terms calldata terms) private view returns (uint256) {
        if (terms.arbiter != address(this)) revert ArbiterOfOthers(terms.arbiter);
        OrderView memory order = IOrderDesk(dispute.escrow).orderOf(terms);
        bool same = order.round == dispute.round && order.disputed == dispute.amount;
        if (!same || dispute.amount == 0) revert DisputeMoved(order.round, order.disputed);
        return order.rulingBy;
    }

    /// @dev Second from which no vote is taken.
    function _closing(uint256 rulingBy) private view returns (uint256) {
        return rulingBy > executionTime ? rulingBy - executionTime : 0;
    }

    /// @dev Nobody judges a case of its own. Who acts by another account is not seen here.
    function _isParty(Terms calldata terms, address member) private pure returns (bool) {
        if (member == terms.payer || member == terms.operator) return true;
        for (uint256 i = 0; i < terms.legs.length; ++i) {
            if (member == address(uint160(terms.legs[i] >> 96))) return true;
        }
        return false;
    }

    function _keyOf(Dispute memory dispute) private pure returns (bytes32) {
        return keccak256(abi.encode(dispute));
    }

    /// @dev Where the mark of a seat, from 0 on, lies.
    function _placeOf(uint256 seat) private pure returns (uint256 word, uint256 shift) {
        return (seat / SEATS_PER_WORD, (seat % SEATS_PER_WORD) * MARK_BITS);
    }

    /// @dev For each seat its ppm plus one, or 0 where it did not vote.
    function _marksOf(bytes32 key) private view returns (uint256[] memory marks, uint256 votes, bool executed) {
        uint256[2] memory words = _ballots[key];
        marks = new uint256[](_seats);
        for (uint256 seat = 0; seat < _seats; ++seat) {
            (uint256 word, uint256 shift) = _placeOf(seat);
            marks[seat] = (words[word] >> shift) & MARK_MASK;
            if (marks[seat] != 0) ++votes;
        }
        executed = words[0] & EXECUTED != 0;
    }

    /// @dev The middle one of at least one vote in ascending order; of two in the middle the lower.
    function _lowerMedian(uint256[] memory marks, uint256 votes) private pure returns (uint256) {
        uint256[] memory sorted = new uint256[](votes);
        uint256 count;
        for (uint256 seat = 0; seat < marks.length; ++seat) {
            if (marks[seat] == 0) continue;
            uint256 place = count++;
            for (; place != 0 && sorted[place - 1] > marks[seat]; --place) sorted[place] = sorted[place - 1];
            sorted[place] = marks[seat];
        }
        return sorted[(votes - 1) / 2] - 1;
    }
}
