// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {HostileToken} from "../support/HostileToken.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

contract WithdrawTest is EscrowTest {
    using PackedTerms for Terms;

    function earned(Terms memory terms) private returns (Terms memory) {
        captured(terms);
        release(terms);
        return terms;
    }

    function test_credit_leavesToItsOwner() external {
        earned(order());
        uint256 amount = credit(channel);
        allowed(channel, callWithdraw(address(usd), amount - 1));
        assertEq(credit(channel), 1, "rest");
        assertEq(usd.balanceOf(channel), amount - 1, "received");
        allowed(channel, abi.encodeCall(IRevenueLedger.withdrawTo, (address(usd), stranger, 1)));
        assertEq(usd.balanceOf(stranger), 1, "to another account");
    }

    function test_eth_leavesToItsOwner() external {
        earned(ethOrder());
        uint256 amount = escrow.creditOf(merchant, address(0));
        allowed(merchant, callWithdraw(address(0), amount));
        assertEq(merchant.balance, amount, "received");
    }

    function test_reverts_aboveTheCredit() external {
        refused(channel, callWithdraw(address(usd), 1), IRevenueLedger.CreditTooSmall.selector);
        earned(order());
        uint256 amount = credit(channel);
        refused(channel, callWithdraw(address(usd), amount + 1), IRevenueLedger.CreditTooSmall.selector);
        refused(channel, callWithdraw(address(usd), type(uint256).max), IRevenueLedger.CreditTooSmall.selector);
        refused(channel, callWithdraw(address(0), 1), IRevenueLedger.CreditTooSmall.selector);
        refused(channel, callWithdraw(address(usd), 0), IRevenueLedger.AmountZero.selector);
        allowed(channel, callWithdraw(address(usd), amount));
        refused(channel, callWithdraw(address(usd), 1), IRevenueLedger.CreditTooSmall.selector);
    }

    function test_withdrawAll_thenCreditAgain_slotStaysWarm() external {
        earned(order());
        uint256 amount = credit(channel);
        allowed(channel, callWithdraw(address(usd), amount));
        assertEq(credit(channel), 0, "exactly nothing is left");

        Terms memory terms = order();
        terms.setSalt(2);
        captured(terms);
        uint256 before = gasleft();
        release(terms);
        uint256 warm = before - gasleft();
        terms.setSalt(3);
        terms.legs[1] = leg(address(0xF4E54), 80_000, 2);
        captured(terms);
        before = gasleft();
        release(terms);
        assertTrue(before - gasleft() > warm + 10_000, "a fresh slot costs more, an emptied one does not");
        assertEq(credit(channel), amount, "credited as before");
    }

    function test_reverts_whereTheTransferFails() external {
        PayerWallet wallet = new PayerWallet();
        Terms memory terms = ethOrder();
        terms.legs[1] = leg(address(wallet), 80_000, 2);
        earned(terms);
        wallet.set(PayerWallet.Mode.Refuses);
        uint256 amount = escrow.creditOf(address(wallet), address(0));
        refused(address(wallet), callWithdraw(address(0), amount), IRevenueLedger.TransferFailed.selector);
        assertEq(escrow.creditOf(address(wallet), address(0)), amount, "kept");

        HostileToken token = new HostileToken();
        token.mint(payer, AMOUNT);
        terms = order();
        terms.token = address(token);
        earned(terms);
        HostileToken.Mode[3] memory modes = [
            HostileToken.Mode.SaysFalse,
            HostileToken.Mode.Reverts,
            HostileToken.Mode.HidesBalance
        ];
        for (uint256 i = 0; i < modes.length; ++i) {
            token.set(modes[i]);
            refused(channel, callWithdraw(address(token), 1), IRevenueLedger.TransferFailed.selector);
        }
        token.set(HostileToken.Mode.SaysNothing);
        allowed(channel, callWithdraw(address(token), 1));
    }

    function test_aBlockedPayeeStopsNobodyElse() external {
        HostileToken token = new HostileToken();
        token.mint(payer, AMOUNT);
        token.setBlocked(channel);
        Terms memory terms = order();
        terms.token = address(token);
        earned(terms);
        refused(channel, callWithdraw(address(token), 1), IRevenueLedger.TransferFailed.selector);
        allowed(merchant, callWithdraw(address(token), 1));
    }
}
