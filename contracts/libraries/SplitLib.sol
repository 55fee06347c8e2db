// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The split: what each leg has earned is a function of all that was released so far
/// @notice Fixed legs fill first, in order; ppm legs then share what is left, in order; the merchant has the rest.
/// @dev Each step maps what is left before a leg to what is left after it, both without ever falling when more is
///      released, so no later release takes back from a leg what an earlier one gave. docs/split.md has the proof.
///      A leg is account 160 | share 88 | kind 8, the merchant's first, as `Terms` has it.
library SplitLib {
    uint256 internal constant WHOLE_PPM = 1_000_000;
    /// @dev High bit of a leg's kind: its share is an amount in base units, else parts per million.
    uint256 internal constant FIXED = 0x80;

    /// @notice What each leg earns when the cumulative release moves from `before` to `afterwards`.
    /// @param legs       of valid terms: shares sum to the whole, no leg but the merchant's is zero
    /// @param before     base units released so far; at most `afterwards`
    /// @param afterwards base units released including this time; below 2^104
    /// @return parts     base units per leg in the order of `legs`, summing to `afterwards - before`
    function between(
        uint256[] calldata legs,
        uint256 before,
        uint256 afterwards
    ) internal pure returns (uint256[] memory parts) {
        uint256 count = legs.length;
        parts = new uint256[](count);
        uint256 remaining = WHOLE_PPM;
        for (uint256 i = 1; i < count; ++i) {
            uint256 leg = legAt(legs, i);
            uint256 earlier = take(leg, before, remaining);
            uint256 total = take(leg, afterwards, remaining);
            _put(parts, i, total - earlier);
            unchecked {
                // A leg takes at most what is left, and valid ppm legs sum to at most the whole.
                before -= earlier;
                afterwards -= total;
                if (leg & FIXED == 0) remaining -= share(leg);
            }
        }
        _put(parts, 0, afterwards - before);
    }

    /// @notice What a leg takes of `left`, when `remaining` ppm of the whole are shared from here on.
    /// @dev left < 2^104 and share <= remaining <= 10^6, so the product is far from overflow; a valid ppm leg has a
    ///      share above zero, so `remaining` is too.
    function take(uint256 leg, uint256 left, uint256 remaining) internal pure returns (uint256) {
        uint256 part = share(leg);
        if (leg & FIXED != 0) return left < part ? left : part;
        assembly ("memory-safe") {
            part := div(mul(left, part), remaining)
        }
        return part;
    }

    /// @notice The leg at `index`, which callers know to be below the length: a test would cost more than the read.
    function legAt(uint256[] calldata legs, uint256 index) internal pure returns (uint256 leg) {
        assembly ("memory-safe") {
            leg := calldataload(add(legs.offset, shl(5, index)))
        }
    }

    /// @notice The part at `index`, in the same way.
    function partAt(uint256[] memory parts, uint256 index) internal pure returns (uint256 part) {
        assembly ("memory-safe") {
            part := mload(add(parts, shl(5, add(index, 1))))
        }
    }

    /// @notice Parts per million, or base units of a fixed leg.
    function share(uint256 leg) internal pure returns (uint256) {
        return (leg >> 8) & type(uint88).max;
    }

    /// @notice Who earns the leg.
    function account(uint256 leg) internal pure returns (address) {
        return address(uint160(leg >> 96));
    }

    function _put(uint256[] memory parts, uint256 index, uint256 part) private pure {
        assembly ("memory-safe") {
            mstore(add(parts, shl(5, add(index, 1))), part)
        }
    }
}
