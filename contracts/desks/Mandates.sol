// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EscrowDomain} from "../EscrowDomain.sol";
import {Nonces} from "../Nonces.sol";
import {ReentrancyLock} from "../ReentrancyLock.sol";
import {IRevenueDesk, Mandate} from "../interfaces/IRevenueDesk.sol";

/// @title Leave to distribute from another account's credit, within limits that the account set
abstract contract Mandates is IRevenueDesk, EscrowDomain, Nonces, ReentrancyLock {
    bytes32 private constant SET_MANDATE_TYPEHASH = keccak256(
        "SetMandate(address account,address spender,address token,uint88 perCall,uint88 perPeriod,uint32 period,"
        "uint40 until,uint256 nonce,uint256 deadline)"
    );
    /// @dev Where mandates lie, whatever else a contract stores: the escrow and its desks run on the same storage.
    bytes32 private constant SLOT = keccak256("tributary.mandates");

    /// @dev `window` is the number of the period in which `spent` was spent, counted from `setAt`.
    struct Kept {
        Mandate mandate;
        uint88 spent;
        uint40 window;
        uint40 setAt;
    }

    struct MandateBook {
        mapping(address account => mapping(address spender => mapping(address token => Kept))) byAccount;
    }

    /// @inheritdoc IRevenueDesk
    function setMandate(address spender, address token, Mandate calldata mandate) external whenOpen {
        _set(msg.sender, spender, token, mandate);
    }

    /// @inheritdoc IRevenueDesk
    function setMandateWithSignature(
        address account,
        address spender,
        address token,
        Mandate calldata mandate,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external whenOpen {
        bytes32 structHash = keccak256(
            abi.encode(SET_MANDATE_TYPEHASH, account, spender, token, mandate, nonce, deadline)
        );
        _checkSigned(account, structHash, deadline, signature);
        _spend(account, nonce);
        _set(account, spender, token, mandate);
    }

    /// @inheritdoc IRevenueDesk
    function mandateOf(
        address account,
        address spender,
        address token
    ) external view returns (Mandate memory mandate, uint256 left) {
        Kept memory kept = _kept(account, spender, token);
        mandate = kept.mandate;
        if (!_isGood(mandate)) return (mandate, 0);
        left = mandate.perPeriod - (_window(kept) == kept.window ? kept.spent : 0);
    }

    /// @dev Spends `amount` of what `account` lets `spender` distribute, or says why it may not.
    function _spendMandate(address account, address spender, address token, uint256 amount) internal {
        Kept storage place = _kept(account, spender, token);
        Kept memory kept = place;
        Mandate memory mandate = kept.mandate;
        if (!_isGood(mandate)) revert NoMandate(account, spender);
        if (amount > mandate.perCall) revert AboveCallLimit(amount, mandate.perCall);
        uint256 window = _window(kept);
        uint256 spent = window == kept.window ? kept.spent : 0;
        if (amount > mandate.perPeriod - spent) revert AbovePeriodLimit(amount, mandate.perPeriod - spent);
        (place.spent, place.window) = (uint88(spent + amount), uint40(window));
    }

    function _set(address account, address spender, address token, Mandate calldata mandate) private {
        if (mandate.period == 0) revert PeriodZero();
        Kept storage place = _kept(account, spender, token);
        place.mandate = mandate;
        (place.spent, place.window, place.setAt) = (0, 0, uint40(block.timestamp));
        emit MandateSet(account, spender, token, mandate);
    }

    function _isGood(Mandate memory mandate) private view returns (bool) {
        return mandate.perCall != 0 && block.timestamp < mandate.until;
    }

    /// @dev The number of the period that it is now.
    function _window(Kept memory kept) private view returns (uint256) {
        return (block.timestamp - kept.setAt) / kept.mandate.period;
    }

    function _kept(address account, address spender, address token) private view returns (Kept storage) {
        MandateBook storage book;
        bytes32 slot = SLOT;
        assembly ("memory-safe") {
            book.slot := slot
        }
        return book.byAccount[account][spender][token];
    }
}
