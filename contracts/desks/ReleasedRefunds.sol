// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Funding} from "../Funding.sol";
import {OrderMoney} from "../OrderMoney.sol";
import {ReentrancyLock} from "../ReentrancyLock.sol";
import {IOrderDesk} from "../interfaces/IOrderDesk.sol";
import {IRevenueLedger} from "../interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../interfaces/ISettlementEscrow.sol";
import {OrderState} from "../libraries/OrderState.sol";
import {TermsLib} from "../libraries/TermsLib.sol";

/// @title Back to the payer after release: the merchant bears it, since only the merchant sold
abstract contract ReleasedRefunds is IOrderDesk, OrderMoney, Funding, ReentrancyLock {
    using TermsLib for Terms;

    bytes32 private constant REFUND_RELEASED_TYPEHASH = keccak256(
        "RefundReleased(bytes32 id,uint256 amount,uint256 refunded,uint256 deadline)"
    );

    /// @inheritdoc IOrderDesk
    function refundReleased(
        Terms calldata terms,
        uint256 amount,
        uint256 refundedBefore
    ) external payable nonReentrant {
        (bytes32 id, Order storage order, OrderState state) = _known(terms);
        if (msg.sender != terms.merchant()) revert NotMerchant(msg.sender, terms.merchant());
        uint256 fromCredit = _refundReleased(terms, order, state, amount, refundedBefore);
        address token = terms.tokenOf();
        _checkValue(token, amount - fromCredit);
        _giveBack(id, terms, amount, fromCredit);
    }

    /// @inheritdoc IOrderDesk
    function refundReleasedWithSignature(
        Terms calldata terms,
        uint256 amount,
        uint256 refundedBefore,
        uint256 deadline,
        bytes calldata signature
    ) external nonReentrant {
        (bytes32 id, Order storage order, OrderState state) = _known(terms);
        bytes32 structHash = keccak256(abi.encode(REFUND_RELEASED_TYPEHASH, id, amount, refundedBefore, deadline));
        _checkSigned(terms.merchant(), structHash, deadline, signature);
        uint256 fromCredit = _refundReleased(terms, order, state, amount, refundedBefore);
        if (terms.tokenOf() == address(0) && fromCredit != amount) {
            revert IRevenueLedger.CreditTooSmall(fromCredit, amount);
        }
        _giveBack(id, terms, amount, fromCredit);
    }

    /// @dev Writes down that `amount` goes back and takes as much of it as there is from the merchant's credit.
    function _refundReleased(
        Terms calldata terms,
        Order storage order,
        OrderState state,
        uint256 amount,
        uint256 refundedBefore
    ) private returns (uint256 fromCredit) {
        uint256 refunded = _refundedReleased(order, state);
        if (refunded != refundedBefore) revert ISettlementEscrow.StateMoved(refunded, refundedBefore);
        if (amount == 0) revert IRevenueLedger.AmountZero();
        uint256 available = _released(terms, order, state) - refunded;
        if (amount > available) revert ISettlementEscrow.AmountAboveAvailable(amount, available);
        _noteRefundReleased(order, state, amount);

        (address merchant, address token) = (terms.merchant(), terms.tokenOf());
        uint256 credit = _creditOf(merchant, token);
        fromCredit = credit < amount ? credit : amount;
        if (fromCredit != 0) _debit(merchant, token, fromCredit);
    }

    /// @dev Fetches what the merchant's credit could not bear, if that is a token, and sends the payer all of it.
    function _giveBack(bytes32 id, Terms calldata terms, uint256 amount, uint256 fromCredit) private {
        address token = terms.tokenOf();
        if (token != address(0) && fromCredit != amount) _pull(token, terms.merchant(), amount - fromCredit);
        emit RefundedReleased(id, amount, fromCredit);
        _pushBack(id, terms, amount);
    }
}
