// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OrderView, Terms} from "./ISettlementEscrow.sol";

/// @title The rare deeds of an order: terms cancelled, disputes, refunds of what was released, and what may be asked of it
/// @notice A dispute takes part of what is captured out of the reach of everybody until it is resolved: by one side
///         giving in, by the arbiter before `rulingBy`, or from then on by anyone, as the terms say.
interface IOrderDesk {
    /// @notice `amount` moved from captured to under dispute, in the order's dispute number `round`. The arbiter may rule
    ///         before `rulingBy`.
    /// @param evidence what the payer has to say, by its hash or in any other 32 bytes
    event Disputed(bytes32 indexed id, uint256 round, uint256 amount, uint256 rulingBy, bytes32 evidence);
    /// @notice The dispute ended: `toPayer` went back to the payer, to its wallet unless `ReturnCredited` follows, and
    ///         `toLegs` to the credits of the legs, by the split rule.
    /// @param by 1 the payer gave in, 2 the merchant gave in, 3 the arbiter ruled, 4 nobody did in time
    event Resolved(bytes32 indexed id, uint256 round, uint256 toPayer, uint256 toLegs, uint8 by);
    /// @notice `amount` of what was released went back to the payer, to its wallet unless `ReturnCredited` follows. The
    ///         merchant bore all of it: `fromCredit` by its credit, the rest out of its wallet.
    event RefundedReleased(bytes32 indexed id, uint256 amount, uint256 fromCredit);

    /// @notice The terms have no arbiter, so nothing can be disputed.
    error NoArbiter(bytes32 id);
    /// @notice The order's dispute number `round` is open; one at a time.
    error DisputeOpen(bytes32 id, uint256 round);
    /// @notice The order has no open dispute.
    error NoDispute(bytes32 id);
    /// @notice What is captured could be disputed before `releaseAt` only.
    error DisputeClosed(uint256 timestamp, uint256 releaseAt);
    /// @notice Only the payer and the merchant can give in.
    error NotDisputant(address account);
    /// @notice Only the arbiter may rule.
    error NotArbiter(address caller, address arbiter);
    /// @notice The arbiter could rule before `rulingBy` only.
    error RulingClosed(uint256 timestamp, uint256 rulingBy);
    /// @notice Until `rulingBy` the dispute is the arbiter's.
    error RulingOpen(uint256 timestamp, uint256 rulingBy);
    /// @notice Only the merchant may give back what was released.
    error NotMerchant(address caller, address merchant);

    /// @notice The caller, their payer, cancels terms that have not authorized, so that they never do.
    function cancelTerms(Terms calldata terms) external;

    /// @notice The same on the payer's signature over CancelTerms(bytes32 id,uint256 deadline).
    /// @param deadline last second at which the signature is taken
    function cancelTermsWithSignature(Terms calldata terms, uint256 deadline, bytes calldata signature) external;

    /// @notice As `reclaim`, on the payer's signature over Reclaim(bytes32 id,uint256 deadline): paid out to the payer.
    /// @param deadline last second at which the signature is taken
    function reclaimWithSignature(Terms calldata terms, uint256 deadline, bytes calldata signature) external;

    /// @notice The caller, the payer, disputes `amount` of what is captured, or all of it where less is left.
    /// @return round the number of the dispute, from 1 on
    function dispute(Terms calldata terms, uint256 amount, bytes32 evidence) external returns (uint256 round);

    /// @notice The same on the payer's signature over
    ///         Dispute(bytes32 id,uint256 amount,uint256 round,bytes32 evidence,uint256 deadline).
    /// @param round    the number that this dispute gets: one above the order's last. It makes the signature good once
    /// @param deadline last second at which the signature is taken
    function disputeWithSignature(
        Terms calldata terms,
        uint256 amount,
        uint256 round,
        bytes32 evidence,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice The caller gives in: the payer lets the legs have all that is disputed, the merchant the payer.
    /// @param round the number of the open dispute
    function concede(Terms calldata terms, uint256 round) external;

    /// @notice The same on the signature of `account`, payer or merchant, over
    ///         Concede(bytes32 id,uint256 round,uint256 deadline).
    function concedeWithSignature(
        Terms calldata terms,
        address account,
        uint256 round,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice The caller, the arbiter, gives the payer `toPayerPpm` of what is disputed, rounded down, and the legs the
    ///         rest. Before `rulingBy`.
    /// @param round  the number of the open dispute
    /// @param amount what is disputed, as the arbiter knows it
    function rule(Terms calldata terms, uint256 round, uint256 amount, uint256 toPayerPpm) external;

    /// @notice Ends a dispute that nobody ruled, from `rulingBy` on, by the terms' defaultToPayerPpm. The payer's part is
    ///         paid out when the payer calls, credited to it otherwise.
    function endDispute(Terms calldata terms) external;

    /// @notice As `refund`, on the merchant's signature over
    ///         Refund(bytes32 id,uint256 amount,uint256 captured,uint256 nonce,uint256 deadline).
    /// @param capturedBefore what the merchant saw as captured; must be what is captured now
    /// @param nonce          any number the merchant has not used
    /// @param deadline       last second at which the signature is taken
    function refundWithSignature(
        Terms calldata terms,
        uint256 amount,
        uint256 capturedBefore,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice The caller, the merchant, gives the payer `amount` of what was released: out of its credit first, then by
    ///         its allowance, or in ETH by what the call carries. The other legs keep theirs.
    /// @param refundedBefore what went back after release before, so that a repeated call cannot give twice
    function refundReleased(Terms calldata terms, uint256 amount, uint256 refundedBefore) external payable;

    /// @notice The same on the merchant's signature over
    ///         RefundReleased(bytes32 id,uint256 amount,uint256 refunded,uint256 deadline). In ETH the credit must suffice.
    function refundReleasedWithSignature(
        Terms calldata terms,
        uint256 amount,
        uint256 refundedBefore,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Burns a nonce of the caller, so that a signature that carries it is worth nothing.
    function useNonce(uint256 nonce) external;

    /// @notice The id of an order: the EIP-712 digest of its terms in this contract's domain.
    function idOf(Terms calldata terms) external view returns (bytes32);
    /// @notice The quantities of an order; all zero for an id that never authorized.
    /// @param terms the terms themselves: what was returned by a single full exit is derived from their amount
    function orderOf(Terms calldata terms) external view returns (OrderView memory);
    /// @notice Whether `account` has used or burnt `nonce`.
    function isNonceUsed(address account, uint256 nonce) external view returns (bool);
}
