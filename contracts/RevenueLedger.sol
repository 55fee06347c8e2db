// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EscrowDomain} from "./EscrowDomain.sol";
import {Nonces} from "./Nonces.sol";
import {IRevenueLedger} from "./interfaces/IRevenueLedger.sol";
import {ReentrancyLock} from "./ReentrancyLock.sol";
import {Transfers} from "./libraries/Transfers.sol";

/// @title Credits per account and token
/// @notice Whatever an account earned waits here until the account itself fetches it; nobody is pushed but a payer.
abstract contract RevenueLedger is IRevenueLedger, EscrowDomain, Nonces, ReentrancyLock {
    bytes32 private constant WITHDRAW_TYPEHASH = keccak256(
        "Withdraw(address account,address token,uint256 amount,address to,uint256 nonce,uint256 deadline)"
    );

    /// @dev Gas a push to a payer may spend: enough for wallet contracts and for tokens behind proxies.
    uint256 internal constant PUSH_GAS = 200_000;
    /// @dev What must be left so that PUSH_GAS can be forwarded (63/64 rule, value stipend, new account) and the
    ///      books written afterwards. Else a relayer could make a good push fail by giving it too little.
    uint256 internal constant PUSH_GAS_NEEDED = (PUSH_GAS * 64) / 63 + 60_000;

    /// @dev One above the credit once an account has had any, so that a slot emptied by a withdrawal stays warm.
    struct Credit {
        uint256 stored;
    }

    mapping(address account => mapping(address token => Credit)) private _credits;

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

    /// @inheritdoc IRevenueLedger
    function creditOf(address account, address token) public view returns (uint256) {
        uint256 stored = _credits[account][token].stored;
        return stored == 0 ? 0 : stored - 1;
    }

    function _withdraw(address account, address token, uint256 amount, address to) private {
        if (amount == 0) revert AmountZero();
        if (to == address(0) || to == address(this) || to == token) revert DestinationRefused(to);
        Credit storage credit = _credits[account][token];
        uint256 stored = credit.stored;
        if (amount >= stored) revert CreditTooSmall(stored == 0 ? 0 : stored - 1, amount);

        unchecked {
            credit.stored = stored - amount;
        }
        emit Withdrawn(account, token, to, amount);
        if (!Transfers.send(token, to, amount, gasleft())) revert TransferFailed(token, to, amount);
    }

    /// @dev Adds to a credit. Zero leaves the slot alone.
    function _credit(address account, address token, uint256 amount) internal {
        if (amount == 0) return;
        Credit storage credit = _credits[account][token];
        uint256 stored = credit.stored;
        credit.stored = (stored == 0 ? 1 : stored) + amount;
    }

    /// @dev Sends a payer its money and says whether it went; a push may fail for any reason but too little gas.
    function _push(address account, address token, uint256 amount) internal returns (bool paid) {
        if (gasleft() < PUSH_GAS_NEEDED) revert PushGasTooLow(gasleft(), PUSH_GAS_NEEDED);
        return Transfers.send(token, account, amount, PUSH_GAS);
    }
}
