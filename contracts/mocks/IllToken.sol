// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A token that behaves well until it is told to behave like one of those that broke other escrows
/// @notice docs/contracts/tokens.md says what becomes of an order in each. For tests only: anyone may mint, move and switch.
/// @dev Consent is not this token's business: it moves whatever it is asked to move, so that what a caller may take is
///      tested by the caller's own rules alone.
contract IllToken {
    /// @dev Those up to `RefusesZero` bring and send exactly what they are asked to; of the rest nothing is certain.
    enum Mode {
        Fair,
        SaysNothing, // like USDT: no return value
        Reenters, // calls somebody in the middle of every move
        Narrow, // like UNI: refuses amounts of 2^96 and more
        RefusesZero, // reverts on an amount of zero
        SaysFalse, // answers false and moves nothing
        SaysFalseButMoves,
        SaysTrueButKeeps, // answers true and moves nothing
        TakesFee, // the receiver gets a unit less
        TakesFeeFromSender, // the sender loses a unit more
        Bombs, // reverts with 200,000 bytes
        BurnsGas, // takes all the gas it is given
        Reverts,
        Paused,
        Blocks, // refuses whatever touches the blocked account
        HidesBalance // balanceOf reverts
    }

    error Hidden();
    error NoDoor(address caller);
    error Refused();

    mapping(address account => uint256) private _balances;
    mapping(address door => bool) private _doors;
    Mode public mode;
    address public blocked;
    address private _target;
    bytes private _call;
    /// @notice How often a call out of the middle of a move came through.
    uint256 public reentries;

    /// @notice Makes `value` base units out of nothing for `to`.
    function mint(address to, uint256 value) external {
        _balances[to] += value;
    }

    /// @notice Takes `value` away from `account`, as a rebase or an issuer's seizure does.
    function shrink(address account, uint256 value) external {
        _balances[account] -= value;
    }

    /// @notice Behaves like `mode_` from now on.
    function set(Mode mode_) external {
        mode = mode_;
    }

    /// @notice In the mode `Blocks`, whose moves are refused.
    function block_(address account) external {
        blocked = account;
    }

    /// @notice In the mode `Reenters`, what is called in the middle of every move.
    function hook(address target, bytes calldata call_) external {
        (_target, _call) = (target, call_);
    }

    /// @notice Lets a `SecondDoor` move these tokens for its callers.
    function addDoor(address door) external {
        _doors[door] = true;
    }

    /// @notice What `account` owns, whatever the mode.
    function truth(address account) external view returns (uint256) {
        return _balances[account];
    }

    /// @notice Whether this mode brings and sends exactly what is asked.
    function isFair() external view returns (bool) {
        return mode <= Mode.RefusesZero;
    }

    /// @notice Base units of `account`.
    function balanceOf(address account) external view returns (uint256) {
        if (mode == Mode.HidesBalance) revert Hidden();
        return _balances[account];
    }

    /// @notice Moves `value` of the caller's tokens.
    function transfer(address to, uint256 value) external {
        _answer(_move(msg.sender, to, value));
    }

    /// @notice Moves `value` of the tokens of `from`; everybody allows everybody.
    function transferFrom(address from, address to, uint256 value) external {
        _answer(_move(from, to, value));
    }

    /// @notice The same for the callers of a door.
    function moveThroughDoor(address from, address to, uint256 value) external returns (bool) {
        if (!_doors[msg.sender]) revert NoDoor(msg.sender);
        return _move(from, to, value);
    }

    function _move(address from, address to, uint256 value) private returns (bool) {
        if (mode == Mode.Reverts || mode == Mode.Paused) revert Refused();
        if (mode == Mode.Blocks && (to == blocked || from == blocked)) revert Refused();
        if (mode == Mode.Narrow && value > type(uint96).max) revert Refused();
        if (mode == Mode.RefusesZero && value == 0) revert Refused();
        if (mode == Mode.BurnsGas) {
            assembly {
                invalid()
            }
        }
        if (mode == Mode.Bombs) {
            assembly {
                revert(0, 200000)
            }
        }
        if (mode == Mode.Reenters && _target != address(0)) {
            (bool came, ) = _target.call(_call);
            if (came) ++reentries;
        }
        if (mode == Mode.SaysFalse) return false;
        if (mode == Mode.SaysTrueButKeeps) return true;

        _balances[from] -= mode == Mode.TakesFeeFromSender ? value + 1 : value;
        _balances[to] += mode == Mode.TakesFee && value != 0 ? value - 1 : value;
        return mode != Mode.SaysFalseButMoves;
    }

    function _answer(bool ok) private view {
        if (mode == Mode.SaysNothing) return;
        assembly {
            mstore(0, ok)
            return(0, 32)
        }
    }
}
