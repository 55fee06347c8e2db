// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {IllToken} from "../../../contracts/mocks/IllToken.sol";
import {IllWallet} from "../../../contracts/mocks/IllWallet.sol";
import {vm} from "../support/Vm.sol";
import {Books} from "./Books.sol";

/// @title Time, and what changes around the escrow: moods of the wallet and of the token, money nobody asked for
abstract contract Moods is Books {
    /// @dev Some hours, or to the second before, at or behind the end of a window.
    function wait(uint256 seed) external {
        uint256 end = _roll(seed, 1, 3) == 0 ? 0 : _someEnd(seed);
        if (end > _now) _now = end - 1 + _roll(seed, 2, 3);
        else _now += _roll(seed, 3, 8 hours);
    }

    /// @dev When a window of an order ends that has something in it.
    function _someEnd(uint256 seed) private view returns (uint256) {
        uint256 count = _orders.length;
        for (uint256 step = 0; step < count; ++step) {
            uint256 i = (_roll(seed, 4, count) + step) % count;
            Book storage book = _books[i];
            uint256 which = _roll(seed, 5, 3);
            if (which == 0 && book.held > 0 && _captureByOf(_orders[i]) > _now) return _captureByOf(_orders[i]);
            if (which == 1 && book.releaseAt > _now) return book.releaseAt;
            if (which == 2 && book.rulingBy > _now) return book.rulingBy;
        }
        return 0;
    }

    function moodOfTheWallet(uint256 seed) external {
        uint256 mode = _roll(seed, 0, 8);
        uint256 voice = _roll(seed, 1, 10);
        _wallet.set(
            IllWallet.Mode(
                mode < 5
                    ? mode
                    : mode - 5 > 1
                        ? 0
                        : mode - 5
            ),
            IllWallet.Voice(voice < 5 ? voice : 0)
        );
        (address target, bytes memory call_) = _ambush(seed);
        _wallet.hook(target, call_);
    }

    function moodOfTheToken(uint256 seed) external {
        uint256 mode = _roll(seed, 0, 24);
        _ill.set(
            IllToken.Mode(
                mode < 16
                    ? mode
                    : mode - 16 > 4
                        ? 0
                        : mode - 16
            )
        );
        _ill.block_(_roll(seed, 1, 4) == 0 ? address(escrow) : _person(seed, 2));
        (address target, bytes memory call_) = _ambush(seed);
        _ill.hook(target, call_);
    }

    function sendUninvited(uint256 seed) external {
        uint256 amount = _roll(seed, 0, 1000);
        _usd.mint(address(escrow), amount);
        _flows[address(_usd)].uninvited += amount;
        // as a block's reward or a contract's end would
        vm.deal(address(escrow), address(escrow).balance + amount);
        _flows[address(0)].uninvited += amount;
    }

    /// @dev Takes from the escrow what it owes, which no contract can answer for: this token is left out of the first
    ///      invariant, and of nothing else.
    function shrink(uint256 seed) external {
        uint256 most = _shrinking.truth(address(escrow));
        if (most > 0) _shrinking.shrink(address(escrow), _roll(seed, 0, most) / 2);
    }

    /// @dev What is called in the middle of a payment: something that would be allowed if the lock were open.
    function _ambush(uint256 seed) private view returns (address, bytes memory) {
        Terms memory terms = _orders[_roll(seed, 3, _orders.length)];
        uint256 way = _roll(seed, 4, 8);
        if (way == 0) return (address(_illArbiter), abi.encodeCall(_illArbiter.again, ()));
        address token = _tokens[_roll(seed, 5, TOKENS)];
        Terms[] memory one = new Terms[](1);
        one[0] = terms;
        bytes[7] memory calls = [
            abi.encodeCall(escrow.withdraw, (token, 1)),
            abi.encodeCall(escrow.reclaim, (terms)),
            abi.encodeCall(escrow.release, (terms)),
            abi.encodeCall(escrow.endDispute, (terms)),
            abi.encodeCall(escrow.releaseMany, (one)),
            abi.encodeCall(escrow.cancelTerms, (terms)),
            abi.encodeCall(escrow.dispute, (terms, 1, bytes32(0)))
        ];
        return (address(escrow), calls[way - 1]);
    }
}
