// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OrderBook} from "./OrderBook.sol";
import {RevenueLedger} from "./RevenueLedger.sol";
import {CaptureRequest, ISettlementEscrow, Terms} from "./interfaces/ISettlementEscrow.sol";
import {OrderState, OrderStateLib} from "./libraries/OrderState.sol";
import {SplitLib} from "./libraries/SplitLib.sol";
import {TermsLib} from "./libraries/TermsLib.sol";

/// @title From held to captured, and from captured to the credits of the legs
abstract contract OrderCapture is ISettlementEscrow, OrderBook, RevenueLedger {
    using TermsLib for Terms;

    bytes32 private constant RELEASE_TYPEHASH = keccak256(
        "Release(bytes32 id,uint256 captured,uint256 nonce,uint256 deadline)"
    );

    // --------------------------------------------------------------------------------------------------- capture

    /// @inheritdoc ISettlementEscrow
    function capture(Terms calldata terms, uint256 amount, uint256 heldBefore) external whenOpen {
        _capture(terms, amount, heldBefore);
    }

    /// @inheritdoc ISettlementEscrow
    function captureMany(CaptureRequest[] calldata requests) external whenOpen {
        for (uint256 i = 0; i < requests.length; ++i) {
            CaptureRequest calldata request = requests[i];
            _capture(request.terms, request.amount, request.heldBefore);
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
        if (state.captured() != captured) revert StateMoved(state.captured(), captured);
        bytes32 structHash = keccak256(abi.encode(RELEASE_TYPEHASH, id, captured, nonce, deadline));
        _checkSigned(terms.payerOf(), structHash, deadline, signature);

        _spend(terms.payerOf(), nonce);
        order.state = _release(id, terms, order, state);
    }

    /// @inheritdoc ISettlementEscrow
    function releaseMany(Terms[] calldata orders) external whenOpen returns (uint256 released) {
        for (uint256 i = 0; i < orders.length; ++i) {
            Terms calldata terms = orders[i];
            (bytes32 id, Order storage order, OrderState state) = _find(terms);
            if (state.captured() == 0) continue;
            if (block.timestamp < state.releaseAt() && msg.sender != terms.payerOf()) continue;
            order.state = _release(id, terms, order, state);
            ++released;
        }
    }

    // ------------------------------------------------------------------------------------------------- internals

    function _capture(Terms calldata terms, uint256 amount, uint256 heldBefore) private {
        (bytes32 id, Order storage order, OrderState state) = _find(terms);
        if (!state.isUsed()) revert UnknownOrder(id);
        if (
            msg.sender != terms.operatorOf() &&
            !(msg.sender == terms.merchant() && terms.flagged(TermsLib.MERCHANT_MAY_CAPTURE))
        ) revert NotCapturer(msg.sender, terms.operatorOf());
        uint256 captureBy = terms.captureBy();
        if (block.timestamp >= captureBy) revert CaptureClosed(block.timestamp, captureBy);
        uint256 held = state.held();
        if (!_fits(amount, held, heldBefore)) _refuseAmount(amount, held, heldBefore);

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
        for (uint256 i = 0; i < legs.length; ++i) {
            _credit(SplitLib.account(SplitLib.legAt(legs, i)), token, SplitLib.partAt(parts, i));
        }
    }
}
