// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Funding} from "../Funding.sol";
import {IRevenueDesk, Withdrawal} from "../interfaces/IRevenueDesk.sol";
import {IRevenueLedger} from "../interfaces/IRevenueLedger.sol";
import {TermsLib} from "../libraries/TermsLib.sol";
import {Distributions} from "./Distributions.sol";
import {RunAtEscrow} from "./RunAtEscrow.sol";

/// @title The desk for what is rarely done with credits
/// @notice The second desk the escrow asks. See Desk for how its code is run.
contract RevenueDesk is RunAtEscrow, Distributions, Funding {
    bytes32 private constant DEPOSIT_TYPEHASH = keccak256(
        "Deposit(address from,address account,address token,uint256 amount,uint256 validBefore,uint256 salt)"
    );
    bytes32 private constant WITHDRAWAL_TYPEHASH = keccak256("Withdrawal(address token,uint256 amount,address to)");
    bytes32 private constant WITHDRAW_MANY_TYPEHASH = keccak256(
        "WithdrawMany(address account,Withdrawal[] withdrawals,uint256 nonce,uint256 deadline)"
        "Withdrawal(address token,uint256 amount,address to)"
    );

    /// @param agreementDesk the desk that is asked next
    constructor(address agreementDesk) RunAtEscrow(agreementDesk) {}

    // --------------------------------------------------------------------------------------------------- deposit

    /// @inheritdoc IRevenueDesk
    function deposit(address account, address token, uint256 amount) external payable atEscrow nonReentrant {
        _checkValue(token, amount);
        _deposit(msg.sender, account, token, amount);
        if (token != address(0)) _pull(token, msg.sender, amount);
    }

    /// @inheritdoc IRevenueDesk
    function depositWithAuthorization(
        address from,
        address account,
        address token,
        uint256 amount,
        uint256 validBefore,
        uint256 salt,
        bytes calldata signature
    ) external atEscrow nonReentrant {
        bytes32 nonce = _digest(
            keccak256(abi.encode(DEPOSIT_TYPEHASH, from, account, token, amount, validBefore, salt))
        );
        _deposit(from, account, token, amount);
        _pullSigned(token, from, amount, validBefore, nonce, signature);
    }

    // -------------------------------------------------------------------------------------------------- withdraw

    /// @inheritdoc IRevenueDesk
    function withdrawMany(Withdrawal[] calldata withdrawals) external nonReentrant {
        _withdrawAll(msg.sender, withdrawals);
    }

    /// @inheritdoc IRevenueDesk
    function withdrawManyWithSignature(
        address account,
        Withdrawal[] calldata withdrawals,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external nonReentrant {
        bytes32[] memory hashes = new bytes32[](withdrawals.length);
        for (uint256 i = 0; i < hashes.length; ++i) {
            hashes[i] = keccak256(abi.encode(WITHDRAWAL_TYPEHASH, withdrawals[i]));
        }
        bytes32 all = keccak256(abi.encodePacked(hashes));
        bytes32 structHash = keccak256(abi.encode(WITHDRAW_MANY_TYPEHASH, account, all, nonce, deadline));
        _checkSigned(account, structHash, deadline, signature);
        _spend(account, nonce);
        _withdrawAll(account, withdrawals);
    }

    /// @inheritdoc IRevenueDesk
    function creditOf(address account, address token) external view returns (uint256) {
        return _creditOf(account, token);
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev Credits what is about to come in.
    function _deposit(address from, address account, address token, uint256 amount) private {
        if (amount == 0) revert IRevenueLedger.AmountZero();
        TermsLib.validateAddress(account, token);
        _credit(account, token, amount);
        emit Deposited(account, token, from, amount);
    }

    function _withdrawAll(address account, Withdrawal[] calldata withdrawals) private {
        for (uint256 i = 0; i < withdrawals.length; ++i) {
            Withdrawal calldata one = withdrawals[i];
            _withdraw(account, one.token, one.amount, one.to);
        }
    }
}
