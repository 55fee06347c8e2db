// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, OrderView, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {DisputeTest} from "../support/DisputeTest.sol";
import {HostileToken} from "../support/HostileToken.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

contract ConcedeTest is DisputeTest {
    using PackedTerms for Terms;

    function test_payer_letsTheLegsHaveIt() external {
        for (uint256 i = 0; i < VARIANTS; ++i) {
            Terms memory terms = disputed(variant(i), 1000);
            address[5] memory earners = [merchant, channel, agent, carrier, platform];
            uint256[5] memory before;
            for (uint256 j = 0; j < 5; ++j) before[j] = creditIn(terms, earners[j]);
            uint256 owned = balanceIn(terms, address(escrow));
            tells(terms.payer, callConcede(terms, 1), terms, saysResolved(1, 0, 1000, BY_PAYER));
            assertQuantities(terms, 0, AMOUNT - 1000, 0, 0, 1000);
            uint256[5] memory parts = [uint256(820), 80, 50, 30, 20];
            for (uint256 j = 0; j < 5; ++j) {
                assertEq(creditIn(terms, earners[j]) - before[j], parts[j], "the leg's part");
            }
            assertEq(balanceIn(terms, address(escrow)), owned, "nothing moves");
            assertEq(creditIn(terms, terms.payer), 0, "the payer has nothing of it");
        }
    }

    function test_merchant_letsThePayerHaveIt() external {
        for (uint256 i = 0; i < VARIANTS; ++i) {
            Terms memory terms = disputed(variant(i), 1000);
            uint256 before = balanceIn(terms, terms.payer);
            tells(merchant, callConcede(terms, 1), terms, saysResolved(1, 1000, 0, BY_MERCHANT));
            assertQuantities(terms, 0, AMOUNT - 1000, 0, 1000, 0);
            assertEq(balanceIn(terms, terms.payer), before + 1000, "paid");
            assertEq(legCredits(terms), 0, "no leg has anything");
            assertEq(creditIn(terms, terms.payer), 0, "nor the payer a credit");
        }
    }

    function test_theWholeAmount_bothWays() external {
        Terms memory terms = disputed(disputable(), AMOUNT);
        concede(merchant, terms);
        assertQuantities(terms, 0, 0, 0, AMOUNT, 0);
        terms.setSalt(2);
        disputed(terms, AMOUNT);
        concede(payer, terms);
        assertQuantities(terms, 0, 0, 0, 0, AMOUNT);
        assertShared(terms, AMOUNT);
    }

    function test_theRestKeepsItsClock() external {
        Terms memory terms = disputed(disputable(), 1000);
        vm.warp(START + 1 days);
        concede(merchant, terms);
        OrderView memory seen = escrow.orderOf(terms);
        assertEq(seen.releaseAt, START + DELAY, "releaseAt");
        assertEq(seen.rulingBy, 0, "rulingBy");
        assertEq(seen.round, 1, "round");
        // What was captured while all else was disputed has a clock of its own, too.
        terms.setSalt(2);
        vm.warp(START);
        authorize(terms);
        capture(terms, 1000);
        dispute(terms, 1000);
        vm.warp(START + 3 days);
        capture(terms, 5);
        concede(payer, terms);
        assertQuantities(terms, AMOUNT - 1005, 5, 0, 0, 1000);
        assertEq(escrow.orderOf(terms).releaseAt, START + 3 days + DELAY, "releaseAt");
    }

    /// Each call breaks its own rule and all that are judged after it.
    function test_reverts_inTheOrderOfItsRules() external {
        Terms memory terms = disputable();
        bytes32 id = escrow.idOf(terms);
        refusedAs(stranger, callConcede(terms, 7), abi.encodeWithSelector(ISettlementEscrow.UnknownOrder.selector, id));
        captured(terms);
        refusedAs(stranger, callConcede(terms, 7), abi.encodeWithSelector(IOrderDesk.NoDispute.selector, id));
        dispute(terms, 10);
        refusedAs(stranger, callConcede(terms, 7), abi.encodeWithSelector(ISettlementEscrow.StateMoved.selector, 1, 7));
        refusedAs(stranger, callConcede(terms, 1), abi.encodeWithSelector(IOrderDesk.NotDisputant.selector, stranger));
    }

    function test_reverts_forAllButPayerAndMerchant() external {
        Terms memory terms = disputed(disputable(), 10);
        address[7] memory others = [operator, channel, agent, carrier, platform, arbiter, stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            refused(others[i], callConcede(terms, 1), IOrderDesk.NotDisputant.selector);
        }
    }

    function test_reverts_onceItHasEnded_andForAnEarlierRound() external {
        Terms memory terms = disputed(disputable(), 10);
        concede(payer, terms);
        refused(payer, callConcede(terms, 1), IOrderDesk.NoDispute.selector);
        refused(merchant, callConcede(terms, 1), IOrderDesk.NoDispute.selector);
        dispute(terms, 20);
        refusedAs(merchant, callConcede(terms, 1), abi.encodeWithSelector(ISettlementEscrow.StateMoved.selector, 2, 1));
        refused(merchant, callConcede(terms, 0), ISettlementEscrow.StateMoved.selector);
        refused(merchant, callConcede(terms, (1 << 16) | 2), ISettlementEscrow.StateMoved.selector);
        allowed(merchant, callConcede(terms, 2));
    }

    function test_atAnyTime() external {
        uint256[4] memory times = [START, START + RULING - 1, START + RULING, START + 1000 days];
        for (uint256 i = 0; i < times.length; ++i) {
            for (uint256 who = 0; who < 2; ++who) {
                vm.warp(START);
                Terms memory terms = disputable();
                terms.setSalt(10 * i + who);
                disputed(terms, 10);
                vm.warp(times[i]);
                allowed(who == 0 ? payer : merchant, callConcede(terms, 1));
            }
        }
    }

    function test_payerThatIsTheMerchant_meansWhatThePayerMeans() external {
        Terms memory terms = disputable();
        terms.legs[0] = leg(payer, 820_000, 1);
        disputed(terms, 1000);
        uint256 before = usd.balanceOf(payer);
        tells(payer, callConcede(terms, 1), terms, saysResolved(1, 0, 1000, BY_PAYER));
        assertEq(usd.balanceOf(payer), before, "no push");
        assertEq(credit(payer), 820, "its leg's part");
    }

    // Pushes that fail

    function test_push_everyWalletFailureBecomesCredit() external {
        PayerWallet.Mode[3] memory modes = [
            PayerWallet.Mode.Refuses,
            PayerWallet.Mode.Bombs,
            PayerWallet.Mode.BurnsGas
        ];
        for (uint256 i = 0; i < modes.length; ++i) {
            (PayerWallet wallet, Terms memory terms) = byWallet(inEth(disputable()));
            disputed(terms, 1000);
            wallet.set(modes[i]);
            tells(merchant, callConcede(terms, 1), terms, saysResolved(1, 1000, 0, BY_MERCHANT), saysCredited(1000));
            assertEq(creditIn(terms, address(wallet)), 1000, "credit");
            assertQuantities(terms, 0, AMOUNT - 1000, 0, 1000, 0);
        }
    }

    /// A payer that takes nothing can still give in, for then it is not called.
    function test_push_theRefusingPayerMayStillGiveIn() external {
        (PayerWallet wallet, Terms memory terms) = byWallet(inEth(disputable()));
        disputed(terms, 1000);
        wallet.set(PayerWallet.Mode.BurnsGas);
        tells(address(wallet), callConcede(terms, 1), terms, saysResolved(1, 0, 1000, BY_PAYER));
        assertShared(terms, 1000);
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
            (HostileToken token, Terms memory terms) = inHostile(disputable());
            disputed(terms, 1000);
            token.set(modes[i]);
            tells(merchant, callConcede(terms, 1), terms, saysResolved(1, 1000, 0, BY_MERCHANT), saysCredited(1000));
            assertEq(creditIn(terms, payer), 1000, "credit");
        }
    }

    function test_push_lowGasRelayerCannotForceCredit() external {
        (PayerWallet wallet, Terms memory terms) = byWallet(inEth(disputable()));
        disputed(terms, 1000);
        bool paid;
        bool tooLow;
        for (uint256 gas_ = 40_000; gas_ <= 500_000 && !paid; gas_ += 2_500) {
            vm.prank(merchant);
            bytes memory answer;
            (paid, answer) = address(escrow).call{gas: gas_}(callConcede(terms, 1));
            if (!paid && bytes4(answer) == IRevenueLedger.PushGasTooLow.selector) tooLow = true;
            assertEq(creditIn(terms, address(wallet)), 0, "never a credit");
        }
        assertTrue(paid && tooLow, "refused by name, then paid");
        assertEq(wallet.received(), 1, "and pushed");
    }

    function test_token_feeOnSenderSwitchedOn_backingKept() external {
        (HostileToken token, Terms memory terms) = inHostile(disputable());
        disputed(terms, 1000);
        token.setSenderFee(1);
        refused(merchant, callConcede(terms, 1), IRevenueLedger.BackingLost.selector);
        // The dispute still ends, by those who push nothing: here by a stranger, after the arbiter's time.
        vm.warp(START + RULING);
        tells(stranger, callEnd(terms), terms, saysResolved(1, 250, 750, BY_TIME), saysCredited(250));
    }
}
