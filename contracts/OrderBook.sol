// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EscrowDomain} from "./EscrowDomain.sol";
import {IRevenueLedger} from "./interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "./interfaces/ISettlementEscrow.sol";
import {DisputeState} from "./libraries/DisputeState.sol";
import {OrderState, OrderStateLib} from "./libraries/OrderState.sol";
import {TermsHash} from "./libraries/TermsHash.sol";
import {TermsLib} from "./libraries/TermsLib.sol";

/// @title Where the quantities of orders are kept
abstract contract OrderBook is EscrowDomain {
    using TermsLib for Terms;

    /// @dev Bits of the second word that tell what was returned before release; those above tell what was after it.
    uint256 private constant RETURNED_BITS = 104;

    /// @dev `returned` is what went back to the payer before release, in the low 104 bits, and after release, in the bits
    ///      above, once the state says so; `disputes` is used once the state says so.
    struct Order {
        OrderState state;
        uint256 returned;
        DisputeState disputes;
    }

    /// @dev The order of these terms; its state is zero where they never authorized.
    ///      An order lies at its id, a keccak digest of 66 bytes, which is as good a place as the keccak of 64 bytes
    ///      that a mapping would use and cannot meet one of those.
    function _find(Terms calldata terms) internal view returns (bytes32 id, Order storage order, OrderState state) {
        // As `_separator`, here once more because a call to it would cost every other call more than it does.
        (uint256 chain, bytes32 separator) = _kept();
        if (block.chainid != chain) separator = _buildSeparator();
        id = TermsHash.digest(terms, separator);
        assembly ("memory-safe") {
            order.slot := id
        }
        state = order.state;
    }

    /// @dev The order of these terms, which authorized or were cancelled.
    function _known(Terms calldata terms) internal view returns (bytes32 id, Order storage order, OrderState state) {
        (id, order, state) = _find(terms);
        if (!state.isUsed()) revert ISettlementEscrow.UnknownOrder(id);
    }

    /// @dev Writes down what goes back before release and tells the mark that says where. A whole amount that goes back
    ///      in one piece needs no second word: the terms say how much it was.
    function _noteReturn(Terms calldata terms, Order storage order, uint256 amount) internal returns (uint256 mark) {
        if (amount == terms.amountOf()) return OrderStateLib.ALL_RETURNED;
        return _notePart(order, amount);
    }

    /// @dev Apart from the common way, which is then so small that it costs no call.
    function _notePart(Order storage order, uint256 amount) private returns (uint256 mark) {
        order.returned += amount;
        return OrderStateLib.PARTLY_RETURNED;
    }

    /// @dev Base units that went back to the payer before release.
    function _returned(Terms calldata terms, Order storage order, OrderState state) internal view returns (uint256) {
        if (state.marked(OrderStateLib.ALL_RETURNED)) return terms.amountOf();
        return state.marked(OrderStateLib.PARTLY_RETURNED) ? uint104(order.returned) : 0;
    }

    /// @dev Base units that went back to the payer after release.
    function _refundedReleased(Order storage order, OrderState state) internal view returns (uint256) {
        return state.marked(OrderStateLib.PARTLY_RETURNED) ? order.returned >> RETURNED_BITS : 0;
    }

    /// @dev Writes down what goes back after release. It was released, so not all can have been returned before.
    function _noteRefundReleased(Order storage order, OrderState state, uint256 amount) internal {
        order.returned += amount << RETURNED_BITS;
        uint256 marks = state.marks() | OrderStateLib.PARTLY_RETURNED;
        order.state = OrderStateLib.pack(state.held(), state.captured(), state.releaseAt(), marks);
    }

    /// @dev The disputes of an order; all zero where it never had one.
    function _disputes(Order storage order, OrderState state) internal view returns (DisputeState) {
        return state.marked(OrderStateLib.DISPUTED) ? order.disputes : DisputeState.wrap(0);
    }

    /// @dev Base units released: what is left of the amount when all else is taken off.
    function _released(
        Terms calldata terms,
        Order storage order,
        OrderState state
    ) internal view returns (uint256 released) {
        released = terms.amountOf() - state.held() - state.captured() - _returned(terms, order, state);
        if (state.marked(OrderStateLib.DISPUTED)) released -= order.disputes.amount();
    }

    /// @dev Whether `amount` is from 1 to all that is available, and that is what the caller believes.
    function _fits(uint256 amount, uint256 available, uint256 expected) internal pure returns (bool fits) {
        assembly ("memory-safe") {
            // One test where all is well; an amount of zero wraps around and is above everything.
            fits := and(eq(available, expected), lt(sub(amount, 1), available))
        }
    }

    /// @dev Says why the amount does not fit. Apart from the test, which is then so small that it costs no call.
    function _refuseAmount(uint256 amount, uint256 available, uint256 expected) internal pure {
        if (available != expected) revert ISettlementEscrow.StateMoved(available, expected);
        if (amount == 0) revert IRevenueLedger.AmountZero();
        revert ISettlementEscrow.AmountAboveAvailable(amount, available);
    }
}
