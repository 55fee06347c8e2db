// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CreditBook} from "./CreditBook.sol";

/// @title Credits of one call, summed per account before they are written
/// @dev Orders of a batch mostly pay the same accounts. An account has its sum in the first free place from the one that
///      its address ends in; whoever finds none within a few steps is credited at once.
abstract contract BatchCredits is CreditBook {
    uint256 private constant PLACES = 16;
    uint256 private constant STEPS = 4;

    /// @dev An account and its sum for each place, in memory one after the other; a place is free where its account is
    ///      zero. All sums are in one token.
    struct Sheet {
        address token;
        uint256[2 * PLACES] lines;
    }

    /// @dev An empty sheet.
    function _sheet() internal pure returns (Sheet memory sheet) {
        return sheet;
    }

    /// @dev What is entered from here on is in `token`.
    function _turnTo(Sheet memory sheet, address token) internal {
        if (sheet.token == token) return;
        _settle(sheet);
        sheet.token = token;
    }

    /// @dev Adds to an account's sum. Amounts are below 2^104, and no call has 2^152 of them.
    function _enter(Sheet memory sheet, address account, uint256 amount) internal {
        uint256[2 * PLACES] memory lines = sheet.lines;
        bool entered;
        assembly ("memory-safe") {
            let place := account
            for {
                let left := STEPS
            } left {
                left := sub(left, 1)
            } {
                let line := add(lines, shl(6, and(place, sub(PLACES, 1))))
                let there := mload(line)
                if or(iszero(there), eq(there, account)) {
                    mstore(line, account)
                    mstore(add(line, 0x20), add(mload(add(line, 0x20)), amount))
                    entered := 1
                    break
                }
                place := add(place, 1)
            }
        }
        if (!entered) _credit(account, sheet.token, amount);
    }

    /// @dev Writes every sum and clears the sheet.
    function _settle(Sheet memory sheet) internal {
        uint256[2 * PLACES] memory lines = sheet.lines;
        for (uint256 line = 0; line < 2 * PLACES; line += 2) {
            if (lines[line] == 0) continue;
            _credit(address(uint160(lines[line])), sheet.token, lines[line + 1]);
            (lines[line], lines[line + 1]) = (0, 0);
        }
    }
}
