// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OddToken} from "./OddToken.sol";

/// @title A second address of the same token
contract SecondDoor {
    OddToken private immutable _token;

    constructor(OddToken token) {
        _token = token;
    }

    function balanceOf(address account) external view returns (uint256) {
        return _token.balanceOf(account);
    }
    function transfer(address to, uint256 value) external returns (bool) {
        return _token.moveByDoor(msg.sender, to, value);
    }
    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        return _token.moveByDoor(from, to, value);
    }
}
