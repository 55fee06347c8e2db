// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {Agreed} from "./Agreed.sol";
import {Books} from "./Books.sol";
import {Rule} from "./Rule.sol";

/// @title Terms of all kinds: tokens, amounts of 1 to 2^104 - 1, delays, arbiters, flags, agreements, 1 to 10 legs
abstract contract Drafts is Agreed {
    using PackedTerms for Terms;

    uint256 internal constant MOST_ORDERS = 14;

    /// @dev Whether the drafted legs keep to the agreement that the terms name.
    mapping(uint256 order => bool) private _fits;

    constructor() {
        for (uint256 i = 0; i < 4; ++i) _draft(i);
    }

    /// @dev An unused order: mostly a new one, while there is room.
    function _unused(uint256 seed) internal returns (uint256 i, Terms memory terms, Book storage book) {
        if (_orders.length < MOST_ORDERS && _roll(seed, 0xE0, 4) != 0) {
            i = _draft(seed);
            return (i, _orders[i], _books[i]);
        }
        return _pick(seed, Want.Unused);
    }

    /// @dev Whether these terms may authorize now, if their payer can pay.
    function _mayAuthorize(uint256 i) internal view returns (bool) {
        Terms storage terms = _orders[i];
        if (_books[i].used || _now >= terms.schedule >> 136) return false;
        if (terms.agreement == 0) return true;
        return _fits[i] && _inForce(terms.token == address(0) ? 1 : 0);
    }

    function _draft(uint256 seed) internal returns (uint256) {
        uint256 token = _roll(seed, 0xE1, 10);
        token =
            token < 4
                ? USD
                : token < 7
                    ? ETH
                    : token - 5;
        uint256 payer = _roll(seed, 0xE2, 4);
        return _draftFor(seed, payer == 3 ? _people[WALLET] : _people[payer], _tokens[token], 0);
    }

    /// @param amount of the order; 0 for one that is drawn
    function _draftFor(uint256 seed, address payer, address token, uint256 amount) internal returns (uint256 i) {
        i = _orders.length;
        Terms memory terms;
        (terms.payer, terms.operator, terms.token) = (payer, _operator, token);
        terms.amountAndSalt = PackedTerms.pack(amount == 0 ? _amount(seed) : amount, i);
        bool agreed = (token == address(0) || token == address(_usd)) && _roll(seed, 0xE4, 4) == 0;
        if (agreed) {
            uint256 which = token == address(0) ? 1 : 0;
            terms.agreement = _agreementBooks[which].id;
            terms.arbiter = _agreements[which].arbiter;
            (terms.legs, _fits[i]) = _agreedLegs(seed, terms.amount());
        } else {
            terms.arbiter = _arbiter(seed);
            terms.legs = _legs(seed, terms.amount());
        }
        terms.schedule = _schedule(seed, terms.arbiter != address(0));
        _orders.push(terms);
        _books[i].id = escrow.idOf(terms);
    }

    function _amount(uint256 seed) private pure returns (uint256) {
        uint256 size = _roll(seed, 0xE5, 8);
        if (size < 2) return 1 + _roll(seed, 0xE6, 40);
        if (size == 2) return type(uint104).max - _roll(seed, 0xE6, 3);
        return 1 + _roll(seed, 0xE6, 10 ** (3 + size));
    }

    function _arbiter(uint256 seed) private view returns (address) {
        uint256 who = _roll(seed, 0xE7, 8);
        if (who < 2) return address(0);
        return who < 5 ? address(_illArbiter) : ARBITER;
    }

    function _schedule(uint256 seed, bool withArbiter) private view returns (uint256) {
        uint256 authorizeBy = _now + 6 hours + _roll(seed, 0xE8, 1 days);
        uint256 captureBy = authorizeBy + _roll(seed, 0xE9, 3 days);
        uint256 delay = 6 hours + _roll(seed, 0xEA, 2 days);
        if (!withArbiter && _roll(seed, 0xEB, 2) == 0) delay = 0;
        uint256 rulingTime = withArbiter ? 1 days + _roll(seed, 0xEC, 1 days) : 0;
        uint256 ppm = _roll(seed, 0xED, 4);
        ppm =
            ppm == 0
                ? 0
                : ppm == 1
                    ? 1_000_000
                    : _roll(seed, 0xEE, 1_000_001);
        uint256 times = (authorizeBy << 136) | (captureBy << 96) | (delay << 64) | (rulingTime << 32);
        return times | (ppm << 8) | _roll(seed, 0xEF, 4);
    }

    /// @dev The merchant, up to three fixed legs that fit, then ppm legs; accounts may be there twice, and the payer too.
    function _legs(uint256 seed, uint256 amount) private view returns (uint256[] memory legs) {
        uint256 others = _roll(seed, 0xF0, 12) == 0 ? 9 : _roll(seed, 0xF1, 5);
        uint256 fixedLegs = _roll(seed, 0xF2, 4);
        uint256 left = amount;
        uint256 rest = 1_000_000;
        legs = new uint256[](others + 1);
        uint256 count = 1;
        for (uint256 i = 0; i < others; ++i) {
            address account = _person(seed, 0xF3 + i);
            uint256 kind = 2 + _roll(seed, 0x103 + i, 4);
            bool isFixed = i < fixedLegs;
            uint256 most = isFixed ? left : rest / 2 + 1;
            if (most == 0 || (!isFixed && rest < 2)) break;
            uint256 share = 1 + _roll(seed, 0x113 + i, most < 2 ** 80 ? most : 2 ** 80);
            if (isFixed) left -= share;
            else rest -= share;
            legs[count++] = Rule.leg(account, share, isFixed ? 0x80 | kind : kind);
        }
        uint256 merchant = _roll(seed, 0x123, 8);
        legs[0] = Rule.leg(
            _people[
                merchant < 4
                    ? 3
                    : merchant < 6
                        ? 4
                        : merchant
            ],
            rest,
            1
        );
        assembly ("memory-safe") {
            mstore(legs, count)
        }
    }
}
