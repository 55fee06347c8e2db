// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueLedger} from "./interfaces/IRevenueLedger.sol";
import {Transfers} from "./libraries/Transfers.sol";

/// @title Where credits are kept, and how money leaves
abstract contract CreditBook {
    /// @dev Where credits lie, whatever else a contract stores: the escrow and its desks run on the same storage.
    bytes32 private constant SLOT = keccak256("tributary.credits");

    /// @dev One above the credit once an account has had any, so that a slot emptied by a withdrawal stays warm.
    struct Credit {
        uint256 stored;
    }

    struct Credits {
        mapping(address account => mapping(address token => Credit)) byAccount;
    }

    /// @dev Adds to a credit. Zero leaves the slot alone.
    function _credit(address account, address token, uint256 amount) internal {
        if (amount == 0) return;
        Credit storage credit = _creditAt(account, token);
        uint256 stored = credit.stored;
        credit.stored = (stored == 0 ? 1 : stored) + amount;
    }

    /// @dev Takes off a credit, or says that it is too small.
    function _debit(address account, address token, uint256 amount) internal {
        Credit storage credit = _creditAt(account, token);
        uint256 stored = credit.stored;
        if (amount >= stored) revert IRevenueLedger.CreditTooSmall(stored == 0 ? 0 : stored - 1, amount);
        unchecked {
            credit.stored = stored - amount;
        }
    }

    /// @dev What the account may withdraw.
    function _creditOf(address account, address token) internal view returns (uint256) {
        uint256 stored = _creditAt(account, token).stored;
        return stored == 0 ? 0 : stored - 1;
    }

    /// @dev Lets credit leave.
    function _withdraw(address account, address token, uint256 amount, address to) internal {
        if (amount == 0) revert IRevenueLedger.AmountZero();
        if (to == address(0) || to == address(this) || to == token) revert IRevenueLedger.DestinationRefused(to);
        _debit(account, token, amount);
        emit IRevenueLedger.Withdrawn(account, token, to, amount);
        if (!Transfers.send(token, to, amount, gasleft())) revert IRevenueLedger.TransferFailed(token, to, amount);
    }

    function _creditAt(address account, address token) private view returns (Credit storage) {
        Credits storage credits;
        bytes32 slot = SLOT;
        assembly ("memory-safe") {
            credits.slot := slot
        }
        return credits.byAccount[account][token];
    }
}
