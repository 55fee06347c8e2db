// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IllToken} from "./IllToken.sol";

/// @title A second address of the same tokens, as some tokens kept through a migration
contract SecondDoor {
    IllToken private immutable _house;

    constructor(IllToken house) {
        _house = house;
    }

    /// @notice Base units of `account`, which are those of the house.
    function balanceOf(address account) external view returns (uint256) {
        return _house.balanceOf(account);
    }

    /// @notice Moves `value` of the caller's tokens.
    function transfer(address to, uint256 value) external returns (bool) {
        return _house.moveThroughDoor(msg.sender, to, value);
    }

    /// @notice Moves `value` of the tokens of `from`; everybody allows everybody.
    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        return _house.moveThroughDoor(from, to, value);
    }
}
