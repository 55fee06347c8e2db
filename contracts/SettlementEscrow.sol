// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Nonces} from "./Nonces.sol";
import {OrderBook} from "./OrderBook.sol";
import {RevenueLedger} from "./RevenueLedger.sol";
import {IERC3009} from "./interfaces/IERC3009.sol";
import {ISettlementEscrow, OrderView, Terms} from "./interfaces/ISettlementEscrow.sol";
import {OrderState, OrderStateLib} from "./libraries/OrderState.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {SplitLib} from "./libraries/SplitLib.sol";
import {TermsLib} from "./libraries/TermsLib.sol";
import {Transfers} from "./libraries/Transfers.sol";

/// @title Settlement escrow
/// @notice Takes the payment of an order, keeps it until the terms say whose it is, and credits or returns it.
/// @dev No owner, no upgrade, no sweep, no pause, no `receive`. An order is known by the hash of its terms, so callers
///      bring the terms along and only quantities are stored. Functions stand in the order of a payment's life.
contract SettlementEscrow is ISettlementEscrow, OrderBook, RevenueLedger, Nonces {
    using TermsLib for Terms;

    bytes32 private constant RELEASE_TYPEHASH = keccak256(
        "Release(bytes32 id,uint256 captured,uint256 nonce,uint256 deadline)"
    );

    uint8 private constant ROUTE_ALLOWANCE = 1;
    uint8 private constant ROUTE_ETH = 2;
    uint8 private constant ROUTE_ERC3009 = 3;

    // ------------------------------------------------------------------------------------------------- authorize

    /// @inheritdoc ISettlementEscrow
    function authorize(Terms calldata terms) external payable nonReentrant returns (bytes32 id) {
        terms.checkClean();
        if (msg.sender != terms.payerOf()) revert NotPayer(msg.sender, terms.payerOf());
        address token = terms.tokenOf();
        uint256 amount = terms.amountOf();
        uint256 value = token == address(0) ? amount : 0;
        if (msg.value != value) revert ValueMismatch(msg.value, value);

        id = _open(terms, token == address(0) ? ROUTE_ETH : ROUTE_ALLOWANCE);
        if (token == address(0)) return id;

        uint256 before = Transfers.balance(token);
        Transfers.pull(token, msg.sender, address(this), amount);
        _checkReceived(token, before, amount);
    }

    /// @inheritdoc ISettlementEscrow
    function authorizeWithAuthorization(
        Terms calldata terms,
        bytes calldata signature
    ) external nonReentrant returns (bytes32 id) {
        terms.checkClean();
        address token = terms.tokenOf();
        if (token == address(0)) revert AuthorizationNeedsToken();
        uint256 amount = terms.amountOf();

        id = _open(terms, ROUTE_ERC3009);

        uint256 before = Transfers.balance(token);
        uint256 until = terms.authorizeBy();
        if (signature.length == 65) {
            (bytes32 r, bytes32 s, uint8 v) = Signatures.parts(signature);
            IERC3009(token).receiveWithAuthorization(terms.payerOf(), address(this), amount, 0, until, id, v, r, s);
        } else {
            IERC3009(token).receiveWithAuthorization(terms.payerOf(), address(this), amount, 0, until, id, signature);
        }
        _checkReceived(token, before, amount);
    }

    // --------------------------------------------------------------------------------------------------- capture

    /// @inheritdoc ISettlementEscrow
    function capture(Terms calldata terms, uint256 amount, uint256 heldBefore) external whenOpen {
        (bytes32 id, Order storage order, OrderState state) = _find(terms);
        if (!state.isUsed()) revert UnknownOrder(id);
        if (
            msg.sender != terms.operatorOf() &&
            !(msg.sender == terms.merchant() && terms.flagged(TermsLib.MERCHANT_MAY_CAPTURE))
        ) revert NotCapturer(msg.sender, terms.operatorOf());
        uint256 captureBy = terms.captureBy();
        if (block.timestamp >= captureBy) revert CaptureClosed(block.timestamp, captureBy);
        uint256 held = state.held();
        _checkAmount(amount, held, heldBefore);

        uint256 waiting = state.captured();
        if (waiting != 0 && block.timestamp >= state.releaseAt()) {
            state = _release(id, terms, order, state);
            waiting = 0;
        }

        uint256 delay = terms.releaseDelay();
        if (delay == 0) {
            order.state = OrderStateLib.pack(held - amount, 0, 0, state.marks());
            _creditLegs(terms, _released(terms, order, state), amount);
            emit Captured(id, amount, 0);
        } else {
            // All that waits gets the new clock, or what is captured now would inherit the rest of an old one.
            uint256 releaseAt = block.timestamp + delay;
            order.state = OrderStateLib.pack(held - amount, waiting + amount, releaseAt, state.marks());
            emit Captured(id, amount, releaseAt);
        }
    }

    // --------------------------------------------------------------------------------------------------- release

    /// @inheritdoc ISettlementEscrow
    function release(Terms calldata terms) external whenOpen {
        (bytes32 id, Order storage order, OrderState state) = _find(terms);
        if (!state.isUsed()) revert UnknownOrder(id);
        uint256 releaseAt = state.releaseAt();
        if (msg.sender != terms.payerOf() && block.timestamp < releaseAt) {
            revert ReleaseNotOpen(block.timestamp, releaseAt);
        }
        order.state = _release(id, terms, order, state);
    }

    /// @inheritdoc ISettlementEscrow
    function releaseWithSignature(
        Terms calldata terms,
        uint256 captured,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external whenOpen {
        (bytes32 id, Order storage order, OrderState state) = _find(terms);
        if (!state.isUsed()) revert UnknownOrder(id);
        if (block.timestamp > deadline) revert DeadlinePassed(block.timestamp, deadline);
        if (state.captured() != captured) revert StateMoved(state.captured(), captured);
        bytes32 digest = _digest(keccak256(abi.encode(RELEASE_TYPEHASH, id, captured, nonce, deadline)));
        if (!Signatures.isSignedBy(terms.payerOf(), digest, signature)) revert SignatureRefused(terms.payerOf());

        _spend(terms.payerOf(), nonce);
        order.state = _release(id, terms, order, state);
    }

    // ------------------------------------------------------------------------------------------ back to the payer

    /// @inheritdoc ISettlementEscrow
    function void(Terms calldata terms, uint256 amount, uint256 heldBefore) external nonReentrant {
        (bytes32 id, Order storage order, OrderState state) = _find(terms);
        if (!state.isUsed()) revert UnknownOrder(id);
        // Nested, which spares the operator, who calls as a rule, a second test.
        if (msg.sender != terms.operatorOf()) {
            if (msg.sender != terms.merchant()) revert NotVoider(msg.sender, terms.operatorOf());
        }
        _checkAmount(amount, state.held(), heldBefore);

        order.state = state.lessHeld(amount, _noteReturn(terms, order, amount));
        _payBack(Voided.selector, id, terms, amount);
    }

    /// @inheritdoc ISettlementEscrow
    function reclaim(Terms calldata terms) external nonReentrant {
        (bytes32 id, Order storage order, OrderState state) = _find(terms);
        if (!state.isUsed()) revert UnknownOrder(id);
        uint256 captureBy = terms.captureBy();
        if (block.timestamp < captureBy) revert ReclaimNotOpen(block.timestamp, captureBy);
        uint256 held = state.held();
        if (held == 0) revert NothingHeld(id);

        order.state = state.lessHeld(held, _noteReturn(terms, order, held));
        if (msg.sender == terms.payerOf()) return _payBack(Reclaimed.selector, id, terms, held);
        emit Reclaimed(id, held);
        _creditBack(id, terms, held);
    }

    /// @inheritdoc ISettlementEscrow
    function refund(Terms calldata terms, uint256 amount, uint256 capturedBefore) external nonReentrant {
        (bytes32 id, Order storage order, OrderState state) = _find(terms);
        if (!state.isUsed()) revert UnknownOrder(id);
        if (
            msg.sender != terms.merchant() &&
            !(msg.sender == terms.operatorOf() && terms.flagged(TermsLib.OPERATOR_MAY_REFUND))
        ) revert NotRefunder(msg.sender, terms.merchant());
        uint256 captured = state.captured();
        _checkAmount(amount, captured, capturedBefore);
        uint256 releaseAt = state.releaseAt();
        if (block.timestamp >= releaseAt) revert RefundClosed(block.timestamp, releaseAt);

        uint256 marks = state.marks() | _noteReturn(terms, order, amount);
        order.state = OrderStateLib.pack(state.held(), captured - amount, releaseAt, marks);
        _payBack(Refunded.selector, id, terms, amount);
    }

    // ---------------------------------------------------------------------------------------------------- nonces

    /// @inheritdoc ISettlementEscrow
    function useNonce(uint256 nonce) external {
        _spend(msg.sender, nonce);
    }

    // ----------------------------------------------------------------------------------------------------- views

    /// @inheritdoc ISettlementEscrow
    function idOf(Terms calldata terms) external view returns (bytes32 id) {
        terms.checkClean();
        (id, , ) = _find(terms);
    }

    /// @inheritdoc ISettlementEscrow
    function orderOf(Terms calldata terms) external view returns (OrderView memory seen) {
        terms.checkClean();
        (, Order storage order, OrderState state) = _find(terms);
        seen.held = uint104(state.held());
        seen.captured = uint104(state.captured());
        seen.releaseAt = uint40(state.releaseAt());
        seen.used = state.isUsed();
        seen.returned = uint104(_returned(terms, order, state));
    }

    /// @inheritdoc ISettlementEscrow
    function isNonceUsed(address account, uint256 nonce) external view returns (bool) {
        return _isSpent(account, nonce);
    }

    // -------------------------------------------------------------------------------------------------- internals

    /// @dev Makes the order, before its money is fetched.
    function _open(Terms calldata terms, uint8 route) private returns (bytes32 id) {
        Order storage order;
        OrderState state;
        (id, order, state) = _find(terms);
        if (state.isUsed()) revert AlreadyAuthorized(id);
        terms.validate();
        order.state = OrderStateLib.pack(terms.amountOf(), 0, 0, OrderStateLib.USED);
        emit Authorized(id, terms, route);
    }

    /// @dev From 1 to all that is available, which must be what the caller believes.
    function _checkAmount(uint256 amount, uint256 available, uint256 expected) private pure {
        bool fine;
        assembly ("memory-safe") {
            // One test where all is well; an amount of zero wraps around and is above everything.
            fine := and(eq(available, expected), lt(sub(amount, 1), available))
        }
        if (!fine) _refuseAmount(amount, available, expected);
    }

    function _refuseAmount(uint256 amount, uint256 available, uint256 expected) private pure {
        if (available != expected) revert StateMoved(available, expected);
        if (amount == 0) revert AmountZero();
        revert AmountAboveAvailable(amount, available);
    }

    function _checkReceived(address token, uint256 before, uint256 amount) private view {
        uint256 received = Transfers.balance(token) - before;
        if (received != amount) revert ReceivedWrongAmount(received, amount);
    }

    /// @dev Says by the event of `topic` that `amount` goes back to the payer (Voided, Reclaimed and Refunded are of one
    ///      shape) and pushes it; a push that fails becomes credit.
    function _payBack(bytes32 topic, bytes32 id, Terms calldata terms, uint256 amount) private {
        assembly ("memory-safe") {
            mstore(0x00, amount)
            log2(0x00, 0x20, topic, id)
        }
        if (!_push(terms.payerOf(), terms.tokenOf(), amount)) _creditBack(id, terms, amount);
    }

    /// @dev What went back becomes the payer's credit.
    function _creditBack(bytes32 id, Terms calldata terms, uint256 amount) private {
        _credit(terms.payerOf(), terms.tokenOf(), amount);
        emit ReturnCredited(id, amount);
    }

    /// @dev Credits all that waits and tells the state to be stored.
    function _release(
        bytes32 id,
        Terms calldata terms,
        Order storage order,
        OrderState state
    ) private returns (OrderState) {
        uint256 waiting = state.captured();
        if (waiting == 0) revert NothingCaptured(id);
        _creditLegs(terms, _released(terms, order, state), waiting);
        emit Released(id, waiting);
        return OrderStateLib.pack(state.held(), 0, 0, state.marks());
    }

    /// @dev Credits the legs with `amount` on top of the `released` before.
    function _creditLegs(Terms calldata terms, uint256 released, uint256 amount) private {
        uint256[] calldata legs = terms.legsOf();
        uint256[] memory parts = SplitLib.between(legs, released, released + amount);
        address token = terms.tokenOf();
        for (uint256 i = 0; i < parts.length; ++i) _credit(SplitLib.account(legs[i]), token, parts[i]);
    }
}
