// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {Deed} from "./Deed.sol";
import {SingleDeeds} from "./SingleDeeds.sol";

/// @title What a merchant gives back after release: out of its credit, then out of its purse
abstract contract Refunds is SingleDeeds {
    bytes32 private constant REFUND_RELEASED_TYPEHASH = keccak256(
        "RefundReleased(bytes32 id,uint256 amount,uint256 refunded,uint256 deadline)"
    );

    function refundReleased(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, Book storage book) = _pick(seed, Want.Released);
        uint256 amount = _upTo(seed, book.released - book.refunded);
        uint256 believed = _believed(seed, book.refunded);
        address caller = _roll(seed, 1, 16) == 0 ? _operator : _merchantOf(terms);
        uint256 rest = amount - _fromCredit(terms, amount);
        bool may = _owes(book, amount, believed) && caller == _merchantOf(terms);
        may = may && _affords(_merchantOf(terms), terms.token, rest);
        uint256 value = terms.token == address(0) && may ? rest : 0;
        if (may && _roll(seed, 2, 24) == 0) (may, value) = (false, value + 1);
        if (value > _purses[caller][address(0)]) return;
        bytes memory call_ = abi.encodeCall(escrow.refundReleased, (terms, amount, believed));
        if (_do(Deed.RefundReleased, caller, value, call_, may, _isFair(terms.token))) _gives(terms, book, amount);
        _checkTouched(i);
    }

    function refundReleasedSigned(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, Book storage book) = _pick(seed, Want.Released);
        uint256 available = book.released - book.refunded;
        uint256[3] memory said = [_upTo(seed, available), _believed(seed, book.refunded), _deadline(seed)];
        (bytes memory signature, bool may) = _signs(
            _hand(seed, _merchantOf(terms)),
            _merchantOf(terms),
            keccak256(abi.encode(REFUND_RELEASED_TYPEHASH, book.id, said))
        );
        may = may && said[2] >= _now && _owes(book, said[0], said[1]) && _bears(terms, said[0]);
        bytes memory call_ = abi.encodeCall(
            escrow.refundReleasedWithSignature,
            (terms, said[0], said[1], said[2], signature)
        );
        if (_do(Deed.RefundReleasedSigned, STRANGER, 0, call_, may, _isFair(terms.token))) {
            _gives(terms, book, said[0]);
        }
        _checkTouched(i);
    }

    /// @dev Without ether sent along: the credit must do, or the purse where it holds tokens.
    function _bears(Terms memory terms, uint256 amount) private view returns (bool) {
        uint256 rest = amount - _fromCredit(terms, amount);
        return rest == 0 || (terms.token != address(0) && _affords(_merchantOf(terms), terms.token, rest));
    }

    function _owes(Book storage book, uint256 amount, uint256 believed) private view returns (bool) {
        return amount > 0 && amount <= book.released - book.refunded && believed == book.refunded;
    }

    function _fromCredit(Terms memory terms, uint256 amount) private view returns (uint256) {
        uint256 credit = _credits[_merchantOf(terms)][terms.token];
        return credit < amount ? credit : amount;
    }

    function _gives(Terms memory terms, Book storage book, uint256 amount) private {
        uint256 fromCredit = _fromCredit(terms, amount);
        book.refunded += amount;
        _debit(_merchantOf(terms), terms.token, fromCredit);
        _enter(_merchantOf(terms), terms.token, amount - fromCredit);
        _payTo(terms.payer, terms.token, amount, true);
    }
}
