// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The disputes of one order, in one storage word: amount 104 | rulingBy 40 | round 16, lowest first.
/// @dev Amount and rulingBy are zero while no dispute is open; the round stays and counts.
type DisputeState is uint256;

using DisputeStateLib for DisputeState global;

/// @title Reading and writing the word of an order's disputes
library DisputeStateLib {
    /// @notice The word of an open dispute. Callers keep the values inside their widths.
    /// @param amount_   base units under dispute; below 2^104, above zero
    /// @param rulingBy_ second before which the arbiter may rule; below 2^40
    /// @param round_    how many disputes the order has had, this one included; below 2^16
    function pack(uint256 amount_, uint256 rulingBy_, uint256 round_) internal pure returns (DisputeState) {
        return DisputeState.wrap(amount_ | (rulingBy_ << 104) | (round_ << 144));
    }

    /// @notice The word once its dispute has ended.
    function ended(DisputeState state) internal pure returns (DisputeState) {
        return pack(0, 0, state.round());
    }

    /// @notice Base units under dispute; 0 while none is open.
    function amount(DisputeState state) internal pure returns (uint256) {
        return DisputeState.unwrap(state) & type(uint104).max;
    }

    /// @notice Second before which the arbiter may rule; 0 while no dispute is open.
    function rulingBy(DisputeState state) internal pure returns (uint256) {
        return (DisputeState.unwrap(state) >> 104) & type(uint40).max;
    }

    /// @notice How many disputes the order has had.
    function round(DisputeState state) internal pure returns (uint256) {
        return DisputeState.unwrap(state) >> 144;
    }
}
