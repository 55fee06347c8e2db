// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OrderBook} from "./OrderBook.sol";
import {RevenueLedger} from "./RevenueLedger.sol";
import {ISettlementEscrow, Terms} from "./interfaces/ISettlementEscrow.sol";
import {OrderState, OrderStateLib} from "./libraries/OrderState.sol";
import {TermsLib} from "./libraries/TermsLib.sol";

/// @title Back to the payer: what is held, and what is captured but not released
abstract contract OrderReturn is ISettlementEscrow, OrderBook, RevenueLedger {
    using TermsLib for Terms;

    bytes32 private constant RECLAIM_TYPEHASH = keccak256("Reclaim(bytes32 id,uint256 deadline)");

    /// @inheritdoc ISettlementEscrow
    function void(Terms calldata terms, uint256 amount, uint256 heldBefore) external nonReentrant {
        (bytes32 id, Order storage order, OrderState state) = _find(terms);
        if (!state.isUsed()) revert UnknownOrder(id);
        // Nested, which spares the operator, who calls as a rule, a second test.
        if (msg.sender != terms.operatorOf()) {
            if (msg.sender != terms.merchant()) revert NotVoider(msg.sender, terms.operatorOf());
        }
        uint256 held = state.held();
        if (!_fits(amount, held, heldBefore)) _refuseAmount(amount, held, heldBefore);

        order.state = state.lessHeld(amount, _noteReturn(terms, order, amount));
        _payBack(Voided.selector, id, terms, amount);
    }

    /// @inheritdoc ISettlementEscrow
    function reclaim(Terms calldata terms) external nonReentrant {
        (bytes32 id, Order storage order, OrderState state) = _find(terms);
        uint256 held = _reclaimable(id, terms, state);

        order.state = state.lessHeld(held, _noteReturn(terms, order, held));
        if (msg.sender == terms.payerOf()) return _payBack(Reclaimed.selector, id, terms, held);
        emit Reclaimed(id, held);
        _creditBack(id, terms, held);
    }

    /// @inheritdoc ISettlementEscrow
    function reclaimWithSignature(
        Terms calldata terms,
        uint256 deadline,
        bytes calldata signature
    ) external nonReentrant {
        (bytes32 id, Order storage order, OrderState state) = _find(terms);
        uint256 held = _reclaimable(id, terms, state);
        bytes32 structHash = keccak256(abi.encode(RECLAIM_TYPEHASH, id, deadline));
        _checkSigned(terms.payerOf(), structHash, deadline, signature);

        order.state = state.lessHeld(held, _noteReturn(terms, order, held));
        _payBack(Reclaimed.selector, id, terms, held);
    }

    /// @inheritdoc ISettlementEscrow
    function refund(Terms calldata terms, uint256 amount, uint256 capturedBefore) external nonReentrant {
        (bytes32 id, Order storage order, OrderState state) = _find(terms);
        if (!state.isUsed()) revert UnknownOrder(id);
        if (
            msg.sender != terms.merchant() &&
            !(msg.sender == terms.operatorOf() && terms.flagged(TermsLib.OPERATOR_MAY_REFUND))
        ) revert NotRefunder(msg.sender, terms.merchant());
        uint256 captured = state.captured();
        if (!_fits(amount, captured, capturedBefore)) _refuseAmount(amount, captured, capturedBefore);
        uint256 releaseAt = state.releaseAt();
        if (block.timestamp >= releaseAt) revert RefundClosed(block.timestamp, releaseAt);

        uint256 marks = state.marks() | _noteReturn(terms, order, amount);
        order.state = OrderStateLib.pack(state.held(), captured - amount, releaseAt, marks);
        _payBack(Refunded.selector, id, terms, amount);
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev All that is held, once it may be reclaimed.
    function _reclaimable(bytes32 id, Terms calldata terms, OrderState state) private view returns (uint256 held) {
        if (!state.isUsed()) revert UnknownOrder(id);
        uint256 captureBy = terms.captureBy();
        if (block.timestamp < captureBy) revert ReclaimNotOpen(block.timestamp, captureBy);
        held = state.held();
        if (held == 0) revert NothingHeld(id);
    }

    /// @dev Says by the event of `topic` that `amount` goes back to the payer (Voided, Reclaimed and Refunded are of one
    ///      shape) and pushes it; a push that fails becomes credit.
    function _payBack(bytes32 topic, bytes32 id, Terms calldata terms, uint256 amount) private {
        assembly ("memory-safe") {
            mstore(0x00, amount)
            log2(0x00, 0x20, topic, id)
        }
        if (!_push(terms.payerOf(), terms.tokenOf(), amount)) _creditBack(id, terms, amount);
    }

    /// @dev What went back becomes the payer's credit.
    function _creditBack(bytes32 id, Terms calldata terms, uint256 amount) private {
        _credit(terms.payerOf(), terms.tokenOf(), amount);
        emit ReturnCredited(id, amount);
    }
}
