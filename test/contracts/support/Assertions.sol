// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What a test expects
abstract contract Assertions {
    error NotEqual(string what, uint256 actual, uint256 expected);
    error NotSo(string what);

    function assertEq(uint256 actual, uint256 expected, string memory what) internal pure {
        if (actual != expected) revert NotEqual(what, actual, expected);
    }

    function assertTrue(bool so, string memory what) internal pure {
        if (!so) revert NotSo(what);
    }

    function assertFalse(bool so, string memory what) internal pure {
        if (so) revert NotSo(what);
    }

    function assertLe(uint256 actual, uint256 most, string memory what) internal pure {
        if (actual > most) revert NotEqual(what, actual, most);
    }
}
