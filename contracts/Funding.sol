// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC3009} from "./interfaces/IERC3009.sol";
import {ISettlementEscrow} from "./interfaces/ISettlementEscrow.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {Transfers} from "./libraries/Transfers.sol";

/// @title How money comes in: the escrow itself calls the token, and what it then has more must be the amount exactly
abstract contract Funding {
    /// @dev The call must carry `amount` wei where ETH is asked for, and none where a token is.
    function _checkValue(address token, uint256 amount) internal view {
        uint256 expected = token == address(0) ? amount : 0;
        if (msg.value != expected) revert ISettlementEscrow.ValueMismatch(msg.value, expected);
    }

    /// @dev Fetches `amount` by the allowance of `from`, which has consented to this very payment.
    function _pull(address token, address from, uint256 amount) internal {
        uint256 before = Transfers.balance(token);
        Transfers.pull(token, from, address(this), amount);
        _checkReceived(token, before, amount);
    }

    /// @dev Fetches `amount` by the payer's ERC-3009 authorization of this `nonce`, which is good before `until`.
    function _pullSigned(
        address token,
        address payer,
        uint256 amount,
        uint256 until,
        bytes32 nonce,
        bytes calldata signature
    ) internal {
        if (token == address(0)) revert ISettlementEscrow.AuthorizationNeedsToken();
        uint256 before = Transfers.balance(token);
        if (signature.length == 65) {
            (bytes32 r, bytes32 s, uint8 v) = Signatures.parts(signature);
            IERC3009(token).receiveWithAuthorization(payer, address(this), amount, 0, until, nonce, v, r, s);
        } else {
            IERC3009(token).receiveWithAuthorization(payer, address(this), amount, 0, until, nonce, signature);
        }
        _checkReceived(token, before, amount);
    }

    function _checkReceived(address token, uint256 before, uint256 amount) private view {
        uint256 received = Transfers.balance(token) - before;
        if (received != amount) revert ISettlementEscrow.ReceivedWrongAmount(received, amount);
    }
}
