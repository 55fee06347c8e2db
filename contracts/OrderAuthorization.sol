// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgreementRegistry} from "./AgreementRegistry.sol";
import {OrderBook} from "./OrderBook.sol";
import {IERC3009} from "./interfaces/IERC3009.sol";
import {ISettlementEscrow, Terms} from "./interfaces/ISettlementEscrow.sol";
import {OrderState, OrderStateLib} from "./libraries/OrderState.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {TermsLib} from "./libraries/TermsLib.sol";
import {Transfers} from "./libraries/Transfers.sol";

/// @title The beginning of an order: its money comes in on its payer's consent, or its terms are cancelled before
abstract contract OrderAuthorization is ISettlementEscrow, OrderBook, AgreementRegistry {
    using TermsLib for Terms;

    bytes32 private constant CANCEL_TYPEHASH = keccak256("CancelTerms(bytes32 id,uint256 deadline)");

    uint8 private constant ROUTE_ALLOWANCE = 1;
    uint8 private constant ROUTE_ETH = 2;
    uint8 private constant ROUTE_ERC3009 = 3;

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
        if (token != address(0)) _pull(token, amount);
    }

    /// @inheritdoc ISettlementEscrow
    function authorizeWithAuthorization(
        Terms calldata terms,
        bytes calldata signature
    ) external nonReentrant returns (bytes32 id) {
        terms.checkClean();
        address token = terms.tokenOf();
        if (token == address(0)) revert AuthorizationNeedsToken();

        id = _open(terms, ROUTE_ERC3009);
        _pullSigned(token, terms.payerOf(), terms.amountOf(), terms.authorizeBy(), id, signature);
    }

    // ---------------------------------------------------------------------------------------------------- basket

    /// @inheritdoc ISettlementEscrow
    function authorizeBasket(Terms[] calldata orders) external payable nonReentrant returns (bytes32[] memory ids) {
        (address payer, address token) = _payerAndToken(orders);
        if (msg.sender != payer) revert NotPayer(msg.sender, payer);

        uint256 sum;
        (ids, sum, ) = _openAll(orders, token == address(0) ? ROUTE_ETH : ROUTE_ALLOWANCE);
        _checkValue(token, sum);
        if (token != address(0)) _pull(token, sum);
    }

    /// @inheritdoc ISettlementEscrow
    function authorizeBasketWithAuthorization(
        Terms[] calldata orders,
        bytes calldata signature
    ) external nonReentrant returns (bytes32[] memory ids) {
        (address payer, address token) = _payerAndToken(orders);
        if (token == address(0)) revert AuthorizationNeedsToken();

        uint256 sum;
        uint256 until;
        (ids, sum, until) = _openAll(orders, ROUTE_ERC3009);
        _pullSigned(token, payer, sum, until, keccak256(abi.encodePacked(ids)), signature);
    }

    // ---------------------------------------------------------------------------------------------------- cancel

    /// @inheritdoc ISettlementEscrow
    function cancelTerms(Terms calldata terms) external whenOpen {
        terms.checkClean();
        if (msg.sender != terms.payerOf()) revert NotPayer(msg.sender, terms.payerOf());
        (bytes32 id, Order storage order) = _unused(terms);
        _cancel(id, order);
    }

    /// @inheritdoc ISettlementEscrow
    function cancelTermsWithSignature(
        Terms calldata terms,
        uint256 deadline,
        bytes calldata signature
    ) external whenOpen {
        terms.checkClean();
        (bytes32 id, Order storage order) = _unused(terms);
        bytes32 structHash = keccak256(abi.encode(CANCEL_TYPEHASH, id, deadline));
        _checkSigned(terms.payerOf(), structHash, deadline, signature);
        _cancel(id, order);
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev The order of clean terms that neither authorized nor were cancelled.
    function _unused(Terms calldata terms) private view returns (bytes32 id, Order storage order) {
        OrderState state;
        (id, order, state) = _find(terms);
        if (state.isUsed()) revert AlreadyAuthorized(id);
    }

    /// @dev Makes the order, before its money is fetched.
    function _open(Terms calldata terms, uint8 route) private returns (bytes32 id) {
        Order storage order;
        (id, order) = _unused(terms);
        terms.validate();
        if (terms.agreement != 0) _checkAgreement(terms);
        order.state = OrderStateLib.pack(terms.amountOf(), 0, 0, OrderStateLib.USED);
        emit Authorized(id, terms, route);
    }

    /// @dev Who pays for the basket, and in what: as its first order says, which must be clean to be asked.
    function _payerAndToken(Terms[] calldata orders) private pure returns (address payer, address token) {
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

    function _cancel(bytes32 id, Order storage order) private {
        uint256 marks = OrderStateLib.USED | OrderStateLib.ALL_RETURNED | OrderStateLib.CANCELLED;
        order.state = OrderStateLib.pack(0, 0, 0, marks);
        emit Cancelled(id);
    }

    /// @dev The call must carry `amount` wei where ETH is asked for, and none where a token is.
    function _checkValue(address token, uint256 amount) private view {
        uint256 expected = token == address(0) ? amount : 0;
        if (msg.value != expected) revert ValueMismatch(msg.value, expected);
    }

    /// @dev Fetches `amount` by the caller's allowance.
    function _pull(address token, uint256 amount) private {
        uint256 before = Transfers.balance(token);
        Transfers.pull(token, msg.sender, address(this), amount);
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
    ) private {
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
        if (received != amount) revert ReceivedWrongAmount(received, amount);
    }
}
