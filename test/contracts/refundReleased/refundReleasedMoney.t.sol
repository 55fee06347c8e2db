// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {DisputeTest} from "../support/DisputeTest.sol";
import {HostileToken} from "../support/HostileToken.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

/// The pull from the merchant and the push to the payer, where either goes wrong.
contract RefundReleasedMoneyTest is DisputeTest {
    using PackedTerms for Terms;

    /// @dev 1,000 units are released, of which the merchant has 820.
    function given(Terms memory terms) private returns (Terms memory) {
        authorize(terms);
        capture(terms, 1000);
        release(terms);
        return terms;
    }

    function hostile() private returns (HostileToken token, Terms memory terms) {
        (token, terms) = inHostile(disputable());
        given(terms);
        token.mint(merchant, 1000);
    }

    function test_pull_ofATokenThatKeepsAFeeReverts() external {
        (HostileToken token, Terms memory terms) = hostile();
        token.set(HostileToken.Mode.KeepsFee);
        refusedAs(
            merchant,
            callGiveBack(terms, 1000, 0),
            abi.encodeWithSelector(ISettlementEscrow.ReceivedWrongAmount.selector, 179, 180)
        );
        assertEq(creditIn(terms, merchant), 820, "nothing moved");
    }

    function test_pull_thatFailsReverts() external {
        HostileToken.Mode[4] memory modes = [
            HostileToken.Mode.SaysFalse,
            HostileToken.Mode.SaysFalseButMoves,
            HostileToken.Mode.Bombs,
            HostileToken.Mode.Reverts
        ];
        for (uint256 i = 0; i < modes.length; ++i) {
            (HostileToken token, Terms memory terms) = hostile();
            token.set(modes[i]);
            refused(merchant, callGiveBack(terms, 1000, 0), IRevenueLedger.TransferFailed.selector);
            assertEq(creditIn(terms, merchant), 820, "nothing moved");
            assertEq(token.balanceOf(merchant), 1000, "at all");
        }
    }

    function test_pull_ofATokenWithoutABalanceReverts() external {
        (HostileToken token, Terms memory terms) = hostile();
        token.set(HostileToken.Mode.HidesBalance);
        refused(merchant, callGiveBack(terms, 1000, 0), IRevenueLedger.BalanceUnknown.selector);
        vm.etch(address(token), "");
        refused(merchant, callGiveBack(terms, 1000, 0), IRevenueLedger.BalanceUnknown.selector);
    }

    function test_pull_ofATokenThatSaysNothing() external {
        (HostileToken token, Terms memory terms) = hostile();
        token.set(HostileToken.Mode.SaysNothing);
        tells(merchant, callGiveBack(terms, 1000, 0), terms, saysGivenBack(1000, 820));
        assertEq(token.balanceOf(payer), 1000, "paid");
        assertEq(token.balanceOf(merchant), 820, "by 180 of the wallet's");
    }

    /// The wallet's part stays in even where the payer's wallet takes nothing: it is the payer's credit then.
    function test_push_failureBecomesCredit() external {
        (HostileToken token, Terms memory terms) = hostile();
        token.setBlocked(payer);
        tells(merchant, callGiveBack(terms, 1000, 0), terms, saysGivenBack(1000, 820), saysCredited(1000));
        assertEq(creditIn(terms, payer), 1000, "credit");
        assertEq(token.balanceOf(address(escrow)), AMOUNT + 180, "backed");
        assertEq(escrow.orderOf(terms).refunded, 1000, "refunded all the same");
    }

    function test_push_everyTokenFailureBecomesCredit() external {
        HostileToken.Mode[5] memory modes = [
            HostileToken.Mode.SaysFalse,
            HostileToken.Mode.Bombs,
            HostileToken.Mode.BurnsGas,
            HostileToken.Mode.Reverts,
            HostileToken.Mode.HidesBalance
        ];
        for (uint256 i = 0; i < modes.length; ++i) {
            (HostileToken token, Terms memory terms) = hostile();
            token.set(modes[i]);
            tells(merchant, callGiveBack(terms, 100, 0), terms, saysGivenBack(100, 100), saysCredited(100));
            assertEq(creditIn(terms, payer), 100, "credit");
            assertEq(creditIn(terms, merchant), 720, "out of the merchant's");
        }
    }

    function test_push_everyWalletFailureBecomesCredit() external {
        PayerWallet.Mode[3] memory modes = [
            PayerWallet.Mode.Refuses,
            PayerWallet.Mode.Bombs,
            PayerWallet.Mode.BurnsGas
        ];
        vm.deal(merchant, 1000);
        for (uint256 i = 0; i < modes.length; ++i) {
            (PayerWallet wallet, Terms memory terms) = byWallet(inEth(disputable()));
            uint256 had = creditIn(terms, merchant);
            given(terms);
            wallet.set(modes[i]);
            bytes memory call_ = callGiveBack(terms, 1000, 0);
            bytes memory said = saysGivenBack(1000, had + 820);
            tells(merchant, 180 - had, call_, terms, said, saysCredited(1000));
            assertEq(creditIn(terms, address(wallet)), 1000, "credit");
        }
    }

    function test_push_lowGasMerchantCannotForceCredit() external {
        (PayerWallet wallet, Terms memory terms) = byWallet(inEth(disputable()));
        given(terms);
        bool paid;
        bool tooLow;
        for (uint256 gas_ = 40_000; gas_ <= 600_000 && !paid; gas_ += 2_500) {
            vm.prank(merchant);
            bytes memory answer;
            (paid, answer) = address(escrow).call{gas: gas_}(callGiveBack(terms, 10, 0));
            if (!paid && bytes4(answer) == IRevenueLedger.PushGasTooLow.selector) tooLow = true;
            assertEq(creditIn(terms, address(wallet)), 0, "never a credit");
        }
        assertTrue(paid && tooLow, "refused by name, then paid");
        assertEq(wallet.received(), 1, "and pushed");
    }

    function test_push_feeOnSenderSwitchedOn_backingKept() external {
        (HostileToken token, Terms memory terms) = hostile();
        token.setSenderFee(1);
        refused(merchant, callGiveBack(terms, 10, 0), IRevenueLedger.BackingLost.selector);
        assertEq(creditIn(terms, merchant), 820, "nothing moved");
    }

    /// Payer and merchant are one: what leaves its credit reaches its wallet, and no unit more.
    function test_payerThatIsTheMerchant() external {
        Terms memory terms = disputable();
        terms.legs[0] = leg(payer, 820_000, 1);
        given(terms);
        uint256 before = usd.balanceOf(payer);
        tells(payer, callGiveBack(terms, 1000, 0), terms, saysGivenBack(1000, 820));
        assertEq(usd.balanceOf(payer), before + 820, "its own 820; the other 180 went in and out");
        assertEq(credit(payer), 0, "credit");
    }

    /// A merchant that is also another leg has one credit, and all of it counts.
    function test_merchantWithASecondLeg() external {
        Terms memory terms = disputable();
        terms.legs[1] = leg(merchant, 80_000, 2);
        given(terms);
        tells(merchant, callGiveBack(terms, 900, 0), terms, saysGivenBack(900, 900));
        assertEq(credit(merchant), 0, "credit");
    }

    function testFuzz_creditFirstThenTheWallet(uint104 released, uint256 withdrawn, uint256 amount, bool eth) external {
        vm.assume(released > 0);
        Terms memory terms = eth ? inEth(disputable()) : disputable();
        terms.setAmount(released);
        usd.mint(payer, released);
        vm.deal(payer, uint256(released));
        captured(terms);
        release(terms);
        uint256 share = creditIn(terms, merchant);
        withdrawn = share == 0 ? 0 : withdrawn % (share + 1);
        if (withdrawn > 0) allowed(merchant, callWithdraw(terms.token, withdrawn));
        usd.mint(merchant, released);
        vm.deal(merchant, 2 * uint256(released));
        vm.prank(merchant);
        usd.approve(address(escrow), NEVER);

        amount = 1 + (amount % released);
        uint256 left = share - withdrawn;
        uint256 fromCredit = amount < left ? amount : left;
        (uint256 before, uint256 owned) = (balanceIn(terms, payer), balanceIn(terms, merchant));
        bytes memory call_ = callGiveBack(terms, amount, 0);
        tells(merchant, eth ? amount - fromCredit : 0, call_, terms, saysGivenBack(amount, fromCredit), "");
        assertEq(balanceIn(terms, payer), before + amount, "paid");
        assertEq(balanceIn(terms, merchant), owned - (amount - fromCredit), "wallet");
        assertEq(creditIn(terms, merchant), left - fromCredit, "credit");
        assertEq(escrow.orderOf(terms).refunded, amount, "refunded");
        assertEq(balanceIn(terms, address(escrow)), legCredits(terms), "backed to the unit");
    }
}
