// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OrderView, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {IllToken} from "../../../contracts/mocks/IllToken.sol";
import {IllWallet} from "../../../contracts/mocks/IllWallet.sol";
import {vm} from "../support/Vm.sol";
import {Checks} from "./Checks.sol";

/// @title What must be possible from the state that a run has reached, and what must not
/// @dev Tries things for real. A trial is taken back by reverting; the last, which empties every order, ends the run.
abstract contract Ends is Checks {
    uint256 private constant GAS = 20_000_000;

    /// @notice 5, 7, 8 and 9; to be called last.
    function checkEnds() external {
        vm.warp(_now);
        assertEq(_wallet.reentries() + _ill.reentries(), 0, "4: nothing comes through while money moves");
        for (uint256 i = 0; i < _orders.length; ++i) {
            if (!_books[i].used) continue;
            _9_noSecondHasTwoExits(i);
            _8_usedOnceHereAndUnknownElsewhere(i);
        }
        vm.warp(_now);
        _allBehaveTheirWorst();
        _7_nobodyIsBlockedByOthers();
        _5_aStrangerEmptiesEveryOrder();
    }

    /// @dev Captures end as reclaims begin; refunds and disputes end as public releases begin; rulings end as anybody
    ///      may end the dispute. Tried in the second before, and in the second of, each end.
    function _9_noSecondHasTwoExits(uint256 i) private {
        Terms memory terms = _orders[i];
        Book storage book = _books[i];
        address merchant = _merchantOf(terms);
        for (uint256 late = 0; late < 2; ++late) {
            if (book.held > 0 && _warp(_captureByOf(terms), late)) {
                bool captures = _would(_operator, abi.encodeCall(escrow.capture, (terms, 1, book.held)));
                bool reclaims = _would(STRANGER, abi.encodeCall(escrow.reclaim, (terms)));
                assertTrue(captures == (late == 0) && reclaims == (late == 1), "9: capture or reclaim");
            }
            if (book.captured > 0 && _warp(book.releaseAt, late)) {
                bool refunds = _would(merchant, abi.encodeCall(escrow.refund, (terms, 1, book.captured)));
                bool releases = _would(STRANGER, abi.encodeCall(escrow.release, (terms)));
                bool disputes = _would(terms.payer, abi.encodeCall(escrow.dispute, (terms, 1, bytes32(0))));
                assertTrue(releases == (late == 1), "9: release");
                assertTrue(refunds == (late == 0) || (!refunds && !_isFair(terms.token)), "9: refund or release");
                bool may = late == 0 && terms.arbiter != address(0) && book.disputed == 0;
                assertTrue(disputes == may, "9: dispute or release");
            }
            if (book.disputed > 0 && _warp(book.rulingBy, late)) {
                bytes memory ruling = abi.encodeCall(escrow.rule, (terms, book.round, book.disputed, 0));
                bool rules = _would(terms.arbiter, ruling);
                bool ends = _would(STRANGER, abi.encodeCall(escrow.endDispute, (terms)));
                assertTrue(rules == (late == 0) && ends == (late == 1), "9: ruling or silence");
            }
        }
    }

    /// @dev To the second before an end, or to the end; not back in time.
    function _warp(uint256 end, uint256 late) private returns (bool) {
        if (end - 1 + late < _now) return false;
        vm.warp(end - 1 + late);
        return true;
    }

    function _8_usedOnceHereAndUnknownElsewhere(uint256 i) private {
        Terms memory terms = _orders[i];
        assertTrue(!_would(terms.payer, abi.encodeCall(escrow.authorizeWithCredit, (terms, ""))), "8: once");
        if (i > 0) return; // the same for all
        uint256 chain = block.chainid;
        vm.chainId(chain + 1);
        assertTrue(escrow.idOf(terms) != _books[i].id, "8: another id on another chain");
        vm.chainId(chain);
    }

    function _allBehaveTheirWorst() private {
        _wallet.set(IllWallet.Mode.BurnsGas, IllWallet.Voice.BurnsGas);
        _ill.set(IllToken.Mode.BurnsGas);
    }

    /// @dev Whatever the wallet and the token do, every other credit can be had at once.
    function _7_nobodyIsBlockedByOthers() private {
        for (uint256 p = 0; p < WALLET; ++p) {
            for (uint256 t = 0; t <= ETH; ++t) {
                uint256 credit = _credits[_people[p]][_tokens[t]];
                if (credit == 0) continue;
                bytes memory call_ = abi.encodeCall(escrow.withdraw, (_tokens[t], credit));
                assertTrue(_would(_people[p], call_), "7: a credit can be withdrawn whatever others do");
            }
        }
    }

    /// @dev After all windows, without a call into a payer, a payee or a token.
    function _5_aStrangerEmptiesEveryOrder() private {
        vm.warp(_now + 360 days);
        uint256[3] memory before = [_balance(USD, address(escrow)), address(escrow).balance, _wallet.received()];
        for (uint256 i = 0; i < _orders.length; ++i) {
            Terms memory terms = _orders[i];
            Book storage book = _books[i];
            if (book.held > 0) _must(abi.encodeCall(escrow.reclaim, (terms)));
            if (book.captured > 0) _must(abi.encodeCall(escrow.release, (terms)));
            if (book.disputed > 0) _must(abi.encodeCall(escrow.endDispute, (terms)));
            OrderView memory seen = escrow.orderOf(terms);
            uint256 left = uint256(seen.held) + seen.captured + seen.disputed;
            assertEq(left, 0, "5: a stranger empties every order");
        }
        uint256[3] memory now_ = [_balance(USD, address(escrow)), address(escrow).balance, _wallet.received()];
        assertTrue(keccak256(abi.encode(now_)) == keccak256(abi.encode(before)), "5: and nobody is paid or called");
    }

    function _must(bytes memory data) private {
        vm.prank(STRANGER);
        (bool did, ) = address(escrow).call{gas: GAS}(data);
        assertTrue(did, "5: a stranger may, after all windows");
    }

    /// @dev Whether a call would go through; what it did is taken back.
    function _would(address caller, bytes memory data) private returns (bool did) {
        try this.tryAndRevert(caller, data) {} catch (bytes memory answer) {
            return answer.length == 1;
        }
    }

    /// @notice Reverts with one byte if the call went through, with none if not.
    function tryAndRevert(address caller, bytes calldata data) external {
        vm.prank(caller);
        (bool did, ) = address(escrow).call{gas: GAS}(data);
        assembly {
            revert(0, did)
        }
    }
}
