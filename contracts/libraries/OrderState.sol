// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What one order holds, in one storage word: held 104 | captured 104 | releaseAt 40 | marks 8, lowest first.
/// @dev Zero means that the terms neither authorized nor were cancelled: every used word carries the mark USED, for ever.
type OrderState is uint256;

using OrderStateLib for OrderState global;

/// @title Reading and writing the word of an order
library OrderStateLib {
    /// @dev The terms authorized or were cancelled.
    uint256 internal constant USED = 1;
    /// @dev What was returned to the payer stands in the order's second word.
    uint256 internal constant PARTLY_RETURNED = 2;
    /// @dev The order's third word tells of its disputes.
    uint256 internal constant DISPUTED = 4;
    /// @dev The whole amount went back in one piece, so the terms' amount says how much; the second word stays unused.
    uint256 internal constant ALL_RETURNED = 8;
    /// @dev The payer cancelled the terms before they authorized. Goes with ALL_RETURNED, so that nothing counts as
    ///      released.
    uint256 internal constant CANCELLED = 16;

    uint256 private constant QUANTITY = type(uint104).max;

    /// @notice The word of an order with these quantities. Callers keep them inside their widths.
    /// @param heldNow     base units authorized, neither captured nor returned; below 2^104
    /// @param capturedNow base units captured, waiting for release; below 2^104
    /// @param releaseAt_  second of the public release, below 2^40; dropped when nothing waits
    /// @param marks_      any of the marks above
    function pack(
        uint256 heldNow,
        uint256 capturedNow,
        uint256 releaseAt_,
        uint256 marks_
    ) internal pure returns (OrderState) {
        if (capturedNow == 0) releaseAt_ = 0;
        return OrderState.wrap(heldNow | (capturedNow << 104) | (releaseAt_ << 208) | (marks_ << 248));
    }

    /// @notice The word with `amount` less held and the mark `which`. Callers know that so much is held.
    function lessHeld(OrderState state, uint256 amount, uint256 which) internal pure returns (OrderState) {
        unchecked {
            return OrderState.wrap((OrderState.unwrap(state) - amount) | (which << 248));
        }
    }

    /// @notice Base units authorized, neither captured nor returned.
    function held(OrderState state) internal pure returns (uint256) {
        return OrderState.unwrap(state) & QUANTITY;
    }

    /// @notice Base units captured, waiting for their release.
    function captured(OrderState state) internal pure returns (uint256) {
        return (OrderState.unwrap(state) >> 104) & QUANTITY;
    }

    /// @notice Second from which anyone may release what is captured; 0 while nothing is.
    function releaseAt(OrderState state) internal pure returns (uint256) {
        return (OrderState.unwrap(state) >> 208) & type(uint40).max;
    }

    /// @notice All marks of the order.
    function marks(OrderState state) internal pure returns (uint256) {
        return OrderState.unwrap(state) >> 248;
    }

    /// @notice Whether the terms ever authorized or were cancelled.
    function isUsed(OrderState state) internal pure returns (bool) {
        return OrderState.unwrap(state) != 0;
    }

    /// @notice Whether the order carries the mark `which`.
    function marked(OrderState state, uint256 which) internal pure returns (bool) {
        return marks(state) & which != 0;
    }
}
