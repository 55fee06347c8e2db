// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A token that behaves until it is told otherwise
contract HostileToken {
    enum Mode {
        Fair,
        SaysNothing,
        SaysFalse,
        SaysFalseButMoves,
        Bombs,
        BurnsGas,
        Reverts,
        KeepsFee,
        BringsMore,
        HidesBalance
    }

    mapping(address => uint256) private _balances;
    Mode public mode;
    uint256 public senderFee;
    address public blocked;
    bool public paused;

    address private _target;
    bytes private _call;
    bytes public answer;

    function mint(address to, uint256 value) external {
        _balances[to] += value;
    }
    function set(Mode mode_) external {
        mode = mode_;
    }
    function setSenderFee(uint256 fee) external {
        senderFee = fee;
    }
    function setBlocked(address account) external {
        blocked = account;
    }
    function setPaused(bool paused_) external {
        paused = paused_;
    }
    /// @dev Calls `target` in the middle of every move.
    function setHook(address target, bytes calldata call_) external {
        _target = target;
        _call = call_;
        delete answer;
    }

    function balanceOf(address account) external view returns (uint256) {
        require(mode != Mode.HidesBalance, "no balance");
        return _balances[account];
    }

    function transfer(address to, uint256 value) external {
        _answer(_move(msg.sender, to, value));
    }
    function transferFrom(address from, address to, uint256 value) external {
        _answer(_move(from, to, value));
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

    function _move(address from, address to, uint256 value) private returns (bool) {
        require(!paused, "paused");
        require(to != blocked && from != blocked, "blocked");
        require(mode != Mode.Reverts, "no");
        if (mode == Mode.BurnsGas) while (true) {}
        if (_target != address(0)) {
            (, bytes memory said) = _target.call(_call);
            answer = said;
        }
        if (mode == Mode.SaysFalse) return false;
        _balances[from] -= value + senderFee;
        _balances[to] +=
            mode == Mode.KeepsFee
                ? value - 1
                : mode == Mode.BringsMore
                    ? value + 1
                    : value;
        return mode != Mode.SaysFalseButMoves;
    }

    function _answer(bool ok) private view {
        if (mode == Mode.SaysNothing) return;
        if (mode == Mode.Bombs) {
            assembly {
                revert(0, 1000000)
            }
        }
        assembly {
            mstore(0, ok)
            return(0, 32)
        }
    }
}
