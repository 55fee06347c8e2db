// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The split rule once more, written from docs/split.md and not from the contract
library Rule {
    /// @dev What each leg has earned once `released` in all has been released.
    function split(uint256[] memory legs, uint256 released) internal pure returns (uint256[] memory parts) {
        parts = new uint256[](legs.length);
        uint256 left = released;
        uint256 remaining = 1_000_000;
        for (uint256 i = 1; i < legs.length; ++i) {
            uint256 share = shareOf(legs[i]);
            if (isFixed(legs[i])) {
                parts[i] = left < share ? left : share;
            } else {
                parts[i] = (left * share) / remaining;
                remaining -= share;
            }
            left -= parts[i];
        }
        parts[0] = left;
    }

    /// @dev Base units of all fixed legs.
    function fixedSum(uint256[] memory legs) internal pure returns (uint256 sum) {
        for (uint256 i = 1; i < legs.length; ++i) if (isFixed(legs[i])) sum += shareOf(legs[i]);
    }

    function leg(address account, uint256 share, uint256 kind) internal pure returns (uint256) {
        return (uint256(uint160(account)) << 96) | (share << 8) | kind;
    }
    function accountOf(uint256 packed) internal pure returns (address) {
        return address(uint160(packed >> 96));
    }
    function shareOf(uint256 packed) internal pure returns (uint256) {
        return uint88(packed >> 8);
    }
    function isFixed(uint256 packed) internal pure returns (bool) {
        return packed & 0x80 != 0;
    }
}
