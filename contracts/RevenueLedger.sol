// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CreditBook} from "./CreditBook.sol";
import {EscrowDomain} from "./EscrowDomain.sol";
import {Nonces} from "./Nonces.sol";
import {ReentrancyLock} from "./ReentrancyLock.sol";
import {IRevenueLedger} from "./interfaces/IRevenueLedger.sol";

/// @title Credits per account and token
/// @notice Whatever an account earned waits here until the account itself fetches it; nobody is pushed but a payer.
abstract contract RevenueLedger is IRevenueLedger, EscrowDomain, CreditBook, Nonces, ReentrancyLock {
    bytes32 private constant WITHDRAW_TYPEHASH = keccak256(
        "Withdraw(address account,address token,uint256 amount,address to,uint256 nonce,uint256 deadline)"
    );

    /// @inheritdoc IRevenueLedger
    function withdraw(address token, uint256 amount) external nonReentrant {
        _withdraw(msg.sender, token, amount, msg.sender);
    }

    /// @inheritdoc IRevenueLedger
    function withdrawTo(address token, address to, uint256 amount) external nonReentrant {
        _withdraw(msg.sender, token, amount, to);
    }

    /// @inheritdoc IRevenueLedger
    function withdrawWithSignature(
        address account,
        address token,
        uint256 amount,
        address to,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external nonReentrant {
        bytes32 structHash = keccak256(abi.encode(WITHDRAW_TYPEHASH, account, token, amount, to, nonce, deadline));
        _checkSigned(account, structHash, deadline, signature);
        _spend(account, nonce);
        _withdraw(account, token, amount, to);
    }
}
