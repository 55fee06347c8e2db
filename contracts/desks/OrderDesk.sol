// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Nonces} from "../Nonces.sol";
import {IOrderDesk} from "../interfaces/IOrderDesk.sol";
import {ISettlementEscrow, OrderView, Terms} from "../interfaces/ISettlementEscrow.sol";
import {DisputeState} from "../libraries/DisputeState.sol";
import {OrderState, OrderStateLib} from "../libraries/OrderState.sol";
import {TermsLib} from "../libraries/TermsLib.sol";
import {Disputes} from "./Disputes.sol";
import {ReleasedRefunds} from "./ReleasedRefunds.sol";
import {RunAtEscrow} from "./RunAtEscrow.sol";

/// @title The desk for what is rarely done with an order
/// @notice The first desk the escrow asks. See Desk for how its code is run.
contract OrderDesk is RunAtEscrow, Disputes, ReleasedRefunds, Nonces {
    using TermsLib for Terms;

    bytes32 private constant CANCEL_TYPEHASH = keccak256("CancelTerms(bytes32 id,uint256 deadline)");
    bytes32 private constant RECLAIM_TYPEHASH = keccak256("Reclaim(bytes32 id,uint256 deadline)");
    bytes32 private constant REFUND_TYPEHASH = keccak256(
        "Refund(bytes32 id,uint256 amount,uint256 captured,uint256 nonce,uint256 deadline)"
    );

    /// @param revenueDesk the desk that is asked next
    constructor(address revenueDesk) RunAtEscrow(revenueDesk) {}

    // ---------------------------------------------------------------------------------------------------- cancel

    /// @inheritdoc IOrderDesk
    function cancelTerms(Terms calldata terms) external whenOpen {
        terms.checkClean();
        if (msg.sender != terms.payerOf()) revert ISettlementEscrow.NotPayer(msg.sender, terms.payerOf());
        (bytes32 id, Order storage order) = _unused(terms);
        _cancel(id, order);
    }

    /// @inheritdoc IOrderDesk
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

    // ------------------------------------------------------------------------------------------- back, by signature

    /// @inheritdoc IOrderDesk
    function reclaimWithSignature(
        Terms calldata terms,
        uint256 deadline,
        bytes calldata signature
    ) external nonReentrant {
        (bytes32 id, Order storage order, OrderState state) = _find(terms);
        uint256 held = _reclaim(id, terms, order, state);
        bytes32 structHash = keccak256(abi.encode(RECLAIM_TYPEHASH, id, deadline));
        _checkSigned(terms.payerOf(), structHash, deadline, signature);
        _payBack(ISettlementEscrow.Reclaimed.selector, id, terms, held);
    }

    /// @inheritdoc IOrderDesk
    function refundWithSignature(
        Terms calldata terms,
        uint256 amount,
        uint256 capturedBefore,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external nonReentrant {
        (bytes32 id, Order storage order, OrderState state) = _known(terms);
        bytes32 structHash = keccak256(abi.encode(REFUND_TYPEHASH, id, amount, capturedBefore, nonce, deadline));
        _checkSigned(terms.merchant(), structHash, deadline, signature);
        _spend(terms.merchant(), nonce);
        _refund(id, terms, order, state, amount, capturedBefore);
    }

    // ---------------------------------------------------------------------------------------------------- nonces

    /// @inheritdoc IOrderDesk
    function useNonce(uint256 nonce) external {
        _spend(msg.sender, nonce);
    }

    /// @inheritdoc IOrderDesk
    function isNonceUsed(address account, uint256 nonce) external view returns (bool) {
        return _isSpent(account, nonce);
    }

    // ------------------------------------------------------------------------------------------------------ view

    /// @inheritdoc IOrderDesk
    function idOf(Terms calldata terms) external view returns (bytes32 id) {
        terms.checkClean();
        (id, , ) = _find(terms);
    }

    /// @inheritdoc IOrderDesk
    function orderOf(Terms calldata terms) external view returns (OrderView memory) {
        terms.checkClean();
        (, Order storage order, OrderState state) = _find(terms);
        OrderView memory seen;
        seen.held = uint104(state.held());
        seen.captured = uint104(state.captured());
        seen.releaseAt = uint40(state.releaseAt());
        seen.used = state.isUsed();
        seen.cancelled = state.marked(OrderStateLib.CANCELLED);
        if (!seen.cancelled) seen.returned = uint104(_returned(terms, order, state));
        seen.refunded = uint104(_refundedReleased(order, state));
        DisputeState disputes = _disputes(order, state);
        seen.disputed = uint104(disputes.amount());
        seen.rulingBy = uint40(disputes.rulingBy());
        seen.round = uint16(disputes.round());
        return seen;
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev The order of clean terms that neither authorized nor were cancelled.
    function _unused(Terms calldata terms) private view returns (bytes32 id, Order storage order) {
        OrderState state;
        (id, order, state) = _find(terms);
        if (state.isUsed()) revert ISettlementEscrow.AlreadyAuthorized(id);
    }

    function _cancel(bytes32 id, Order storage order) private {
        uint256 marks = OrderStateLib.USED | OrderStateLib.ALL_RETURNED | OrderStateLib.CANCELLED;
        order.state = OrderStateLib.pack(0, 0, 0, marks);
        emit ISettlementEscrow.Cancelled(id);
    }
}
