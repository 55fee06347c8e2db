// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The split as one writes it first: each part floored, the merchant has what is left of this release
/// @dev Kept only to show how it is drained. floor(after * s) - floor(before * s), summed over the others, can be more
///      than what is released now; the merchant's rest is then negative, and wraps.
contract NaiveSplitter {
    uint256 public released;
    mapping(address => uint256) public creditOf;
    uint256 public paidIn;
    address[] private _accounts;
    uint256[] private _percent;

    constructor(address[] memory accounts, uint256[] memory percent) {
        _accounts = accounts;
        _percent = percent;
    }

    function payIn(uint256 amount) external {
        paidIn += amount;
    }

    function release(uint256 amount) external {
        uint256 before = released;
        uint256 afterwards = before + amount;
        released = afterwards;
        unchecked {
            uint256 rest = amount;
            for (uint256 i = 1; i < _accounts.length; ++i) {
                uint256 part = (afterwards * _percent[i]) / 100 - (before * _percent[i]) / 100;
                creditOf[_accounts[i]] += part;
                rest -= part;
            }
            creditOf[_accounts[0]] += rest;
        }
    }

    function withdraw(uint256 amount) external {
        creditOf[msg.sender] -= amount;
        paidIn -= amount;
    }
}
