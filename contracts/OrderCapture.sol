// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BatchCredits} from "./BatchCredits.sol";
import {Nonces} from "./Nonces.sol";
import {OrderMoney} from "./OrderMoney.sol";
import {ReentrancyLock} from "./ReentrancyLock.sol";
import {CaptureRequest, ISettlementEscrow, Terms} from "./interfaces/ISettlementEscrow.sol";
import {OrderState, OrderStateLib} from "./libraries/OrderState.sol";
import {SplitLib} from "./libraries/SplitLib.sol";
import {TermsHash} from "./libraries/TermsHash.sol";
import {TermsLib} from "./libraries/TermsLib.sol";

/// @title From held to captured, and from captured to the credits of the legs
abstract contract OrderCapture is ISettlementEscrow, OrderMoney, BatchCredits, Nonces, ReentrancyLock {
    using TermsLib for Terms;

    bytes32 private constant RELEASE_TYPEHASH = keccak256(
        "Release(bytes32 id,uint256 captured,uint256 nonce,uint256 deadline)"
    );

    // --------------------------------------------------------------------------------------------------- capture

    /// @inheritdoc ISettlementEscrow
    function capture(Terms calldata terms, uint256 amount, uint256 heldBefore) external whenOpen {
        (uint256 before, uint256 due) = _capture(terms, amount, heldBefore);
        if (due != 0) _creditLegs(terms, before, due);
    }

    /// @inheritdoc ISettlementEscrow
    function captureMany(CaptureRequest[] calldata requests) external whenOpen {
        TermsHash.reserve();
        Sheet memory sheet = _sheet();
        for (uint256 i = 0; i < requests.length; ++i) {
            CaptureRequest calldata request = requests[i];
            (uint256 before, uint256 due) = _capture(request.terms, request.amount, request.heldBefore);
            if (due != 0) _enterLegs(sheet, request.terms, before, due);
        }
        _settle(sheet);
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
        _release(id, terms, order, state);
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
        _release(id, terms, order, state);
    }

    /// @inheritdoc ISettlementEscrow
    function releaseMany(Terms[] calldata orders) external whenOpen returns (uint256 released) {
        TermsHash.reserve();
        Sheet memory sheet = _sheet();
        for (uint256 i = 0; i < orders.length; ++i) {
            Terms calldata terms = orders[i];
            (bytes32 id, Order storage order, OrderState state) = _find(terms);
            if (state.captured() == 0) continue;
            if (block.timestamp < state.releaseAt() && msg.sender != terms.payerOf()) continue;
            (uint256 before, uint256 due) = _mature(id, terms, order, state);
            _enterLegs(sheet, terms, before, due);
            ++released;
        }
        _settle(sheet);
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev Captures, and tells what the legs are due by it: `due` on top of the `before` that was released.
    function _capture(
        Terms calldata terms,
        uint256 amount,
        uint256 heldBefore
    ) private returns (uint256 before, uint256 due) {
        (bytes32 id, Order storage order, OrderState state) = _find(terms);
        if (!state.isUsed()) revert UnknownOrder(id);
        if (!terms.isByOperator() && !(msg.sender == terms.merchant() && terms.flagged(TermsLib.MERCHANT_MAY_CAPTURE)))
            revert NotCapturer(msg.sender, terms.operatorOf());
        uint256 captureBy = terms.captureBy();
        if (block.timestamp >= captureBy) revert CaptureClosed(block.timestamp, captureBy);
        uint256 held = state.held();
        if (!_fits(amount, held, heldBefore)) _refuseAmount(amount, held, heldBefore);

        uint256 delay = terms.releaseDelay();
        if (delay == 0) {
            (before, due) = (_released(terms, order, state), amount);
            order.state = OrderStateLib.pack(held - amount, 0, 0, state.marks());
            emit Captured(id, amount, 0);
        } else {
            uint256 waiting = state.captured();
            if (waiting != 0 && block.timestamp >= state.releaseAt()) {
                (before, due) = _mature(id, terms, order, state);
                waiting = 0;
            }
            // All that waits gets the new clock, or what is captured now would inherit the rest of an old one.
            uint256 releaseAt = block.timestamp + delay;
            order.state = OrderStateLib.pack(held - amount, waiting + amount, releaseAt, state.marks());
            emit Captured(id, amount, releaseAt);
        }
    }

    /// @dev Releases all that waits.
    function _release(bytes32 id, Terms calldata terms, Order storage order, OrderState state) private {
        if (state.captured() == 0) revert NothingCaptured(id);
        (uint256 before, uint256 due) = _mature(id, terms, order, state);
        _creditLegs(terms, before, due);
    }

    /// @dev Takes all that waits out of the order's state and tells what the legs are due by it.
    function _mature(
        bytes32 id,
        Terms calldata terms,
        Order storage order,
        OrderState state
    ) private returns (uint256 before, uint256 due) {
        (before, due) = (_released(terms, order, state), state.captured());
        order.state = OrderStateLib.pack(state.held(), 0, 0, state.marks());
        emit Released(id, due);
    }

    /// @dev As `_creditLegs`, on a sheet that is written later.
    function _enterLegs(Sheet memory sheet, Terms calldata terms, uint256 released, uint256 amount) private {
        uint256[] calldata legs = terms.legsOf();
        uint256[] memory parts = SplitLib.between(legs, released, released + amount);
        _turnTo(sheet, terms.tokenOf());
        for (uint256 i = 0; i < legs.length; ++i) {
            _enter(sheet, SplitLib.account(SplitLib.legAt(legs, i)), SplitLib.partAt(parts, i));
        }
    }
}
