// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgreementBook} from "./AgreementBook.sol";
import {Funding} from "./Funding.sol";
import {OrderMoney} from "./OrderMoney.sol";
import {ReentrancyLock} from "./ReentrancyLock.sol";
import {ISettlementEscrow, Permit, Terms} from "./interfaces/ISettlementEscrow.sol";
import {AgreementContent} from "./libraries/AgreementContent.sol";
import {OrderState, OrderStateLib} from "./libraries/OrderState.sol";
import {TermsHash} from "./libraries/TermsHash.sol";
import {TermsLib} from "./libraries/TermsLib.sol";
import {Transfers} from "./libraries/Transfers.sol";

/// @title The beginning of an order: its money comes in on its payer's consent
abstract contract OrderAuthorization is ISettlementEscrow, OrderMoney, AgreementBook, Funding, ReentrancyLock {
    using AgreementContent for bytes;
    using TermsLib for Terms;

    bytes32 private constant FROM_CREDIT_TYPEHASH = keccak256("AuthorizeWithCredit(bytes32 id)");

    uint8 private constant ROUTE_ALLOWANCE = 1;
    uint8 private constant ROUTE_ETH = 2;
    uint8 private constant ROUTE_ERC3009 = 3;
    uint8 private constant ROUTE_CREDIT = 4;

    uint256 private constant MOST_ORDERS = 20;

    // ------------------------------------------------------------------------------------------------- authorize

    /// @inheritdoc ISettlementEscrow
    function authorize(Terms calldata terms) external payable nonReentrant returns (bytes32 id) {
        terms.checkClean();
        if (msg.sender != terms.payerOf()) revert NotPayer(msg.sender, terms.payerOf());
        address token = terms.tokenOf();
        uint256 amount = terms.amountOf();
        _checkValue(token, amount);

        id = _open(terms, token == address(0) ? ROUTE_ETH : ROUTE_ALLOWANCE);
        if (token != address(0)) _pull(token, msg.sender, amount);
    }

    /// @inheritdoc ISettlementEscrow
    function authorizeWithAuthorization(
        Terms calldata terms,
        bytes calldata signature
    ) external nonReentrant returns (bytes32 id) {
        terms.checkClean();
        id = _open(terms, ROUTE_ERC3009);
        _pullAuthorized(terms, id, signature);
    }

    /// @inheritdoc ISettlementEscrow
    function authorizeWithAllowance(
        Terms calldata terms,
        bytes calldata signature
    ) external nonReentrant returns (bytes32 id) {
        terms.checkClean();
        id = _open(terms, ROUTE_ALLOWANCE);
        _pullOnSignature(terms, id, signature);
    }

    /// @inheritdoc ISettlementEscrow
    function authorizeWithPermit(
        Terms calldata terms,
        bytes calldata signature,
        Permit calldata permit
    ) external nonReentrant returns (bytes32 id) {
        terms.checkClean();
        id = _open(terms, ROUTE_ALLOWANCE);
        Transfers.tryPermit(terms.tokenOf(), terms.payerOf(), permit.value, permit.deadline, permit.signature);
        _pullOnSignature(terms, id, signature);
    }

    /// @inheritdoc ISettlementEscrow
    function authorizeWithCredit(
        Terms calldata terms,
        bytes calldata signature
    ) external whenOpen returns (bytes32 id) {
        terms.checkClean();
        id = _open(terms, ROUTE_CREDIT);
        _takeCredit(terms, id, signature);
    }

    // ---------------------------------------------------------------------------------------------------- basket

    /// @inheritdoc ISettlementEscrow
    function authorizeBasket(Terms[] calldata orders) external payable nonReentrant returns (bytes32[] memory ids) {
        (address payer, address token) = _payerAndToken(orders);
        if (msg.sender != payer) revert NotPayer(msg.sender, payer);

        uint256 sum;
        (ids, sum, ) = _openAll(orders, token == address(0) ? ROUTE_ETH : ROUTE_ALLOWANCE);
        _checkValue(token, sum);
        if (token != address(0)) _pull(token, msg.sender, sum);
    }

    /// @inheritdoc ISettlementEscrow
    function authorizeBasketWithAuthorization(
        Terms[] calldata orders,
        bytes calldata signature
    ) external nonReentrant returns (bytes32[] memory ids) {
        (address payer, address token) = _payerAndToken(orders);
        uint256 sum;
        uint256 until;
        (ids, sum, until) = _openAll(orders, ROUTE_ERC3009);
        _pullSigned(token, payer, sum, until, keccak256(abi.encodePacked(ids)), signature);
    }

    // ---------------------------------------------------------------------------------------------------- charge

    /// @inheritdoc ISettlementEscrow
    function chargeWithAllowance(
        Terms calldata terms,
        bytes calldata signature
    ) external nonReentrant returns (bytes32 id) {
        terms.checkClean();
        id = _charge(terms, ROUTE_ALLOWANCE);
        _creditCharged(terms);
        _pullOnSignature(terms, id, signature);
    }

    /// @inheritdoc ISettlementEscrow
    function chargeWithAuthorization(
        Terms calldata terms,
        bytes calldata signature
    ) external nonReentrant returns (bytes32 id) {
        terms.checkClean();
        id = _charge(terms, ROUTE_ERC3009);
        _creditCharged(terms);
        _pullAuthorized(terms, id, signature);
    }

    /// @inheritdoc ISettlementEscrow
    function chargeWithCredit(Terms calldata terms, bytes calldata signature) external whenOpen returns (bytes32 id) {
        terms.checkClean();
        id = _charge(terms, ROUTE_CREDIT);
        _takeCredit(terms, id, signature);
        _creditCharged(terms); // last, or a payer that is a leg could pay with what it is about to earn
    }

    // ------------------------------------------------------------------------------------------------- the means

    /// @dev By the payer's ERC-3009 authorization, whose nonce is the order's id: consent and means in one.
    function _pullAuthorized(Terms calldata terms, bytes32 id, bytes calldata signature) private {
        _pullSigned(terms.tokenOf(), terms.payerOf(), terms.amountOf(), terms.authorizeBy(), id, signature);
    }

    /// @dev By the payer's allowance, on its call or its signature over the terms, whose digest is the order's id.
    function _pullOnSignature(Terms calldata terms, bytes32 id, bytes calldata signature) private {
        address token = terms.tokenOf();
        if (token == address(0)) revert AuthorizationNeedsToken();
        address payer = terms.payerOf();
        if (msg.sender != payer) _checkDigest(payer, id, signature);
        _pull(token, payer, terms.amountOf());
    }

    /// @dev By the payer's credit. It takes a signature of its own, or whoever has one over the terms could spend a credit
    ///      that is meant for something else where the payer thought of its allowance.
    function _takeCredit(Terms calldata terms, bytes32 id, bytes calldata signature) private {
        address payer = terms.payerOf();
        if (msg.sender != payer) {
            _checkDigest(payer, _digest(keccak256(abi.encode(FROM_CREDIT_TYPEHASH, id))), signature);
        }
        _debit(payer, terms.tokenOf(), terms.amountOf());
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev Finds and judges a new order, before its money is fetched.
    function _begin(Terms calldata terms, uint8 route) private returns (bytes32 id, Order storage order) {
        OrderState state;
        (id, order, state) = _find(terms);
        if (state.isUsed()) revert AlreadyAuthorized(id);
        terms.validate();
        if (terms.agreement != 0) _contentInForce(terms.agreement).check(terms);
        emit Authorized(id, terms, route);
    }

    /// @dev Makes an order that holds its whole amount.
    function _open(Terms calldata terms, uint8 route) private returns (bytes32 id) {
        Order storage order;
        (id, order) = _begin(terms, route);
        order.state = OrderStateLib.pack(terms.amountOf(), 0, 0, OrderStateLib.USED);
    }

    /// @dev Makes an order whose whole amount is captured at once.
    function _charge(Terms calldata terms, uint8 route) private returns (bytes32 id) {
        if (msg.sender != terms.operatorOf()) revert NotOperator(msg.sender, terms.operatorOf());
        Order storage order;
        (id, order) = _begin(terms, route);
        uint256 amount = terms.amountOf();
        uint256 delay = terms.releaseDelay();
        uint256 releaseAt = delay == 0 ? 0 : block.timestamp + delay;
        order.state = OrderStateLib.pack(0, delay == 0 ? 0 : amount, releaseAt, OrderStateLib.USED);
        emit Captured(id, amount, releaseAt);
    }

    /// @dev Credits the legs of a charged order that has no delay.
    function _creditCharged(Terms calldata terms) private {
        if (terms.releaseDelay() == 0) _creditLegs(terms, 0, terms.amountOf());
    }

    /// @dev Who pays for the basket, and in what: as its first order says, which must be clean to be asked.
    function _payerAndToken(Terms[] calldata orders) private pure returns (address payer, address token) {
        TermsHash.reserve();
        if (orders.length == 0 || orders.length > MOST_ORDERS) {
            revert OrderCountOutOfRange(orders.length, MOST_ORDERS);
        }
        orders[0].checkClean();
        return (orders[0].payerOf(), orders[0].tokenOf());
    }

    /// @dev Makes all orders of a basket.
    /// @return ids   in the order of `orders`
    /// @return sum   of their amounts: at most twenty below 2^104
    /// @return until the least of their authorizeBy
    function _openAll(
        Terms[] calldata orders,
        uint8 route
    ) private returns (bytes32[] memory ids, uint256 sum, uint256 until) {
        (address payer, address token) = (orders[0].payerOf(), orders[0].tokenOf());
        ids = new bytes32[](orders.length);
        until = type(uint256).max;
        for (uint256 i = 0; i < orders.length; ++i) {
            Terms calldata terms = orders[i];
            terms.checkClean();
            if (terms.payerOf() != payer || terms.tokenOf() != token) revert BasketMixed(i);
            ids[i] = _open(terms, route);
            unchecked {
                sum += terms.amountOf();
            }
            if (terms.authorizeBy() < until) until = terms.authorizeBy();
        }
    }
}
