// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Tokens that keep to ERC-20 in their own way
contract OddToken {
    enum Kind {
        Plain,
        RevertsOnZero,
        Uint96,
        SaysTrueMovesNothing
    }

    Kind private immutable _kind;
    mapping(address account => uint256) private _balances;
    mapping(address door => bool) private _doors;
    uint256 public zeroMoves;

    constructor(Kind kind) {
        _kind = kind;
        _doors[address(this)] = true;
    }

    function mint(address to, uint256 value) external {
        _balances[to] += value;
    }
    /// @dev What a rebase downwards or a seizure by the issuer does to one account.
    function shrink(address account, uint256 value) external {
        _balances[account] -= value;
    }
    function addDoor(address door) external {
        _doors[door] = true;
    }

    function balanceOf(address account) external view returns (uint256) {
        return _balances[account];
    }
    function transfer(address to, uint256 value) external returns (bool) {
        return _move(msg.sender, to, value);
    }
    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        return _move(from, to, value);
    }
    function moveByDoor(address from, address to, uint256 value) external returns (bool) {
        require(_doors[msg.sender], "no door");
        return _move(from, to, value);
    }

    function _move(address from, address to, uint256 value) private returns (bool) {
        if (value == 0) ++zeroMoves;
        if (_kind == Kind.RevertsOnZero) require(value > 0, "zero");
        if (_kind == Kind.Uint96) require(value <= type(uint96).max, "above 96 bits");
        if (_kind == Kind.SaysTrueMovesNothing) return true;
        _balances[from] -= value;
        _balances[to] += value;
        return true;
    }
}
