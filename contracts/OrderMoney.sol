// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CreditBook} from "./CreditBook.sol";
import {OrderBook} from "./OrderBook.sol";
import {ISettlementEscrow, Terms} from "./interfaces/ISettlementEscrow.sol";
import {SplitLib} from "./libraries/SplitLib.sol";
import {TermsLib} from "./libraries/TermsLib.sol";

/// @title The two ways an order's money goes: to the credits of its legs, or back to its payer
abstract contract OrderMoney is OrderBook, CreditBook {
    using TermsLib for Terms;

    /// @dev Credits the legs with `amount` on top of the `released` before.
    function _creditLegs(Terms calldata terms, uint256 released, uint256 amount) internal {
        uint256[] calldata legs = terms.legsOf();
        uint256[] memory parts = SplitLib.between(legs, released, released + amount);
        address token = terms.tokenOf();
        for (uint256 i = 0; i < legs.length; ++i) {
            _credit(SplitLib.account(SplitLib.legAt(legs, i)), token, SplitLib.partAt(parts, i));
        }
    }

    /// @dev Says by the event of `topic` that `amount` goes back to the payer (Voided, Reclaimed and Refunded are of one
    ///      shape) and pushes it; a push that fails becomes credit.
    function _payBack(bytes32 topic, bytes32 id, Terms calldata terms, uint256 amount) internal {
        assembly ("memory-safe") {
            mstore(0x00, amount)
            log2(0x00, 0x20, topic, id)
        }
        if (!_push(terms.payerOf(), terms.tokenOf(), amount)) _creditBack(id, terms, amount);
    }

    /// @dev Pushes the payer what an event has told; a push that fails becomes credit.
    function _pushBack(bytes32 id, Terms calldata terms, uint256 amount) internal {
        if (!_push(terms.payerOf(), terms.tokenOf(), amount)) _creditBack(id, terms, amount);
    }

    /// @dev What went back becomes the payer's credit.
    function _creditBack(bytes32 id, Terms calldata terms, uint256 amount) internal {
        _credit(terms.payerOf(), terms.tokenOf(), amount);
        emit ISettlementEscrow.ReturnCredited(id, amount);
    }
}
