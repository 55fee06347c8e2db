// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {IRevenueDesk, Sale} from "../../../contracts/interfaces/IRevenueDesk.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, OrderView, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {Vm, vm} from "../support/Vm.sol";
import {Ends} from "./Ends.sol";
import {Rule} from "./Rule.sol";

/// @title The logs of every call, folded as an indexer would: they alone give every quantity and every credit
abstract contract LogFold is Ends {
    using PackedTerms for Terms;

    struct Folded {
        Terms terms;
        bool cancelled;
        uint256 held;
        uint256 captured;
        uint256 releaseAt;
        uint256 disputed;
        uint256 rulingBy;
        uint256 round;
        uint256 returned;
        uint256 released;
        uint256 refunded;
    }

    mapping(bytes32 id => Folded) private _folded;
    mapping(address account => mapping(address token => uint256)) private _foldedCredits;

    function _foldLogs() internal override {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter == address(escrow)) _fold(logs[i]);
        }
    }

    /// @notice Compares what the logs of the run gave with the views. Before `checkEnds`, which does more.
    function checkLogs() external {
        vm.warp(_now);
        for (uint256 i = 0; i < _orders.length; ++i) {
            OrderView memory seen = escrow.orderOf(_orders[i]);
            Folded storage folded = _folded[_books[i].id];
            assertTrue(seen.cancelled == folded.cancelled, "logs: cancelled");
            assertTrue(seen.used == (folded.cancelled || folded.terms.payer != address(0)), "logs: used");
            assertEq(seen.held, folded.held, "logs: H");
            assertEq(seen.captured, folded.captured, "logs: P");
            assertEq(seen.releaseAt, folded.releaseAt, "logs: releaseAt");
            assertEq(seen.disputed, folded.disputed, "logs: D");
            assertEq(seen.rulingBy, folded.rulingBy, "logs: rulingBy");
            assertEq(seen.round, folded.round, "logs: round");
            assertEq(seen.returned, folded.returned, "logs: X");
            assertEq(seen.refunded, folded.refunded, "logs: Z");
            assertEq(_books[i].released, folded.released, "logs: R");
        }
        for (uint256 p = 0; p < PEOPLE; ++p) {
            for (uint256 t = 0; t < TOKENS; ++t) {
                uint256 credit = escrow.creditOf(_people[p], _tokens[t]);
                assertEq(credit, _foldedCredits[_people[p]][_tokens[t]], "logs: credit");
            }
        }
    }

    function _fold(Vm.Log memory log) private {
        bytes32 kind = log.topics[0];
        if (_foldMoney(kind, log)) return;
        bytes32 id = log.topics[1];
        Folded storage order = _folded[id];
        if (kind == ISettlementEscrow.Authorized.selector) {
            (Terms memory terms, uint8 route) = abi.decode(log.data, (Terms, uint8));
            (order.terms, order.held) = (terms, terms.amount());
            if (route == 4) _foldedCredits[terms.payer][terms.token] -= terms.amount();
        } else if (kind == ISettlementEscrow.Cancelled.selector) {
            order.cancelled = true;
        } else if (kind == IOrderDesk.Resolved.selector) {
            (, uint256 toPayer, uint256 toLegs, ) = abi.decode(log.data, (uint256, uint256, uint256, uint8));
            (order.disputed, order.rulingBy) = (order.disputed - toPayer - toLegs, 0);
            order.returned += toPayer;
            _foldEarned(order, toLegs);
        } else {
            _foldAmount(kind, order, log.data);
        }
    }

    /// @dev Events whose first word of data is an amount, or a round.
    function _foldAmount(bytes32 kind, Folded storage order, bytes memory data) private {
        (uint256 amount, uint256 second, uint256 third) = _words(data);
        if (kind == ISettlementEscrow.Captured.selector) {
            order.held -= amount;
            if (second == 0) _foldEarned(order, amount);
            else (order.captured, order.releaseAt) = (order.captured + amount, second);
        } else if (kind == ISettlementEscrow.Released.selector) {
            _foldUncaptured(order, amount);
            _foldEarned(order, amount);
        } else if (kind == ISettlementEscrow.Voided.selector || kind == ISettlementEscrow.Reclaimed.selector) {
            (order.held, order.returned) = (order.held - amount, order.returned + amount);
        } else if (kind == ISettlementEscrow.Refunded.selector) {
            _foldUncaptured(order, amount);
            order.returned += amount;
        } else if (kind == IOrderDesk.Disputed.selector) {
            _foldUncaptured(order, second);
            (order.round, order.disputed, order.rulingBy) = (amount, second, third);
        } else if (kind == IOrderDesk.RefundedReleased.selector) {
            order.refunded += amount;
            _foldedCredits[_merchantOf(order.terms)][order.terms.token] -= second;
        } else if (kind == ISettlementEscrow.ReturnCredited.selector) {
            _foldedCredits[order.terms.payer][order.terms.token] += amount;
        }
    }

    /// @dev Events of an account and a token.
    function _foldMoney(bytes32 kind, Vm.Log memory log) private returns (bool) {
        if (kind == IRevenueDesk.Distributed.selector) {
            (Sale memory sale, uint256 debited) = abi.decode(log.data, (Sale, uint256));
            _foldedCredits[sale.account][sale.token] -= debited;
            uint256[] memory parts = Rule.split(sale.legs, sale.gross);
            for (uint256 i = 0; i < parts.length; ++i) {
                address earner = Rule.accountOf(sale.legs[i]);
                if (earner != sale.account) _foldedCredits[earner][sale.token] += parts[i];
            }
            return true;
        }
        bool deposited = kind == IRevenueDesk.Deposited.selector;
        if (!deposited && kind != IRevenueLedger.Withdrawn.selector) return false;
        address account = address(uint160(uint256(log.topics[1])));
        address token = address(uint160(uint256(log.topics[2])));
        (, uint256 amount) = abi.decode(log.data, (address, uint256));
        if (deposited) _foldedCredits[account][token] += amount;
        else _foldedCredits[account][token] -= amount;
        return true;
    }

    function _foldUncaptured(Folded storage order, uint256 amount) private {
        order.captured -= amount;
        if (order.captured == 0) order.releaseAt = 0;
    }

    function _foldEarned(Folded storage order, uint256 amount) private {
        uint256[] memory legs = order.terms.legs;
        uint256[] memory before = Rule.split(legs, order.released);
        order.released += amount;
        uint256[] memory afterwards = Rule.split(legs, order.released);
        for (uint256 i = 0; i < legs.length; ++i) {
            _foldedCredits[Rule.accountOf(legs[i])][order.terms.token] += afterwards[i] - before[i];
        }
    }

    function _words(bytes memory data) private pure returns (uint256 first, uint256 second, uint256 third) {
        assembly ("memory-safe") {
            let length := mload(data)
            if length {
                first := mload(add(data, 0x20))
            }
            if gt(length, 0x20) {
                second := mload(add(data, 0x40))
            }
            if gt(length, 0x40) {
                third := mload(add(data, 0x60))
            }
        }
    }
}
