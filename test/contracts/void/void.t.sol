// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {HostileToken} from "../support/HostileToken.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

contract VoidTest is EscrowTest {
    using PackedTerms for Terms;

    function test_whole_paysThePayer() external {
        Terms memory terms = order();
        authorize(terms);
        uint256 before = usd.balanceOf(payer);
        saysReturn(operator, callVoid(terms, AMOUNT, AMOUNT), ISettlementEscrow.Voided.selector, terms, AMOUNT, false);
        assertOrder(terms, 0, 0, AMOUNT, 0);
        assertEq(usd.balanceOf(payer), before + AMOUNT, "paid");
    }

    function test_parts_sumUp() external {
        Terms memory terms = order();
        authorize(terms);
        allowed(merchant, callVoid(terms, 1, AMOUNT));
        allowed(operator, callVoid(terms, 2, AMOUNT - 1));
        assertOrder(terms, AMOUNT - 3, 0, 3, 0);
        allowed(operator, callVoid(terms, AMOUNT - 3, AMOUNT - 3));
        assertOrder(terms, 0, 0, AMOUNT, 0);
    }

    function test_reverts_forOthersAndWrongAmounts() external {
        Terms memory terms = order();
        refused(operator, callVoid(terms, 1, 0), ISettlementEscrow.UnknownOrder.selector);
        authorize(terms);
        refused(payer, callVoid(terms, 1, AMOUNT), ISettlementEscrow.NotVoider.selector);
        refused(channel, callVoid(terms, 1, AMOUNT), ISettlementEscrow.NotVoider.selector);
        refused(operator, callVoid(terms, 0, AMOUNT), IRevenueLedger.AmountZero.selector);
        refused(operator, callVoid(terms, AMOUNT + 1, AMOUNT), ISettlementEscrow.AmountAboveAvailable.selector);
        refused(operator, callVoid(terms, 1, AMOUNT - 1), ISettlementEscrow.StateMoved.selector);
    }

    function test_released_isZeroAfterFullVoid_allExits() external {
        // One exit takes all: by void, by reclaim, by refund; or several share it. None of it counts as released.
        for (uint256 exit = 0; exit < 4; ++exit) {
            vm.warp(START);
            Terms memory terms = order();
            terms.setSalt(10 + exit);
            authorize(terms);
            if (exit == 0) void_(terms, AMOUNT);
            if (exit == 1) {
                vm.warp(START + 14 days);
                allowed(payer, callReclaim(terms));
            }
            if (exit == 2) {
                capture(terms, AMOUNT);
                refund(terms, AMOUNT);
            }
            if (exit == 3) {
                capture(terms, 100);
                void_(terms, 50);
                refund(terms, 100);
                vm.warp(START + 14 days);
                allowed(stranger, callReclaim(terms));
            }
            assertOrder(terms, 0, 0, AMOUNT, 0);
            refused(payer, callRelease(terms), ISettlementEscrow.NothingCaptured.selector);
            vm.warp(START);
            refused(payer, callAuthorize(terms), ISettlementEscrow.AlreadyAuthorized.selector);
        }
        assertEq(legCredits(order()), 0, "no leg has anything");
    }

    // Pushes that fail

    function wallet(PayerWallet.Mode mode) private returns (PayerWallet made, Terms memory terms) {
        made = new PayerWallet();
        vm.deal(address(made), AMOUNT);
        terms = ethOrder();
        terms.payer = address(made);
        authorize(terms);
        made.set(mode);
    }

    function becomesCredit(PayerWallet.Mode mode) private {
        (PayerWallet made, Terms memory terms) = wallet(mode);
        saysReturn(operator, callVoid(terms, AMOUNT, AMOUNT), ISettlementEscrow.Voided.selector, terms, AMOUNT, true);
        assertEq(escrow.creditOf(address(made), address(0)), AMOUNT, "credit");
        assertOrder(terms, 0, 0, AMOUNT, 0);
        made.set(PayerWallet.Mode.Takes);
        allowed(address(made), callWithdraw(address(0), AMOUNT));
        assertEq(address(made).balance, AMOUNT, "fetched later");
    }

    function test_push_refusedEthBecomesCredit() external {
        becomesCredit(PayerWallet.Mode.Refuses);
    }

    function test_push_gasBurnerBecomesCredit() external {
        becomesCredit(PayerWallet.Mode.BurnsGas);
    }

    function test_push_returnBomb() external {
        becomesCredit(PayerWallet.Mode.Bombs);
    }

    function test_push_lowGasRelayerCannotForceCredit() external {
        (PayerWallet made, Terms memory terms) = wallet(PayerWallet.Mode.Takes);
        bytes memory call_ = callVoid(terms, AMOUNT, AMOUNT);
        bool paid;
        for (uint256 gas_ = 40_000; gas_ <= 400_000 && !paid; gas_ += 2_500) {
            vm.prank(operator);
            (bool ok, ) = address(escrow).call{gas: gas_}(call_);
            assertEq(escrow.creditOf(address(made), address(0)), 0, "never a credit");
            paid = ok;
        }
        assertTrue(paid, "paid at last");
        assertEq(address(made).balance, AMOUNT, "and pushed");
    }

    function test_push_selfdestructedToken() external {
        HostileToken token = new HostileToken();
        Terms memory terms = hostileOrder(token);
        vm.etch(address(token), "");
        allowed(operator, callVoid(terms, AMOUNT, AMOUNT));
        assertEq(escrow.creditOf(payer, address(token)), AMOUNT, "credit");
        refused(payer, callWithdraw(address(token), AMOUNT), IRevenueLedger.TransferFailed.selector);
    }

    function test_token_blocklistsPayer() external {
        HostileToken token = new HostileToken();
        Terms memory terms = hostileOrder(token);
        token.setBlocked(payer);
        allowed(operator, callVoid(terms, AMOUNT, AMOUNT));
        assertEq(escrow.creditOf(payer, address(token)), AMOUNT, "credit");
        allowed(payer, abi.encodeCall(IRevenueLedger.withdrawTo, (address(token), stranger, AMOUNT)));
        assertEq(token.balanceOf(stranger), AMOUNT, "to another account of its own");
    }

    function test_token_everyFailureBecomesCredit() external {
        HostileToken.Mode[5] memory modes = [
            HostileToken.Mode.SaysFalse,
            HostileToken.Mode.Bombs,
            HostileToken.Mode.BurnsGas,
            HostileToken.Mode.Reverts,
            HostileToken.Mode.HidesBalance
        ];
        for (uint256 i = 0; i < modes.length; ++i) {
            HostileToken token = new HostileToken();
            Terms memory terms = hostileOrder(token);
            token.set(modes[i]);
            saysReturn(
                operator,
                callVoid(terms, AMOUNT, AMOUNT),
                ISettlementEscrow.Voided.selector,
                terms,
                AMOUNT,
                true
            );
            assertEq(escrow.creditOf(payer, address(token)), AMOUNT, "credit");
        }
    }

    function test_token_thatSaysNothingHasPaid() external {
        HostileToken token = new HostileToken();
        Terms memory terms = hostileOrder(token);
        token.set(HostileToken.Mode.SaysNothing);
        saysReturn(operator, callVoid(terms, AMOUNT, AMOUNT), ISettlementEscrow.Voided.selector, terms, AMOUNT, false);
        assertEq(token.balanceOf(payer), AMOUNT, "paid");
        assertEq(escrow.creditOf(payer, address(token)), 0, "no credit");
    }

    /// A token that starts to charge the sender, or moves what it denies to have moved, would eat other credits.
    function test_token_feeOnSenderSwitchedOn_backingKept() external {
        HostileToken token = new HostileToken();
        Terms memory terms = hostileOrder(token);
        Terms memory other = order();
        other.token = address(token);
        other.setSalt(2);
        token.mint(payer, AMOUNT);
        authorize(other);

        token.setSenderFee(1);
        refused(operator, callVoid(terms, AMOUNT, AMOUNT), IRevenueLedger.BackingLost.selector);
        token.setSenderFee(0);
        token.set(HostileToken.Mode.SaysFalseButMoves);
        refused(operator, callVoid(terms, AMOUNT, AMOUNT), IRevenueLedger.BackingLost.selector);
        assertEq(token.balanceOf(address(escrow)), 2 * AMOUNT, "all is there");

        // The order still ends: as a credit, which waits until the token is fair again.
        token.set(HostileToken.Mode.Fair);
        token.setSenderFee(1);
        vm.warp(START + 14 days);
        allowed(stranger, callReclaim(terms));
        refused(payer, callWithdraw(address(token), AMOUNT), IRevenueLedger.BackingLost.selector);
        token.setSenderFee(0);
        allowed(payer, callWithdraw(address(token), AMOUNT));
    }

    function hostileOrder(HostileToken token) private returns (Terms memory terms) {
        token.mint(payer, AMOUNT);
        terms = order();
        terms.token = address(token);
        authorize(terms);
    }
}
