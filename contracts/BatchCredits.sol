// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CreditBook} from "./CreditBook.sol";

/// @title Credits of one call, summed per account before they are written
/// @dev Orders of a batch mostly pay the same accounts. A sheet has a place for every account whose address ends in the
///      same four bits; whoever needs a place that another has writes the other's sum first.
abstract contract BatchCredits is CreditBook {
    uint256 private constant PLACES = 16;

    /// @dev All sums are in one token; a place is free where its account is zero.
    struct Sheet {
        address token;
        address[PLACES] accounts;
        uint256[PLACES] sums;
    }

    /// @dev What is entered from here on is in `token`.
    function _turnTo(Sheet memory sheet, address token) internal {
        if (sheet.token == token) return;
        _settle(sheet);
        sheet.token = token;
    }

    /// @dev Adds to an account's sum. Amounts are below 2^104, and no call has 2^152 of them.
    function _enter(Sheet memory sheet, address account, uint256 amount) internal {
        uint256 place = uint160(account) % PLACES;
        address there = sheet.accounts[place];
        if (there == account) {
            unchecked {
                sheet.sums[place] += amount;
            }
        } else {
            if (there != address(0)) _credit(there, sheet.token, sheet.sums[place]);
            sheet.accounts[place] = account;
            sheet.sums[place] = amount;
        }
    }

    /// @dev Writes every sum and clears the sheet.
    function _settle(Sheet memory sheet) internal {
        for (uint256 place = 0; place < PLACES; ++place) {
            address account = sheet.accounts[place];
            if (account == address(0)) continue;
            _credit(account, sheet.token, sheet.sums[place]);
            sheet.accounts[place] = address(0);
        }
    }
}
