// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {Books} from "./Books.sol";
import {Deed} from "./Deed.sol";
import {SingleDeeds} from "./SingleDeeds.sol";

/// @title Disputes and their ends: by giving in, by rulings that are sound, nonsense or late, by silence
abstract contract Disputes is SingleDeeds {
    bytes32 private constant DISPUTE_TYPEHASH = keccak256(
        "Dispute(bytes32 id,uint256 amount,uint256 round,bytes32 evidence,uint256 deadline)"
    );
    bytes32 private constant CONCEDE_TYPEHASH = keccak256("Concede(bytes32 id,uint256 round,uint256 deadline)");

    function dispute(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, Book storage book) = _pick(seed, Want.Disputable);
        uint256 amount = _upTo(seed, book.captured);
        address caller = _roll(seed, 1, 16) == 0 ? _merchantOf(terms) : terms.payer;
        bool may = _disputable(terms, book, amount) && caller == terms.payer;
        bytes memory call_ = abi.encodeCall(escrow.dispute, (terms, amount, bytes32(seed)));
        if (_do(Deed.Dispute, caller, 0, call_, may, true)) _disputes(terms, book, amount);
        _checkTouched(i);
    }

    function disputeSigned(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, Book storage book) = _pick(seed, Want.Disputable);
        uint256 amount = _upTo(seed, book.captured);
        uint256 round = _believed(seed, book.round + 1);
        uint256 deadline = _deadline(seed);
        (bytes memory signature, bool may) = _signs(
            _hand(seed, terms.payer),
            terms.payer,
            keccak256(abi.encode(DISPUTE_TYPEHASH, book.id, amount, round, bytes32(seed), deadline))
        );
        may = may && deadline >= _now && round == book.round + 1 && _disputable(terms, book, amount);
        bytes memory call_ = abi.encodeCall(
            escrow.disputeWithSignature,
            (terms, amount, round, bytes32(seed), deadline, signature)
        );
        if (_do(Deed.DisputeSigned, STRANGER, 0, call_, may, true)) _disputes(terms, book, amount);
        _checkTouched(i);
    }

    function concede(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, Book storage book) = _pick(seed, Want.Disputed);
        uint256 round = _believed(seed, book.round);
        address side = _side(seed, terms);
        bool may = book.disputed > 0 && round == book.round && side != STRANGER;
        bool sure = side == terms.payer || _isFair(terms.token);
        bytes memory call_ = abi.encodeCall(escrow.concede, (terms, round));
        if (_do(Deed.Concede, side, 0, call_, may, sure)) _concedes(terms, book, side);
        _checkTouched(i);
    }

    function concedeSigned(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, Book storage book) = _pick(seed, Want.Disputed);
        uint256 round = _believed(seed, book.round);
        uint256 deadline = _deadline(seed);
        address side = _side(seed, terms);
        if (side == STRANGER) side = _people[1];
        (bytes memory signature, bool may) = _signs(
            _hand(seed, side),
            side,
            keccak256(abi.encode(CONCEDE_TYPEHASH, book.id, round, deadline))
        );
        may = may && deadline >= _now && book.disputed > 0 && round == book.round;
        may = may && (side == terms.payer || side == _merchantOf(terms));
        bool sure = side == terms.payer || _isFair(terms.token);
        bytes memory call_ = abi.encodeCall(escrow.concedeWithSignature, (terms, side, round, deadline, signature));
        if (_do(Deed.ConcedeSigned, STRANGER, 0, call_, may, sure)) _concedes(terms, book, side);
        _checkTouched(i);
    }

    /// @dev The arbiter that is a contract rules through itself, and again out of the payer's wallet where that reenters.
    function rule(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, Book storage book) = _pick(seed, Want.Rulable);
        uint256 ppm = _roll(seed, 1, 4) == 0 ? 1_000_000 * _roll(seed, 2, 2) : _roll(seed, 3, 1_000_001);
        if (_roll(seed, 4, 16) == 0) ppm = 1_000_001 + _roll(seed, 5, 2 ** 200);
        uint256 round = _believed(seed, book.round);
        uint256 amount = _believed(seed ^ 1, book.disputed);
        bool may = book.disputed > 0 && _now < book.rulingBy && ppm <= 1_000_000;
        may = may && round == book.round && amount == book.disputed;
        bytes memory call_ = abi.encodeCall(escrow.rule, (terms, round, amount, ppm));
        bool did;
        if (terms.arbiter == address(_illArbiter)) {
            call_ = abi.encodeCall(_illArbiter.decide, (address(escrow), call_));
            bool sure = _isFair(terms.token);
            did = _doAt(address(_illArbiter), Deed.RuleByContract, STRANGER, 0, call_, may, sure);
        } else {
            address caller = _roll(seed, 6, 16) == 0 ? _operatorOr(seed, _merchantOf(terms)) : ARBITER;
            may = may && caller == ARBITER;
            did = _do(Deed.Rule, caller, 0, call_, may, _isFair(terms.token));
        }
        if (did) _resolve(terms, book, (book.disputed * ppm) / 1_000_000, true);
        _checkTouched(i);
    }

    function endDispute(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, Book storage book) = _pick(seed, Want.Silent);
        address caller = _roll(seed, 1, 2) == 0 ? terms.payer : STRANGER;
        bool may = book.disputed > 0 && _now >= book.rulingBy;
        bool sure = caller == STRANGER || _isFair(terms.token);
        bytes memory call_ = abi.encodeCall(escrow.endDispute, (terms));
        if (_do(Deed.EndDispute, caller, 0, call_, may, sure)) {
            uint256 toPayer = (book.disputed * _defaultPpmOf(terms)) / 1_000_000;
            _resolve(terms, book, toPayer, caller == terms.payer);
        }
        _checkTouched(i);
    }

    function _disputable(Terms memory terms, Book storage book, uint256 amount) private view returns (bool) {
        bool open = book.captured > 0 && book.disputed == 0 && _now < book.releaseAt;
        return open && amount > 0 && terms.arbiter != address(0);
    }

    function _disputes(Terms memory terms, Book storage book, uint256 amount) private {
        if (amount > book.captured) amount = book.captured;
        book.captured -= amount;
        if (book.captured == 0) book.releaseAt = 0;
        (book.disputed, book.rulingBy, book.round) = (amount, _now + _rulingTimeOf(terms), book.round + 1);
    }

    function _side(uint256 seed, Terms memory terms) private pure returns (address) {
        uint256 who = _roll(seed, 1, 12);
        return
            who == 0
                ? STRANGER
                : who < 7
                    ? terms.payer
                    : _merchantOf(terms);
    }

    function _concedes(Terms memory terms, Book storage book, address side) private {
        _resolve(terms, book, side == terms.payer ? 0 : book.disputed, true);
    }

    /// @dev The legs earn first, so that what the payer did not take can be told from what it earns as a leg.
    function _resolve(Terms memory terms, Book storage book, uint256 toPayer, bool pushed) private {
        uint256 toLegs = book.disputed - toPayer;
        (book.disputed, book.rulingBy) = (0, 0);
        _earn(terms, book, toLegs);
        _giveBack(terms, book, toPayer, true, pushed);
    }
}
