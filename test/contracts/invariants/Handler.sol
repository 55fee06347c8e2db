// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SettlementEscrow} from "../../../contracts/SettlementEscrow.sol";
import {Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {TestUSD} from "../../../contracts/mocks/TestUSD.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

/// @title Does what people may do, in any order, and keeps its own books of it
/// @dev The books know nothing of the contract's storage. A deed that the rules forbid must revert, one that they allow
///      must not: each is tried by who may and by who may not, and `surprises` counts what went the other way.
contract Handler {
    using PackedTerms for Terms;

    struct Book {
        bool used;
        uint256 held;
        uint256 captured;
        uint256 releaseAt;
        uint256 returned;
        uint256 released;
    }

    uint256 private constant ORDERS = 6;
    address private constant STRANGER = address(0x5774);

    SettlementEscrow public immutable escrow;
    TestUSD public immutable usd;
    uint256 private _now = 1_800_000_000;

    Terms[] private _orders;
    mapping(uint256 order => Book) private _books;
    address[] private _people;
    mapping(address account => mapping(address token => uint256)) public withdrawn;
    mapping(address account => mapping(address token => uint256)) public failedPushes;
    mapping(address token => uint256) public uninvited;
    uint256 public surprises;

    constructor(SettlementEscrow escrow_, TestUSD usd_) {
        escrow = escrow_;
        usd = usd_;
        for (uint256 i = 0; i < 7; ++i) _people.push(address(uint160(0x7000 + i)));
        _people.push(address(new PayerWallet())); // pays in ETH and may refuse to take any back
        for (uint256 i = 0; i < ORDERS; ++i) _makeOrder(i);
        for (uint256 i = 0; i < _people.length; ++i) {
            usd.mint(_people[i], 1e12);
            vm.deal(_people[i], 1e12);
            vm.prank(_people[i]);
            usd.approve(address(escrow), type(uint256).max);
        }
    }

    /// @dev Tokens, delays, flags, amounts and legs all differ; people are payers here and legs there.
    function _makeOrder(uint256 i) private {
        Terms storage terms = _orders.push();
        terms.payer = i % 2 == 0 ? _people[i / 2] : _people[7];
        terms.operator = address(0x0937);
        terms.token = i % 2 == 0 ? address(usd) : address(0);
        terms.amountAndSalt = PackedTerms.pack(97 + 10_007 * i, i);
        uint256 delay = i < 2 ? 0 : 3 days;
        terms.schedule = ((_now + 20 days) << 136) | ((_now + 40 days) << 96) | (delay << 64) | (i % 4);
        terms.legs.push(_leg(_people[3], i == 4 ? 0 : 333_333, 1));
        if (i % 3 == 0) terms.legs.push(_leg(_people[4], 13, 0x84));
        if (i % 3 != 1) terms.legs.push(_leg(_people[5], 7, 0x85));
        terms.legs.push(_leg(_people[6], i == 4 ? 333_333 : 1, 3));
        terms.legs.push(_leg(_people[7], 666_666, 2));
        if (i == 4) terms.legs.push(_leg(_people[0], 1, 5));
    }

    function _leg(address account, uint256 share, uint256 kind) private pure returns (uint256) {
        return (uint256(uint160(account)) << 96) | (share << 8) | kind;
    }

    // Deeds

    function authorize(uint256 which) external {
        (Terms memory terms, Book storage book) = _at(which);
        uint256 value = terms.token == address(0) ? terms.amount() : 0;
        bool rich = value == 0 ? usd.balanceOf(terms.payer) >= terms.amount() : terms.payer.balance >= value;
        if (!rich) return;
        bool may = !book.used && _now < terms.schedule >> 136;
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
        if (!may) return;
        if (book.captured > 0 && _now >= book.releaseAt) _releases(book);
        uint256 delay = uint32(terms.schedule >> 64);
        book.held -= amount;
        if (delay == 0) book.released += amount;
        else (book.captured, book.releaseAt) = (book.captured + amount, _now + delay);
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
        PayerWallet(payable(_people[7])).set(PayerWallet.Mode(mode % 3));
    }

    function wait(uint256 seconds_) external {
        _now += 1 + (seconds_ % 2 days);
    }

    function sendUninvited(uint256 amount) external {
        amount %= 1000;
        usd.mint(address(escrow), amount);
        uninvited[address(usd)] += amount;
    }

    // The books

    function orders() external pure returns (uint256) {
        return ORDERS;
    }
    function termsOf(uint256 i) external view returns (Terms memory) {
        return _orders[i];
    }
    function bookOf(uint256 i) external view returns (Book memory) {
        return _books[i];
    }
    function people() external view returns (address[] memory) {
        return _people;
    }
    function clock() external view returns (uint256) {
        return _now;
    }

    function _at(uint256 which) private returns (Terms memory terms, Book storage book) {
        vm.warp(_now);
        return (_orders[which % ORDERS], _books[which % ORDERS]);
    }

    /// @dev Mostly what is possible; now and then zero, all, or one too much.
    function _upTo(uint256 seed, uint256 most) private pure returns (uint256) {
        if (seed % 8 == 0) return most;
        if (seed % 32 == 1) return most + 1;
        return most == 0 ? 0 : (seed / 32) % (most + 1);
    }

    function _may(Book storage book, uint256 amount, uint256 available) private view returns (bool) {
        return book.used && amount > 0 && amount <= available;
    }

    function _captureBy(Terms memory terms) private pure returns (uint256) {
        return uint40(terms.schedule >> 96);
    }

    function _try(bytes memory data) private returns (bool did) {
        (did, ) = address(escrow).call(data);
    }

    function _expect(bool did, bool may) private {
        if (did != may) ++surprises;
    }

    function _releases(Book storage book) private {
        book.released += book.captured;
        (book.captured, book.releaseAt) = (0, 0);
    }

    function _returns(Terms memory terms, Book storage book, uint256 amount, bool pushed) private {
        book.returned += amount;
        bool paid = pushed && !(terms.token == address(0) && _refuses(terms.payer));
        if (!paid) failedPushes[terms.payer][terms.token] += amount;
    }

    function _refuses(address account) private view returns (bool) {
        return account.code.length > 0 && PayerWallet(payable(account)).mode() != PayerWallet.Mode.Takes;
    }
}
