// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CreditBook} from "./CreditBook.sol";
import {OrderBook} from "./OrderBook.sol";
import {IRevenueLedger} from "./interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "./interfaces/ISettlementEscrow.sol";
import {SplitLib} from "./libraries/SplitLib.sol";
import {TermsLib} from "./libraries/TermsLib.sol";
import {Transfers} from "./libraries/Transfers.sol";

/// @title The two ways an order's money goes: to the credits of its legs, or back to its payer
abstract contract OrderMoney is OrderBook, CreditBook {
    using TermsLib for Terms;

    /// @dev Gas a push to a payer may spend: enough for wallet contracts and for tokens behind proxies.
    uint256 internal constant PUSH_GAS = 200_000;
    /// @dev What must be left so that PUSH_GAS can be forwarded (63/64 rule, value stipend, new account) and the
    ///      books written afterwards. Else a relayer could make a good push fail by giving it too little.
    uint256 internal constant PUSH_GAS_NEEDED = (PUSH_GAS * 64) / 63 + 60_000;

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
        uint256 left = gasleft();
        if (!Transfers.send(terms.tokenOf(), terms.payerOf(), amount, PUSH_GAS)) _pushFailed(id, terms, amount, left);
    }

    /// @dev Pushes the payer what an event has told; a push that fails becomes credit.
    function _pushBack(bytes32 id, Terms calldata terms, uint256 amount) internal {
        uint256 left = gasleft();
        if (!Transfers.send(terms.tokenOf(), terms.payerOf(), amount, PUSH_GAS)) _pushFailed(id, terms, amount, left);
    }

    /// @dev A push may fail for any reason but too little gas.
    /// @param left gas before the push
    function _pushFailed(bytes32 id, Terms calldata terms, uint256 amount, uint256 left) private {
        if (left < PUSH_GAS_NEEDED) revert IRevenueLedger.PushGasTooLow(left, PUSH_GAS_NEEDED);
        _creditBack(id, terms, amount);
    }

    /// @dev What went back becomes the payer's credit.
    function _creditBack(bytes32 id, Terms calldata terms, uint256 amount) internal {
        _credit(terms.payerOf(), terms.tokenOf(), amount);
        emit ISettlementEscrow.ReturnCredited(id, amount);
    }
}
