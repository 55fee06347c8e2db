// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CaptureRequest, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {vm} from "../support/Vm.sol";
import {Deed} from "./Deed.sol";
import {SingleDeeds} from "./SingleDeeds.sol";

/// @title Captures and releases of several orders in one call, which must do what they do one by one
abstract contract Batches is SingleDeeds {
    /// @dev Two orders, now and then the same one twice with a belief that takes the first capture into account.
    function captureMany(uint256 seed) external inTime {
        CaptureRequest[] memory requests = new CaptureRequest[](2);
        uint256[2] memory which;
        bool may = true;
        for (uint256 k = 0; k < 2; ++k) {
            (uint256 i, Terms memory terms, Book storage book) = _pick(seed ^ k, Want.Capturable);
            uint256 held = k == 1 && i == which[0] ? _left(book.held, requests[0].amount) : book.held;
            uint256 amount = _upTo(seed ^ k, held);
            if (k == 0 && amount > 1) amount /= 2;
            may = may && book.used && amount > 0 && amount <= held && _now < _captureByOf(terms);
            requests[k] = CaptureRequest(terms, amount, _believed(seed ^ k, held));
            may = may && requests[k].heldBefore == held;
            which[k] = i;
        }
        bytes memory call_ = abi.encodeCall(escrow.captureMany, (requests));
        if (_do(Deed.CaptureMany, _operator, 0, call_, may, true)) {
            for (uint256 k = 0; k < 2; ++k) _captures(requests[k].terms, _books[which[k]], requests[k].amount);
        }
        for (uint256 k = 0; k < 2; ++k) _checkTouched(which[k]);
    }

    /// @dev Some orders, perhaps one of them twice; those that cannot be released are skipped, so it never fails.
    function releaseMany(uint256 seed) external inTime {
        address caller = _roll(seed, 1, 2) == 0 ? STRANGER : _person(seed, 2);
        (uint256 first, , ) = _pick(seed, Want.Captured);
        Terms[] memory orders = new Terms[](1 + _roll(seed, 4, 6));
        uint256 expected;
        for (uint256 k = 0; k < orders.length; ++k) {
            uint256 i = (first + k) % _orders.length;
            orders[k] = _orders[i];
            if (!_isReleasable(i, caller)) continue;
            ++expected;
            _mature(orders[k], _books[i]);
        }
        vm.recordLogs();
        vm.prank(caller);
        uint256 released = escrow.releaseMany(orders);
        _foldLogs();
        _count(Deed.ReleaseMany, released > 0);
        if (released != expected) _surprised("4: releaseMany released another number of orders");
        for (uint256 k = 0; k < orders.length; ++k) _checkTouched((first + k) % _orders.length);
    }

    function _isReleasable(uint256 i, address caller) private view returns (bool) {
        Book storage book = _books[i];
        return book.captured > 0 && (_now >= book.releaseAt || caller == _orders[i].payer);
    }

    function _left(uint256 held, uint256 taken) private pure returns (uint256) {
        return held > taken ? held - taken : 0;
    }
}
