// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OrderBack} from "../OrderBack.sol";
import {ReentrancyLock} from "../ReentrancyLock.sol";
import {IOrderDesk} from "../interfaces/IOrderDesk.sol";
import {IRevenueLedger} from "../interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../interfaces/ISettlementEscrow.sol";
import {DisputeState, DisputeStateLib} from "../libraries/DisputeState.sol";
import {OrderState, OrderStateLib} from "../libraries/OrderState.sol";
import {SplitLib} from "../libraries/SplitLib.sol";
import {TermsLib} from "../libraries/TermsLib.sol";

/// @title Disputes over what is captured
/// @dev The escrow never calls an arbiter; whoever is one calls. Every decision on a dispute names its round, so that what
///      was meant for one dispute cannot end another.
abstract contract Disputes is IOrderDesk, OrderBack, ReentrancyLock {
    using TermsLib for Terms;

    bytes32 private constant DISPUTE_TYPEHASH = keccak256(
        "Dispute(bytes32 id,uint256 amount,uint256 round,bytes32 evidence,uint256 deadline)"
    );
    bytes32 private constant CONCEDE_TYPEHASH = keccak256("Concede(bytes32 id,uint256 round,uint256 deadline)");

    uint8 private constant BY_PAYER = 1;
    uint8 private constant BY_MERCHANT = 2;
    uint8 private constant BY_ARBITER = 3;
    uint8 private constant BY_TIME = 4;

    // -------------------------------------------------------------------------------------------------- beginning

    /// @inheritdoc IOrderDesk
    function dispute(Terms calldata terms, uint256 amount, bytes32 evidence) external whenOpen returns (uint256 round) {
        (bytes32 id, Order storage order, OrderState state) = _disputable(terms);
        if (msg.sender != terms.payerOf()) revert ISettlementEscrow.NotPayer(msg.sender, terms.payerOf());
        DisputeState disputes = _disputes(order, state);
        round = disputes.round() + 1;
        _dispute(id, terms, order, state, disputes, amount, evidence);
    }

    /// @inheritdoc IOrderDesk
    function disputeWithSignature(
        Terms calldata terms,
        uint256 amount,
        uint256 round,
        bytes32 evidence,
        uint256 deadline,
        bytes calldata signature
    ) external whenOpen {
        (bytes32 id, Order storage order, OrderState state) = _disputable(terms);
        bytes32 structHash = keccak256(abi.encode(DISPUTE_TYPEHASH, id, amount, round, evidence, deadline));
        _checkSigned(terms.payerOf(), structHash, deadline, signature);
        DisputeState disputes = _disputes(order, state);
        if (round != disputes.round() + 1) revert ISettlementEscrow.StateMoved(disputes.round() + 1, round);
        _dispute(id, terms, order, state, disputes, amount, evidence);
    }

    // ---------------------------------------------------------------------------------------------------- ends

    /// @inheritdoc IOrderDesk
    function concede(Terms calldata terms, uint256 round) external nonReentrant {
        _concede(terms, msg.sender, round, 0, msg.data[0:0]);
    }

    /// @inheritdoc IOrderDesk
    function concedeWithSignature(
        Terms calldata terms,
        address account,
        uint256 round,
        uint256 deadline,
        bytes calldata signature
    ) external nonReentrant {
        _concede(terms, account, round, deadline, signature);
    }

    /// @inheritdoc IOrderDesk
    function rule(Terms calldata terms, uint256 round, uint256 amount, uint256 toPayerPpm) external nonReentrant {
        (bytes32 id, Order storage order, OrderState state) = _known(terms);
        if (msg.sender != terms.arbiterOf()) revert NotArbiter(msg.sender, terms.arbiterOf());
        DisputeState disputes = _openDispute(id, order, state);
        if (disputes.round() != round) revert ISettlementEscrow.StateMoved(disputes.round(), round);
        if (disputes.amount() != amount) revert ISettlementEscrow.StateMoved(disputes.amount(), amount);
        uint256 rulingBy = disputes.rulingBy();
        if (block.timestamp >= rulingBy) revert RulingClosed(block.timestamp, rulingBy);
        if (toPayerPpm > SplitLib.WHOLE_PPM) revert ISettlementEscrow.PpmAboveWhole(toPayerPpm, SplitLib.WHOLE_PPM);

        uint256 toPayer = (amount * toPayerPpm) / SplitLib.WHOLE_PPM;
        _resolve(id, terms, order, state, toPayer, BY_ARBITER);
        if (toPayer != 0) _pushBack(id, terms, toPayer);
    }

    /// @inheritdoc IOrderDesk
    function endDispute(Terms calldata terms) external nonReentrant {
        (bytes32 id, Order storage order, OrderState state) = _known(terms);
        DisputeState disputes = _openDispute(id, order, state);
        uint256 rulingBy = disputes.rulingBy();
        if (block.timestamp < rulingBy) revert RulingOpen(block.timestamp, rulingBy);

        uint256 toPayer = (disputes.amount() * terms.defaultToPayerPpm()) / SplitLib.WHOLE_PPM;
        _resolve(id, terms, order, state, toPayer, BY_TIME);
        if (toPayer == 0) return;
        if (msg.sender == terms.payerOf()) _pushBack(id, terms, toPayer);
        else _creditBack(id, terms, toPayer);
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev An order that exists and whose terms have an arbiter.
    function _disputable(
        Terms calldata terms
    ) private view returns (bytes32 id, Order storage order, OrderState state) {
        (id, order, state) = _known(terms);
        if (terms.arbiterOf() == address(0)) revert NoArbiter(id);
    }

    /// @dev The dispute that is open.
    function _openDispute(bytes32 id, Order storage order, OrderState state) private view returns (DisputeState open) {
        open = _disputes(order, state);
        if (open.amount() == 0) revert NoDispute(id);
    }

    function _dispute(
        bytes32 id,
        Terms calldata terms,
        Order storage order,
        OrderState state,
        DisputeState disputes,
        uint256 amount,
        bytes32 evidence
    ) private {
        uint256 round = disputes.round();
        if (disputes.amount() != 0) revert DisputeOpen(id, round);
        if (amount == 0) revert IRevenueLedger.AmountZero();
        uint256 captured = state.captured();
        if (captured == 0) revert ISettlementEscrow.NothingCaptured(id);
        uint256 releaseAt = state.releaseAt();
        if (block.timestamp >= releaseAt) revert DisputeClosed(block.timestamp, releaseAt);
        // No more than there is: else a merchant could stall a dispute by refunding one unit before it.
        if (amount > captured) amount = captured;

        uint256 rulingBy = block.timestamp + terms.rulingTime();
        uint256 marks = state.marks() | OrderStateLib.DISPUTED;
        order.state = OrderStateLib.pack(state.held(), captured - amount, releaseAt, marks);
        // Checked in 16 bits: whoever had 65,535 disputes has no more, rather than the first rounds again.
        uint16 next = uint16(round) + 1;
        order.disputes = DisputeStateLib.pack(amount, rulingBy, next);
        emit Disputed(id, next, amount, rulingBy, evidence);
    }

    /// @dev `account` is the caller, or signed.
    function _concede(
        Terms calldata terms,
        address account,
        uint256 round,
        uint256 deadline,
        bytes calldata signature
    ) private {
        (bytes32 id, Order storage order, OrderState state) = _known(terms);
        if (account != msg.sender) {
            bytes32 structHash = keccak256(abi.encode(CONCEDE_TYPEHASH, id, round, deadline));
            _checkSigned(account, structHash, deadline, signature);
        }
        DisputeState disputes = _openDispute(id, order, state);
        if (disputes.round() != round) revert ISettlementEscrow.StateMoved(disputes.round(), round);

        if (account == terms.payerOf()) {
            _resolve(id, terms, order, state, 0, BY_PAYER);
        } else if (account == terms.merchant()) {
            uint256 amount = disputes.amount();
            _resolve(id, terms, order, state, amount, BY_MERCHANT);
            _pushBack(id, terms, amount);
        } else {
            revert NotDisputant(account);
        }
    }

    /// @dev Ends the open dispute: `toPayer` of it counts as returned and is the caller's to send, the rest is the legs'.
    function _resolve(
        bytes32 id,
        Terms calldata terms,
        Order storage order,
        OrderState state,
        uint256 toPayer,
        uint8 by
    ) private {
        DisputeState disputes = order.disputes;
        uint256 toLegs = disputes.amount() - toPayer;
        uint256 released = _released(terms, order, state);
        order.disputes = disputes.ended();
        if (toPayer != 0) {
            uint256 marks = state.marks() | _noteReturn(terms, order, toPayer);
            order.state = OrderStateLib.pack(state.held(), state.captured(), state.releaseAt(), marks);
        }
        if (toLegs != 0) _creditLegs(terms, released, toLegs);
        emit Resolved(id, disputes.round(), toPayer, toLegs, by);
    }
}
