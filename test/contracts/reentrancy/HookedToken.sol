// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Reentry} from "./Reentry.sol";

/// @title A token that tells somebody of everything before it does it, and asks nobody for leave
contract HookedToken {
    mapping(address => uint256) public balanceOf;
    Reentry private immutable _told;

    constructor(Reentry told) {
        _told = told;
    }

    function mint(address to, uint256 value) external {
        balanceOf[to] += value;
    }
    function transfer(address to, uint256 value) external returns (bool) {
        return _move(msg.sender, to, value);
    }
    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        return _move(from, to, value);
    }
    function permit(address, address, uint256, uint256, uint8, bytes32, bytes32) external {
        _told.enter();
    }
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256,
        uint256,
        bytes32,
        bytes calldata
    ) external {
        _move(from, to, value);
    }
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256,
        uint256,
        bytes32,
        uint8,
        bytes32,
        bytes32
    ) external {
        _move(from, to, value);
    }

    function _move(address from, address to, uint256 value) private returns (bool) {
        _told.enter();
        balanceOf[from] -= value;
        balanceOf[to] += value;
        return true;
    }
}
