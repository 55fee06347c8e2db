// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ITributary} from "../../../contracts/interfaces/ITributary.sol";
import {CaptureRequest, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {TestUSD} from "../../../contracts/mocks/TestUSD.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {vm} from "../support/Vm.sol";
import {Books} from "./Books.sol";
import {SingleDeeds} from "./SingleDeeds.sol";

/// @title Does what people may do, in any order: to one order, to several, on a signature, and to agreements
contract Handler is SingleDeeds {
    using PackedTerms for Terms;

    bytes32 private constant CANCEL_TYPEHASH = keccak256("CancelTerms(bytes32 id,uint256 deadline)");
    bytes32 private constant RECLAIM_TYPEHASH = keccak256("Reclaim(bytes32 id,uint256 deadline)");
    bytes32 private constant WITHDRAW_TYPEHASH = keccak256(
        "Withdraw(address account,address token,uint256 amount,address to,uint256 nonce,uint256 deadline)"
    );

    constructor(ITributary escrow_, TestUSD usd_) Books(escrow_, usd_) {}

    // Several at once

    /// @dev The wallet pays some of its three orders in ETH, now and then one of them twice or with a wei too much.
    function authorizeBasket(uint256 mask) external {
        Terms[] memory orders = new Terms[](4);
        uint256 count;
        uint256 value;
        bool may = true;
        for (uint256 i = 0; i < 3; ++i) {
            if (mask & (1 << i) == 0) continue;
            (Terms memory terms, Book storage book) = _at(2 * i + 1);
            may = may && _mayAuthorize(terms, book);
            value += terms.amount();
            orders[count++] = terms;
        }
        if (count == 0 || _people[WALLET].balance <= 2 * value) return;
        if (mask & 0x38 == 0) (may, value) = (false, value + 1);
        if (mask & 0x1c0 == 0) {
            (orders[count], may) = (orders[0], false);
            value += orders[count++].amount();
        }
        assembly {
            mstore(orders, count)
        }
        vm.prank(_people[WALLET]);
        (bool did, ) = address(escrow).call{value: value}(abi.encodeCall(escrow.authorizeBasket, (orders)));
        _expect(did, may);
        if (!may) return;
        for (uint256 i = 0; i < 3; ++i) {
            if (mask & (1 << i) == 0) continue;
            (Terms memory terms, Book storage book) = _at(2 * i + 1);
            (book.used, book.held) = (true, terms.amount());
        }
    }

    function captureMany(uint256 first, uint256 second, uint256 amounts) external {
        first %= ORDERS;
        second %= ORDERS;
        if (first == second) return;
        CaptureRequest[] memory requests = new CaptureRequest[](2);
        bool may = true;
        for (uint256 i = 0; i < 2; ++i) {
            (Terms memory terms, Book storage book) = _at(i == 0 ? first : second);
            uint256 amount = _upTo(amounts >> (128 * i), book.held);
            may = may && _may(book, amount, book.held) && _now < _captureBy(terms);
            requests[i] = CaptureRequest(terms, amount, book.held);
        }
        vm.prank(OPERATOR);
        _expect(_try(abi.encodeCall(escrow.captureMany, (requests))), may);
        if (!may) return;
        for (uint256 i = 0; i < 2; ++i) {
            _captures(requests[i].terms, _books[i == 0 ? first : second], requests[i].amount);
        }
    }

    /// @dev All six orders; those that cannot be released are skipped, so it never fails.
    function releaseMany(uint256 caller) external {
        address by = caller % 2 == 0 ? STRANGER : _people[caller % _people.length];
        Terms[] memory orders = new Terms[](ORDERS);
        uint256 expected;
        for (uint256 i = 0; i < ORDERS; ++i) {
            Book storage book;
            (orders[i], book) = _at(i);
            if (book.captured == 0 || (_now < book.releaseAt && by != orders[i].payer)) continue;
            ++expected;
            _releases(book);
        }
        vm.prank(by);
        if (escrow.releaseMany(orders) != expected) ++surprises;
    }

    // On a signature, and before anything happened

    function cancel(uint256 which, uint256 way) external {
        if (way % 4 != 0) return; // or most orders would be gone before they began
        (Terms memory terms, Book storage book) = _at(which);
        bool may = !book.used;
        if (way % 3 == 0) {
            vm.prank(STRANGER);
            _expect(_try(abi.encodeCall(escrow.cancelTerms, (terms))), false);
            return;
        }
        if (way % 3 == 1) {
            vm.prank(terms.payer);
            _expect(_try(abi.encodeCall(escrow.cancelTerms, (terms))), may);
        } else {
            bytes memory signature = _signature(
                terms.payer,
                keccak256(abi.encode(CANCEL_TYPEHASH, escrow.idOf(terms), _now))
            );
            _expect(_try(abi.encodeCall(escrow.cancelTermsWithSignature, (terms, _now, signature))), may);
        }
        if (may) (book.used, book.cancelled) = (true, true);
    }

    function reclaimSigned(uint256 which, bool late) external {
        (Terms memory terms, Book storage book) = _at(which);
        uint256 deadline = late ? _now - 1 : _now;
        bytes memory signature = _signature(
            terms.payer,
            keccak256(abi.encode(RECLAIM_TYPEHASH, escrow.idOf(terms), deadline))
        );
        bool may = !late && book.held > 0 && _now >= _captureBy(terms);
        _expect(_try(abi.encodeCall(escrow.reclaimWithSignature, (terms, deadline, signature))), may);
        if (!may) return;
        uint256 amount = book.held;
        book.held = 0;
        _returns(terms, book, amount, true);
    }

    function withdrawSigned(uint256 who, uint256 amount, bool eth, uint256 nonce) external {
        vm.warp(_now);
        nonce %= 32;
        address account = _people[who % _people.length];
        address token = eth ? address(0) : address(usd);
        uint256 credit = escrow.creditOf(account, token);
        amount = _upTo(amount, credit);
        bool may = amount > 0 && amount <= credit && !(eth && _refuses(account)) && !_nonces[account][nonce];
        bytes memory signature = _signature(
            account,
            keccak256(abi.encode(WITHDRAW_TYPEHASH, account, token, amount, account, nonce, _now))
        );
        bytes memory call_ = abi.encodeCall(
            escrow.withdrawWithSignature,
            (account, token, amount, account, nonce, _now, signature)
        );
        _expect(_try(call_), may);
        if (!may) return;
        _nonces[account][nonce] = true;
        withdrawn[account][token] += amount;
    }

    // Agreements

    function acceptAgreement(uint256 which, uint256 who) external {
        vm.warp(_now);
        which %= 2;
        address account = _signatory(who);
        AgreementBook storage book = _agreementBooks[which];
        bool may = account != STRANGER && !book.revoked && !_accepted[which][account];
        vm.prank(account);
        _expect(_try(abi.encodeCall(escrow.acceptAgreement, (_agreements[which]))), may);
        if (!may) return;
        _accepted[which][account] = true;
        ++book.accepted;
    }

    function revokeAgreement(uint256 which, uint256 who) external {
        if ((who >> 8) % 16 != 0) return; // or none would ever be in force for long
        vm.warp(_now);
        which %= 2;
        address account = _signatory(who);
        AgreementBook storage book = _agreementBooks[which];
        bool may = account != STRANGER && book.accepted > 0 && !book.revoked;
        vm.prank(account);
        _expect(_try(abi.encodeCall(escrow.revokeAgreement, (book.id))), may);
        if (may) book.revoked = true;
    }

    function _signatory(uint256 who) private view returns (address) {
        address[6] memory all = [OPERATOR, _people[3], _people[5], _people[6], _people[WALLET], STRANGER];
        return all[who % 6];
    }
}
