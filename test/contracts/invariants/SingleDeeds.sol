// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";
import {Books} from "./Books.sol";

/// @title What may be done to one order or one credit by a call, by who may and by who may not
abstract contract SingleDeeds is Books {
    using PackedTerms for Terms;

    function authorize(uint256 which) external {
        (Terms memory terms, Book storage book) = _at(which);
        uint256 value = terms.token == address(0) ? terms.amount() : 0;
        bool rich = value == 0 ? usd.balanceOf(terms.payer) >= terms.amount() : terms.payer.balance >= value;
        if (!rich) return;
        bool may = _mayAuthorize(terms, book);
        vm.prank(terms.payer);
        (bool did, ) = address(escrow).call{value: value}(abi.encodeCall(escrow.authorize, (terms)));
        _expect(did, may);
        if (did) (book.used, book.held) = (true, terms.amount());
    }

    function capture(uint256 which, uint256 amount, uint256 caller) external {
        (Terms memory terms, Book storage book) = _at(which);
        amount = _upTo(amount, book.held);
        bool operator = caller % 2 == 0;
        bool may = _may(book, amount, book.held) && _now < _captureBy(terms) && (operator || terms.schedule & 1 != 0);
        vm.prank(operator ? terms.operator : _people[3]);
        _expect(_try(abi.encodeCall(escrow.capture, (terms, amount, book.held))), may);
        if (may) _captures(terms, book, amount);
    }

    function release(uint256 which, uint256 caller) external {
        (Terms memory terms, Book storage book) = _at(which);
        bool byPayer = caller % 2 == 0;
        bool may = book.captured > 0 && (byPayer || _now >= book.releaseAt);
        vm.prank(byPayer ? terms.payer : STRANGER);
        _expect(_try(abi.encodeCall(escrow.release, (terms))), may);
        if (may) _releases(book);
    }

    function void_(uint256 which, uint256 amount) external {
        (Terms memory terms, Book storage book) = _at(which);
        amount = _upTo(amount, book.held);
        bool may = _may(book, amount, book.held);
        vm.prank(terms.operator);
        _expect(_try(abi.encodeCall(escrow.void, (terms, amount, book.held))), may);
        if (!may) return;
        book.held -= amount;
        _returns(terms, book, amount, true);
    }

    function reclaim(uint256 which, uint256 caller) external {
        (Terms memory terms, Book storage book) = _at(which);
        bool byPayer = caller % 2 == 0;
        bool may = book.held > 0 && _now >= _captureBy(terms);
        vm.prank(byPayer ? terms.payer : STRANGER);
        _expect(_try(abi.encodeCall(escrow.reclaim, (terms))), may);
        if (!may) return;
        uint256 amount = book.held;
        book.held = 0;
        _returns(terms, book, amount, byPayer);
    }

    function refund(uint256 which, uint256 amount, uint256 caller) external {
        (Terms memory terms, Book storage book) = _at(which);
        amount = _upTo(amount, book.captured);
        bool merchant = caller % 2 == 0;
        bool may = _may(book, amount, book.captured) && _now < book.releaseAt && (merchant || terms.schedule & 2 != 0);
        vm.prank(merchant ? _people[3] : terms.operator);
        _expect(_try(abi.encodeCall(escrow.refund, (terms, amount, book.captured))), may);
        if (!may) return;
        book.captured -= amount;
        if (book.captured == 0) book.releaseAt = 0;
        _returns(terms, book, amount, true);
    }

    function withdraw(uint256 who, uint256 amount, bool eth) external {
        address account = _people[who % _people.length];
        address token = eth ? address(0) : address(usd);
        uint256 credit = escrow.creditOf(account, token);
        amount = _upTo(amount, credit);
        bool may = amount > 0 && amount <= credit && !(eth && _refuses(account));
        vm.prank(account);
        _expect(_try(abi.encodeCall(escrow.withdraw, (token, amount))), may);
        if (may) withdrawn[account][token] += amount;
    }

    function moodOfTheWallet(uint8 mode) external {
        PayerWallet(payable(_people[WALLET])).set(PayerWallet.Mode(mode % 3));
    }

    function wait(uint256 seconds_) external {
        _now += 1 + (seconds_ % 2 days);
    }

    function sendUninvited(uint256 amount) external {
        amount %= 1000;
        usd.mint(address(escrow), amount);
        uninvited[address(usd)] += amount;
    }
}
