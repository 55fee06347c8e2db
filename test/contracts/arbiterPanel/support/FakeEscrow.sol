// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderDesk} from "../../../../contracts/interfaces/IOrderDesk.sol";
import {ISettlementEscrow, OrderView, Terms} from "../../../../contracts/interfaces/ISettlementEscrow.sol";

/// @title Disputes as an escrow keeps them, opened by whoever says so
/// @dev It lets be ruled what the real one would. As a hostile one it also says whatever it is told to, and calls back.
contract FakeEscrow {
    struct Ruling {
        uint256 round;
        uint256 amount;
        uint256 toPayerPpm;
        uint256 times;
    }

    mapping(bytes32 id => OrderView) private _orders;
    mapping(bytes32 id => Ruling) private _rulings;
    bytes32 private _idOfAll;
    bool private _lax;
    address private _target;
    bytes private _call;
    bytes public answer;

    function open(Terms calldata terms, uint256 amount, uint256 rulingBy) external returns (uint256 round) {
        OrderView storage order = _orders[idOf(terms)];
        order.used = true;
        order.disputed = uint104(amount);
        order.rulingBy = uint40(rulingBy);
        return ++order.round;
    }

    /// @dev As by a concession: nothing is disputed any more.
    function close(Terms calldata terms) external {
        _close(idOf(terms));
    }

    function rule(Terms calldata terms, uint256 round, uint256 amount, uint256 toPayerPpm) external {
        bytes32 id = idOf(terms);
        OrderView memory order = _orders[id];
        if (!_lax) {
            if (msg.sender != terms.arbiter) revert IOrderDesk.NotArbiter(msg.sender, terms.arbiter);
            if (order.disputed == 0) revert IOrderDesk.NoDispute(id);
            if (order.round != round) revert ISettlementEscrow.StateMoved(order.round, round);
            if (order.disputed != amount) revert ISettlementEscrow.StateMoved(order.disputed, amount);
            if (block.timestamp >= order.rulingBy) revert IOrderDesk.RulingClosed(block.timestamp, order.rulingBy);
            _close(id);
        }
        _rulings[id] = Ruling(round, amount, toPayerPpm, _rulings[id].times + 1);
        if (_target != address(0)) (, answer) = _target.call(_call);
    }

    // What a hostile one does

    /// @dev From now on every order is this one.
    function pretend(bytes32 id) external {
        _idOfAll = id;
    }

    /// @dev From now on disputes stay open and everybody may rule everything.
    function beLax() external {
        _lax = true;
    }

    /// @dev From now on whoever rules is called back.
    function setHook(address target, bytes calldata call_) external {
        _target = target;
        _call = call_;
    }

    // Views

    function idOf(Terms calldata terms) public view returns (bytes32) {
        return _idOfAll == 0 ? keccak256(abi.encode(terms)) : _idOfAll;
    }
    function orderOf(Terms calldata terms) external view returns (OrderView memory) {
        return _orders[idOf(terms)];
    }
    function rulingOf(Terms calldata terms) external view returns (Ruling memory) {
        return _rulings[idOf(terms)];
    }

    function _close(bytes32 id) private {
        _orders[id].disputed = 0;
        _orders[id].rulingBy = 0;
    }
}
