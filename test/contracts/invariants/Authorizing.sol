// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Permit, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {Books} from "./Books.sol";
import {Deed} from "./Deed.sol";
import {Drafts} from "./Drafts.sol";

/// @title How an order begins: by every consent and every means, charged at once, in baskets, or cancelled before
abstract contract Authorizing is Drafts {
    using PackedTerms for Terms;

    bytes32 private constant FROM_CREDIT_TYPEHASH = keccak256("AuthorizeWithCredit(bytes32 id)");
    bytes32 private constant CANCEL_TYPEHASH = keccak256("CancelTerms(bytes32 id,uint256 deadline)");

    function authorize(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, ) = _unused(seed);
        bool ether_ = terms.token == address(0);
        uint256 value = ether_ ? terms.amount() : 0;
        if (!_affords(terms.payer, terms.token, terms.amount() + 1)) return;
        bool may = _mayAuthorize(i);
        if (_roll(seed, 1, 16) == 0) (may, value) = (false, value + 1);
        bool byPayer = _roll(seed, 2, 16) != 0;
        if (!byPayer) value = 0;
        bytes memory call_ = abi.encodeCall(escrow.authorize, (terms));
        address caller = byPayer ? terms.payer : STRANGER;
        if (_do(Deed.Authorize, caller, value, call_, may && byPayer, _isFair(terms.token))) _pays(i, terms);
    }

    function authorizeBy3009(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, Book storage book) = _unused(seed);
        (bytes memory signature, bool good) = _authorization(seed, terms, book.id);
        bool may = _mayAuthorize(i) && good;
        bytes memory call_ = abi.encodeCall(escrow.authorizeWithAuthorization, (terms, signature));
        if (_do(Deed.AuthorizeBy3009, STRANGER, 0, call_, may, true)) _pays(i, terms);
    }

    function authorizeBySignature(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, Book storage book) = _unused(seed);
        (bytes memory signature, bool may) = _consent(seed, i, terms, book.id);
        bytes memory call_ = abi.encodeCall(escrow.authorizeWithAllowance, (terms, signature));
        if (_do(Deed.AuthorizeBySignature, STRANGER, 0, call_, may, _isFair(terms.token))) _pays(i, terms);
    }

    /// @dev With dollars the permit is the only allowance; other tokens have no permit and need none.
    function authorizeByPermit(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, Book storage book) = _unused(seed);
        (bytes memory signature, bool may) = _consent(seed, i, terms, book.id);
        Permit memory permit = Permit(terms.amount(), _now, _permits(terms.payer, terms.amount()));
        if (_roll(seed, 1, 8) == 0) permit.value += 1; // signed was another
        if (terms.token == address(_usd)) {
            may = may && permit.value == terms.amount() && terms.payer != address(_wallet);
            _allow(terms.payer, 0);
        }
        bytes memory call_ = abi.encodeCall(escrow.authorizeWithPermit, (terms, signature, permit));
        if (_do(Deed.AuthorizeByPermit, STRANGER, 0, call_, may, _isFair(terms.token))) _pays(i, terms);
        _allow(terms.payer, type(uint256).max);
    }

    function authorizeWithCredit(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, Book storage book) = _payableByCredit(seed);
        bool may = _mayAuthorize(i) && _credits[terms.payer][terms.token] >= terms.amount();
        bool byPayer = _roll(seed, 1, 2) == 0;
        bytes memory signature;
        if (!byPayer) {
            bool good;
            (signature, good) = _creditSignature(seed, terms, book.id);
            may = may && good;
        }
        bytes memory call_ = abi.encodeCall(escrow.authorizeWithCredit, (terms, signature));
        Deed deed = byPayer ? Deed.AuthorizeWithCredit : Deed.AuthorizeWithCreditSigned;
        if (_do(deed, byPayer ? terms.payer : STRANGER, 0, call_, may, true)) _paysByCredit(i, terms);
    }

    // Charges

    function charge(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, Book storage book) = _unused(seed);
        bool by3009 = _roll(seed, 1, 2) == 0 && terms.token == address(_usd);
        bytes memory signature;
        bool may;
        if (by3009) {
            (signature, may) = _authorization(seed, terms, book.id);
            may = may && _mayAuthorize(i);
        } else {
            (signature, may) = _consent(seed, i, terms, book.id);
        }
        address caller = _roll(seed, 2, 16) == 0 ? terms.payer : _operator;
        may = may && caller == _operator;
        bytes memory call_ =
            by3009
                ? abi.encodeCall(escrow.chargeWithAuthorization, (terms, signature))
                : abi.encodeCall(escrow.chargeWithAllowance, (terms, signature));
        if (!_do(by3009 ? Deed.ChargeBy3009 : Deed.Charge, caller, 0, call_, may, _isFair(terms.token))) return;
        _pays(i, terms);
        _captures(terms, book, terms.amount());
    }

    function chargeWithCredit(uint256 seed) external inTime {
        (uint256 i, Terms memory terms, Book storage book) = _payableByCredit(seed);
        (bytes memory signature, bool may) = _creditSignature(seed, terms, book.id);
        may = may && _mayAuthorize(i) && _credits[terms.payer][terms.token] >= terms.amount();
        bytes memory call_ = abi.encodeCall(escrow.chargeWithCredit, (terms, signature));
        if (!_do(Deed.ChargeWithCredit, _operator, 0, call_, may, true)) return;
        _paysByCredit(i, terms);
        _captures(terms, book, terms.amount());
    }

    // Baskets

    /// @dev One to three orders of one payer and one token; now and then one of them twice, or a wei too much.
    function basket(uint256 seed) external inTime {
        (uint256[] memory which, Terms[] memory orders) = _gather(seed);
        (address payer, address token) = (orders[0].payer, orders[0].token);
        uint256 sum = _sumOf(orders);
        if (!_affords(payer, token, sum + 1)) return;
        bool may = _mayAuthorizeAll(which);
        bool did;
        if (token == address(_usd) && _roll(seed, 1, 2) == 0) {
            did = _basketBy3009(seed, which, orders, may);
        } else {
            uint256 value = token == address(0) ? sum : 0;
            if (_roll(seed, 2, 12) == 0) (may, value) = (false, value + 1);
            bytes memory call_ = abi.encodeCall(escrow.authorizeBasket, (orders));
            did = _do(Deed.Basket, payer, value, call_, may, _isFair(token));
        }
        if (!did) return;
        for (uint256 i = 0; i < orders.length; ++i) _pays(which[i], orders[i]);
    }

    function _basketBy3009(
        uint256 seed,
        uint256[] memory which,
        Terms[] memory orders,
        bool may
    ) private returns (bool) {
        uint256 until = type(uint256).max;
        bytes memory ids;
        for (uint256 i = 0; i < orders.length; ++i) {
            if (_authorizeByOf(orders[i]) < until) until = _authorizeByOf(orders[i]);
            ids = abi.encodePacked(ids, _books[which[i]].id);
        }
        address payer = orders[0].payer;
        (bytes memory signature, bool good) = _authorizes(
            _hand(seed, payer),
            payer,
            _sumOf(orders),
            until,
            keccak256(ids)
        );
        bytes memory call_ = abi.encodeCall(escrow.authorizeBasketWithAuthorization, (orders, signature));
        return _do(Deed.BasketBy3009, STRANGER, 0, call_, may && good, true);
    }

    function _sumOf(Terms[] memory orders) private pure returns (uint256 sum) {
        for (uint256 i = 0; i < orders.length; ++i) sum += orders[i].amount();
    }

    function _mayAuthorizeAll(uint256[] memory which) private view returns (bool) {
        for (uint256 i = 0; i < which.length; ++i) {
            if (!_mayAuthorize(which[i]) || (i > 0 && which[i] == which[i - 1])) return false;
        }
        return true;
    }

    function _gather(uint256 seed) private returns (uint256[] memory which, Terms[] memory orders) {
        (uint256 first, Terms memory terms, ) = _unused(seed);
        uint256 more = _roll(seed, 3, 3);
        if (_orders.length + more > MOST_ORDERS) more = 0;
        bool twice = _roll(seed, 4, 12) == 0;
        which = new uint256[](1 + more + (twice ? 1 : 0));
        orders = new Terms[](which.length);
        for (uint256 i = 0; i < which.length; ++i) {
            uint256 index = i == 0 ? first : which[i - 1];
            if (i > 0 && i <= more) index = _draftFor(seed ^ i, terms.payer, terms.token, 0);
            (which[i], orders[i]) = (index, _orders[index]);
        }
    }

    // Cancelled before they began

    function cancel(uint256 seed) external inTime {
        if (_roll(seed, 1, 3) != 0) return; // or too many would be gone
        (uint256 i, Terms memory terms, Book storage book) = _pick(seed, Want.Unused);
        bool may = !book.used;
        bool did;
        if (_roll(seed, 2, 2) == 0) {
            address caller = _roll(seed, 3, 8) == 0 ? STRANGER : terms.payer;
            bytes memory call_ = abi.encodeCall(escrow.cancelTerms, (terms));
            did = _do(Deed.Cancel, caller, 0, call_, may && caller == terms.payer, true);
        } else {
            uint256 deadline = _deadline(seed);
            (bytes memory signature, bool good) = _signs(
                _hand(seed, terms.payer),
                terms.payer,
                keccak256(abi.encode(CANCEL_TYPEHASH, book.id, deadline))
            );
            may = may && good && deadline >= _now;
            bytes memory call_ = abi.encodeCall(escrow.cancelTermsWithSignature, (terms, deadline, signature));
            did = _do(Deed.CancelSigned, STRANGER, 0, call_, may, true);
        }
        if (did) (book.used, book.cancelled) = (true, true);
        _checkTouched(i);
    }

    // Consents

    /// @dev The payer's signature over the terms, and whether that and the allowance must do.
    function _consent(
        uint256 seed,
        uint256 i,
        Terms memory terms,
        bytes32 id
    ) private returns (bytes memory signature, bool may) {
        (signature, may) = _signsDigest(_hand(seed, terms.payer), terms.payer, id);
        may = may && _mayAuthorize(i) && terms.token != address(0);
        may = may && _affords(terms.payer, terms.token, terms.amount());
    }

    function _authorization(uint256 seed, Terms memory terms, bytes32 id) private returns (bytes memory, bool) {
        (bytes memory signature, bool good) = _authorizes(
            _hand(seed, terms.payer),
            terms.payer,
            terms.amount(),
            _authorizeByOf(terms),
            id
        );
        return (signature, good && terms.token == address(_usd) && _affords(terms.payer, terms.token, terms.amount()));
    }

    function _creditSignature(uint256 seed, Terms memory terms, bytes32 id) private returns (bytes memory, bool) {
        return _signs(_hand(seed, terms.payer), terms.payer, keccak256(abi.encode(FROM_CREDIT_TYPEHASH, id)));
    }

    /// @dev Mostly a new order that its payer has the credit for.
    function _payableByCredit(uint256 seed) private returns (uint256 i, Terms memory terms, Book storage book) {
        (address account, address token) = _someCredit(seed);
        uint256 credit = _credits[account][token];
        if (credit == 0 || _orders.length == MOST_ORDERS || _roll(seed, 4, 6) == 0) return _unused(seed);
        i = _draftFor(seed, account, token, 1 + _roll(seed, 5, credit < 2 ** 100 ? credit : 2 ** 100));
        return (i, _orders[i], _books[i]);
    }

    // What it does to the books

    function _pays(uint256 i, Terms memory terms) private {
        (_books[i].used, _books[i].held) = (true, terms.amount());
        _enter(terms.payer, terms.token, terms.amount());
    }

    function _paysByCredit(uint256 i, Terms memory terms) private {
        (_books[i].used, _books[i].held) = (true, terms.amount());
        _debit(terms.payer, terms.token, terms.amount());
    }
}
