// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {Books} from "./Books.sol";
import {Deed} from "./Deed.sol";

/// @title What may be done to the held and the captured part of one order, by who may and by who may not
abstract contract SingleDeeds is Books {
    bytes32 private constant RELEASE_TYPEHASH = keccak256(
        "Release(bytes32 id,uint256 captured,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant RECLAIM_TYPEHASH = keccak256("Reclaim(bytes32 id,uint256 deadline)");
    bytes32 private constant REFUND_TYPEHASH = keccak256(
        "Refund(bytes32 id,uint256 amount,uint256 captured,uint256 nonce,uint256 deadline)"
    );

    function capture(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, Book storage book) = _pick(seed, Want.Capturable);
        uint256 amount = _upTo(seed, book.held);
        uint256 believed = _believed(seed, book.held);
        address caller = _operatorOr(seed, _merchantOf(terms));
        bool may = book.used && amount > 0 && amount <= book.held && believed == book.held;
        may = may && _now < _captureByOf(terms) && (caller == _operator || _flagged(terms, caller, 1));
        bytes memory call_ = abi.encodeCall(escrow.capture, (terms, amount, believed));
        if (_do(Deed.Capture, caller, 0, call_, may, true)) _captures(terms, book, amount);
        _checkTouched(i);
    }

    function release(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, Book storage book) = _pick(seed, Want.Captured);
        address caller = _roll(seed, 1, 2) == 0 ? terms.payer : STRANGER;
        bool may = book.captured > 0 && (caller == terms.payer || _now >= book.releaseAt);
        bytes memory call_ = abi.encodeCall(escrow.release, (terms));
        if (_do(Deed.Release, caller, 0, call_, may, true)) _mature(terms, book);
        _checkTouched(i);
    }

    function releaseSigned(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, Book storage book) = _pick(seed, Want.Captured);
        uint256 believed = _believed(seed, book.captured);
        uint256 nonce = _roll(seed, 2, 32);
        uint256 deadline = _deadline(seed);
        (bytes memory signature, bool good) = _signs(
            _hand(seed, terms.payer),
            terms.payer,
            keccak256(abi.encode(RELEASE_TYPEHASH, book.id, believed, nonce, deadline))
        );
        bool may = good && book.captured > 0 && believed == book.captured && deadline >= _now;
        may = may && !_nonces[terms.payer][nonce];
        bytes memory call_ = abi.encodeCall(escrow.releaseWithSignature, (terms, believed, nonce, deadline, signature));
        if (_do(Deed.ReleaseSigned, STRANGER, 0, call_, may, true)) {
            _nonces[terms.payer][nonce] = true;
            _mature(terms, book);
        }
        _checkTouched(i);
    }

    function void_(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, Book storage book) = _pick(seed, Want.Held);
        uint256 amount = _upTo(seed, book.held);
        uint256 believed = _believed(seed, book.held);
        address caller = _operatorOr(seed, _merchantOf(terms));
        bool may = amount > 0 && amount <= book.held && believed == book.held;
        may = may && (caller == _operator || caller == _merchantOf(terms));
        bytes memory call_ = abi.encodeCall(escrow.void, (terms, amount, believed));
        if (_do(Deed.Void, caller, 0, call_, may, _isFair(terms.token))) {
            book.held -= amount;
            _giveBack(terms, book, amount, false, true);
        }
        _checkTouched(i);
    }

    function reclaim(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, Book storage book) = _pick(seed, Want.Reclaimable);
        address caller = _roll(seed, 1, 2) == 0 ? terms.payer : STRANGER;
        bool may = book.held > 0 && _now >= _captureByOf(terms);
        bytes memory call_ = abi.encodeCall(escrow.reclaim, (terms));
        bool sure = caller == STRANGER || _isFair(terms.token);
        if (_do(Deed.Reclaim, caller, 0, call_, may, sure)) {
            uint256 amount = book.held;
            book.held = 0;
            _giveBack(terms, book, amount, false, caller == terms.payer);
        }
        _checkTouched(i);
    }

    function reclaimSigned(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, Book storage book) = _pick(seed, Want.Reclaimable);
        uint256 deadline = _deadline(seed);
        (bytes memory signature, bool may) = _signs(
            _hand(seed, terms.payer),
            terms.payer,
            keccak256(abi.encode(RECLAIM_TYPEHASH, book.id, deadline))
        );
        may = may && deadline >= _now && book.held > 0 && _now >= _captureByOf(terms);
        bytes memory call_ = abi.encodeCall(escrow.reclaimWithSignature, (terms, deadline, signature));
        if (_do(Deed.ReclaimSigned, STRANGER, 0, call_, may, _isFair(terms.token))) {
            uint256 amount = book.held;
            book.held = 0;
            _giveBack(terms, book, amount, false, true);
        }
        _checkTouched(i);
    }

    function refund(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, Book storage book) = _pick(seed, Want.Open);
        uint256 amount = _upTo(seed, book.captured);
        uint256 believed = _believed(seed, book.captured);
        address caller = _roll(seed, 1, 3) == 0 ? _operatorOr(seed, STRANGER) : _merchantOf(terms);
        bool may = _refundable(book, amount, believed);
        may = may && (caller == _merchantOf(terms) || (caller == _operator && terms.schedule & 2 != 0));
        bytes memory call_ = abi.encodeCall(escrow.refund, (terms, amount, believed));
        if (_do(Deed.Refund, caller, 0, call_, may, _isFair(terms.token))) _refunds(terms, book, amount);
        _checkTouched(i);
    }

    function refundSigned(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, Book storage book) = _pick(seed, Want.Open);
        uint256[4] memory said = [_upTo(seed, book.captured), _believed(seed, book.captured), _roll(seed, 2, 32), 0];
        said[3] = _deadline(seed);
        address merchant = _merchantOf(terms);
        (bytes memory signature, bool may) = _signs(
            _hand(seed, merchant),
            merchant,
            keccak256(abi.encode(REFUND_TYPEHASH, book.id, said))
        );
        may = may && said[3] >= _now && !_nonces[merchant][said[2]] && _refundable(book, said[0], said[1]);
        bytes memory call_ = abi.encodeCall(
            escrow.refundWithSignature,
            (terms, said[0], said[1], said[2], said[3], signature)
        );
        if (_do(Deed.RefundSigned, STRANGER, 0, call_, may, _isFair(terms.token))) {
            _nonces[merchant][said[2]] = true;
            _refunds(terms, book, said[0]);
        }
        _checkTouched(i);
    }

    function _refundable(Book storage book, uint256 amount, uint256 believed) private view returns (bool) {
        bool fits = amount > 0 && amount <= book.captured && believed == book.captured;
        return fits && _now < book.releaseAt;
    }

    function _refunds(Terms memory terms, Book storage book, uint256 amount) private {
        book.captured -= amount;
        if (book.captured == 0) book.releaseAt = 0;
        _giveBack(terms, book, amount, true, true);
    }

    /// @dev What a caller believes is there; seldom wrong.
    function _believed(uint256 seed, uint256 actual) internal pure returns (uint256) {
        return _roll(seed, 0x130, 24) == 0 ? actual + 1 : actual;
    }

    /// @dev The operator mostly, else another one or a stranger.
    function _operatorOr(uint256 seed, address other) internal view returns (address) {
        uint256 who = _roll(seed, 0x131, 8);
        return
            who == 0
                ? STRANGER
                : who < 3
                    ? other
                    : _operator;
    }

    function _flagged(Terms memory terms, address caller, uint256 flag) private pure returns (bool) {
        return caller == _merchantOf(terms) && terms.schedule & flag != 0;
    }
}
