// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreementRegistry} from "../../../contracts/interfaces/IAgreementRegistry.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, OrderView, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "./EscrowTest.sol";
import {PackedTerms} from "./PackedTerms.sol";
import {vm} from "./Vm.sol";

/// @title What every way to pay one order has in common, whoever calls and however the money comes
/// @dev A test of a way to pay says how it pays, and has all of these tests.
abstract contract PayingRoute is EscrowTest {
    using PackedTerms for Terms;

    /// @dev Gives the payer what the order costs, where this way looks for it.
    function fund(Terms memory terms) internal virtual;
    /// @dev The call with the consent of the payer, whose key is PAYER_KEY.
    function paying(Terms memory terms) internal virtual returns (bytes memory);
    function routeOf(Terms memory terms) internal view virtual returns (uint8);

    /// @dev Who calls.
    function caller() internal view virtual returns (address) {
        return stranger;
    }
    /// @dev Whether all is captured at once.
    function captures() internal pure virtual returns (bool) {
        return false;
    }

    function pay(Terms memory terms) internal {
        fund(terms);
        allowed(caller(), paying(terms));
    }

    function invalid(Terms memory terms, bytes4 selector) internal {
        refused(caller(), paying(terms), selector);
        assertFalse(escrow.orderOf(terms).used, "not made");
    }

    // What it does

    function test_holdsOrCaptures_andSaysSo() external {
        _paysAndSays(order(), START + DELAY);
        _paysAndSays(instantOrder(), 0);
    }

    function _paysAndSays(Terms memory terms, uint256 releaseAt) internal {
        fund(terms);
        bytes memory call_ = paying(terms);
        bytes32 id = escrow.idOf(terms);
        uint256 credits = legCredits(terms);
        vm.recordLogs();
        vm.expectEmit(address(escrow));
        emit ISettlementEscrow.Authorized(id, terms, routeOf(terms));
        if (captures()) {
            vm.expectEmit(address(escrow));
            emit ISettlementEscrow.Captured(id, terms.amount(), releaseAt);
        }
        vm.prank(caller());
        (bool ok, bytes memory answer) = address(escrow).call(call_);
        assertTrue(ok && answer.length == 32 && bytes32(answer) == id, "the id is told");
        assertEq(said(), captures() ? 2 : 1, "and no other event");

        OrderView memory seen = escrow.orderOf(terms);
        bool waits = captures() && releaseAt != 0;
        uint256 released = captures() && releaseAt == 0 ? terms.amount() : 0;
        assertOrder(terms, captures() ? 0 : terms.amount(), waits ? terms.amount() : 0, 0, released);
        assertEq(seen.releaseAt, waits ? releaseAt : 0, "clock");
        assertEq(legCredits(terms) - credits, released, "credits");
    }

    function testFuzz_anyAmountAndSalt(uint256 amount, uint256 salt, bool instant) external {
        Terms memory terms = instant ? instantOrder() : order();
        amount = 1 + (amount % type(uint104).max);
        terms.setAmount(amount);
        terms.setSalt(salt % (1 << 152));
        pay(terms);
        if (!captures()) assertOrder(terms, amount, 0, 0, 0);
        else if (instant) assertOrder(terms, 0, 0, 0, amount);
        else assertOrder(terms, 0, amount, 0, 0);
    }

    // What it refuses

    function test_voidedOrder_sameSignatureNeverAuthorizesAgain() external {
        Terms memory terms = order();
        fund(terms);
        bytes memory call_ = paying(terms);
        allowed(caller(), call_);
        fund(terms);
        bytes4 used = ISettlementEscrow.AlreadyAuthorized.selector;
        refused(caller(), call_, used);
        if (captures()) refund(terms, AMOUNT);
        else void_(terms, AMOUNT);
        refused(caller(), call_, used);
        assertOrder(terms, 0, 0, AMOUNT, 0);
        terms.setSalt(2);
        pay(terms); // of equal content, but another order
    }

    function test_cancelledTerms_neverAuthorize() external {
        Terms memory terms = order();
        fund(terms);
        bytes memory call_ = paying(terms);
        vm.prank(payer);
        escrow.cancelTerms(terms);
        refused(caller(), call_, ISettlementEscrow.AlreadyAuthorized.selector);
        assertTrue(escrow.orderOf(terms).cancelled, "cancelled for ever");
    }

    function test_authorizeBy_isTheFirstSecondTooLate() external {
        Terms memory terms = order();
        fund(terms);
        bytes memory call_ = paying(terms);
        vm.warp(START + 1 days);
        refused(caller(), call_, ISettlementEscrow.AuthorizeClosed.selector);
        vm.warp(START + 1 days - 1);
        allowed(caller(), call_);
    }

    function test_terms_areJudgedAsEver() external {
        Terms memory terms = order();
        fund(terms);
        terms.setAmount(0);
        invalid(terms, IRevenueLedger.AmountZero.selector);
        terms = order();
        terms.schedule = schedule(START + 2, START + 1, DELAY, 0);
        invalid(terms, ISettlementEscrow.CaptureByOutOfRange.selector);
        terms.schedule = schedule(START + 2, START + 3, 90 days + 1, 0);
        invalid(terms, ISettlementEscrow.ReleaseDelayTooLong.selector);
        invalid(withFlags(order(), 4), ISettlementEscrow.FlagsUnknown.selector);
        terms = order();
        terms.legs[0] = leg(merchant, 820_001, 1);
        invalid(terms, ISettlementEscrow.MerchantShareWrong.selector);
        terms = order();
        terms.legs[1] = leg(address(escrow), 80_000, 2);
        invalid(terms, ISettlementEscrow.AddressRefused.selector);
        terms = order();
        terms.legs = new uint256[](0);
        invalid(terms, ISettlementEscrow.LegCountOutOfRange.selector);
        terms = order();
        terms.agreement = bytes32(uint256(1));
        invalid(terms, IAgreementRegistry.AgreementNotActive.selector);
        pay(order());
    }

    function test_dirtyHighBitsRevert() external {
        uint256[5] memory word = [uint256(0), 1, 2, 4, 5];
        uint256[5] memory width = [uint256(160), 160, 160, 160, 176];
        fund(order());
        for (uint256 i = 0; i < word.length; ++i) {
            bytes memory call_ = paying(order());
            (uint256 place, uint256 bit) = (word[i] * 32, width[i]);
            assembly {
                let args := add(call_, 0x24) // behind length and selector; the first word tells where the terms lie
                let at_ := add(add(args, mload(args)), place)
                mstore(at_, or(mload(at_), shl(bit, 1)))
            }
            refused(caller(), call_, ISettlementEscrow.TermsDirty.selector);
        }
    }

    function test_ethOnTokenRouteReverts() external {
        Terms memory terms = order();
        fund(terms);
        bytes memory call_ = paying(terms);
        vm.deal(caller(), 1);
        vm.prank(caller());
        (bool ok, ) = address(escrow).call{value: 1}(call_);
        assertFalse(ok, "it takes no ETH");
        assertFalse(escrow.orderOf(terms).used, "not made");
    }

    function test_nobodyPaysForATypo() external {
        // The payer's consent to these terms is none to others: each field that a relayer may want to bend.
        fund(order());
        bytes memory good = paying(order());
        for (uint256 i = 0; i < 5; ++i) {
            bytes memory call_ = bytes.concat(good);
            uint256 place = [uint256(1), 3, 4, 5, 6][i] * 32;
            assembly {
                let args := add(call_, 0x24)
                let at_ := add(add(args, mload(args)), place)
                mstore(at_, add(mload(at_), 1))
            }
            vm.prank(caller());
            (bool ok, ) = address(escrow).call(call_);
            assertFalse(ok, "other terms");
        }
        allowed(caller(), good);
    }
}
