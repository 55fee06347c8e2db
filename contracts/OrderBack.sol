// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OrderMoney} from "./OrderMoney.sol";
import {ISettlementEscrow, Terms} from "./interfaces/ISettlementEscrow.sol";
import {OrderState, OrderStateLib} from "./libraries/OrderState.sol";
import {TermsLib} from "./libraries/TermsLib.sol";

/// @title Reclaims and refunds once it is known who asks for them: by a call in the escrow, by signature at the desk
abstract contract OrderBack is OrderMoney {
    using TermsLib for Terms;

    /// @dev Takes all that is held out of the order, once it may be reclaimed, and tells how much that is.
    function _reclaim(
        bytes32 id,
        Terms calldata terms,
        Order storage order,
        OrderState state
    ) internal returns (uint256 held) {
        held = state.held();
        if (held == 0) {
            if (!state.isUsed()) revert ISettlementEscrow.UnknownOrder(id);
            revert ISettlementEscrow.NothingHeld(id);
        }
        uint256 captureBy = terms.captureBy();
        if (block.timestamp < captureBy) revert ISettlementEscrow.ReclaimNotOpen(block.timestamp, captureBy);
        order.state = state.lessHeld(held, _noteReturn(terms, order, held));
    }

    /// @dev Refunds an order that exists.
    function _refund(
        bytes32 id,
        Terms calldata terms,
        Order storage order,
        OrderState state,
        uint256 amount,
        uint256 capturedBefore
    ) internal {
        uint256 captured = state.captured();
        if (!_fits(amount, captured, capturedBefore)) _refuseAmount(amount, captured, capturedBefore);
        uint256 releaseAt = state.releaseAt();
        if (block.timestamp >= releaseAt) revert ISettlementEscrow.RefundClosed(block.timestamp, releaseAt);

        uint256 marks = state.marks() | _noteReturn(terms, order, amount);
        order.state = OrderStateLib.pack(state.held(), captured - amount, releaseAt, marks);
        _payBack(ISettlementEscrow.Refunded.selector, id, terms, amount);
    }
}
