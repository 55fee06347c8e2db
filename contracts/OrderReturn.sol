// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OrderBack} from "./OrderBack.sol";
import {ReentrancyLock} from "./ReentrancyLock.sol";
import {ISettlementEscrow, Terms} from "./interfaces/ISettlementEscrow.sol";
import {OrderState} from "./libraries/OrderState.sol";
import {TermsLib} from "./libraries/TermsLib.sol";

/// @title Back to the payer: what is held, and what is captured but not released
abstract contract OrderReturn is ISettlementEscrow, OrderBack, ReentrancyLock {
    using TermsLib for Terms;

    /// @inheritdoc ISettlementEscrow
    function void(Terms calldata terms, uint256 amount, uint256 heldBefore) external nonReentrant {
        (bytes32 id, Order storage order, OrderState state) = _find(terms);
        // Nested, which spares the operator, who calls as a rule, a second test.
        if (!terms.isByOperator()) {
            if (msg.sender != terms.merchant()) revert NotVoider(msg.sender, terms.operatorOf());
        }
        uint256 held = state.held();
        if (!_fits(amount, held, heldBefore)) {
            if (!state.isUsed()) revert UnknownOrder(id);
            _refuseAmount(amount, held, heldBefore);
        }

        order.state = state.lessHeld(amount, _noteReturn(terms, order, amount));
        _payBack(Voided.selector, id, terms, amount);
    }

    /// @inheritdoc ISettlementEscrow
    function reclaim(Terms calldata terms) external nonReentrant {
        (bytes32 id, Order storage order, OrderState state) = _find(terms);
        uint256 held = _reclaim(id, terms, order, state);
        if (msg.sender == terms.payerOf()) return _payBack(Reclaimed.selector, id, terms, held);
        emit Reclaimed(id, held);
        _creditBack(id, terms, held);
    }

    /// @inheritdoc ISettlementEscrow
    function refund(Terms calldata terms, uint256 amount, uint256 capturedBefore) external nonReentrant {
        (bytes32 id, Order storage order, OrderState state) = _find(terms);
        if (!state.isUsed()) revert UnknownOrder(id);
        if (msg.sender != terms.merchant() && !(terms.isByOperator() && terms.flagged(TermsLib.OPERATOR_MAY_REFUND)))
            revert NotRefunder(msg.sender, terms.merchant());
        _refund(id, terms, order, state, amount, capturedBefore);
    }
}
