// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EscrowDomain} from "./EscrowDomain.sol";
import {OrderAuthorization} from "./OrderAuthorization.sol";
import {OrderCapture} from "./OrderCapture.sol";
import {OrderReturn} from "./OrderReturn.sol";
import {ISettlementEscrow, OrderView, Terms} from "./interfaces/ISettlementEscrow.sol";
import {OrderState, OrderStateLib} from "./libraries/OrderState.sol";
import {TermsLib} from "./libraries/TermsLib.sol";

/// @title Settlement escrow
/// @notice Takes the payment of an order, keeps it until the terms say whose it is, and credits or returns it.
/// @dev No owner, no upgrade, no sweep, no pause, no `receive`. An order is known by the hash of its terms, so callers
///      bring the terms along and only quantities are stored. The bases stand in the order of a payment's life.
contract SettlementEscrow is ISettlementEscrow, OrderAuthorization, OrderCapture, OrderReturn {
    using TermsLib for Terms;

    constructor() EscrowDomain(address(this)) {}

    /// @inheritdoc ISettlementEscrow
    function useNonce(uint256 nonce) external {
        _spend(msg.sender, nonce);
    }

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
        seen.cancelled = state.marked(OrderStateLib.CANCELLED);
        if (!seen.cancelled) seen.returned = uint104(_returned(terms, order, state));
    }

    /// @inheritdoc ISettlementEscrow
    function isNonceUsed(address account, uint256 nonce) external view returns (bool) {
        return _isSpent(account, nonce);
    }
}
