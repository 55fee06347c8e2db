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

contract RuleTest is DisputeTest {
    using PackedTerms for Terms;

    function test_sharesWhatIsDisputed() external {
        for (uint256 i = 0; i < VARIANTS; ++i) {
            Terms memory terms = disputed(variant(i), 1001);
            (uint256 before, uint256 earned) = (balanceIn(terms, terms.payer), legCredits(terms));
            tells(arbiter, callRule(terms, 1, 1001, 300_000), terms, saysResolved(1, 300, 701, BY_ARBITER));
            assertQuantities(terms, 0, AMOUNT - 1001, 0, 300, 701);
            assertEq(balanceIn(terms, terms.payer), before + 300, "paid");
            assertEq(legCredits(terms), earned + 701, "credited");
            OrderView memory seen = escrow.orderOf(terms);
            assertEq(seen.rulingBy, 0, "rulingBy");
            assertEq(seen.releaseAt, START + DELAY, "the rest keeps its clock");
            assertEq(seen.round, 1, "round");
        }
    }

    function test_roundsThePayersPartDown() external {
        uint256[6] memory ppms = [uint256(0), 1, 333_333, 500_000, 999_999, ALL];
        uint256[6] memory back = [uint256(0), 0, 2, 3, 6, 7];
        uint256 released;
        for (uint256 i = 0; i < ppms.length; ++i) {
            Terms memory terms = disputable();
            terms.setSalt(10 + i);
            disputed(terms, 7);
            uint256 before = usd.balanceOf(payer);
            tells(arbiter, callRule(terms, 1, 7, ppms[i]), terms, saysResolved(1, back[i], 7 - back[i], BY_ARBITER));
            assertQuantities(terms, 0, AMOUNT - 7, 0, back[i], 7 - back[i]);
            assertEq(usd.balanceOf(payer), before + back[i], "paid");
            released += 7 - back[i];
            assertEq(legCredits(terms), released, "credited");
        }
    }

    function test_wholeAmount_bothEnds() external {
        Terms memory terms = disputed(disputable(), AMOUNT);
        tells(arbiter, callRule(terms, 1, AMOUNT, ALL), terms, saysResolved(1, AMOUNT, 0, BY_ARBITER));
        assertQuantities(terms, 0, 0, 0, AMOUNT, 0);
        terms.setSalt(2);
        disputed(terms, AMOUNT);
        tells(arbiter, callRule(terms, 1, AMOUNT, 0), terms, saysResolved(1, 0, AMOUNT, BY_ARBITER));
        assertQuantities(terms, 0, 0, 0, 0, AMOUNT);
        assertShared(terms, AMOUNT);
    }

    /// Each call breaks its own rule and all that are judged after it.
    function test_reverts_inTheOrderOfItsRules() external {
        Terms memory terms = disputable();
        bytes32 id = escrow.idOf(terms);
        bytes memory call_ = callRule(terms, 7, 11, ALL + 1);
        refusedAs(stranger, call_, abi.encodeWithSelector(ISettlementEscrow.UnknownOrder.selector, id));
        captured(terms);
        refusedAs(stranger, call_, abi.encodeWithSelector(IOrderDesk.NotArbiter.selector, stranger, arbiter));
        refusedAs(arbiter, call_, abi.encodeWithSelector(IOrderDesk.NoDispute.selector, id));
        dispute(terms, 10);
        vm.warp(START + RULING);
        refusedAs(arbiter, call_, abi.encodeWithSelector(ISettlementEscrow.StateMoved.selector, 1, 7));
        call_ = callRule(terms, 1, 11, ALL + 1);
        refusedAs(arbiter, call_, abi.encodeWithSelector(ISettlementEscrow.StateMoved.selector, 10, 11));
        call_ = callRule(terms, 1, 10, ALL + 1);
        refusedAs(
            arbiter,
            call_,
            abi.encodeWithSelector(IOrderDesk.RulingClosed.selector, START + RULING, START + RULING)
        );
        vm.warp(START + RULING - 1);
        refusedAs(arbiter, call_, abi.encodeWithSelector(ISettlementEscrow.PpmAboveWhole.selector, ALL + 1, ALL));
        allowed(arbiter, callRule(terms, 1, 10, ALL));
        refused(arbiter, callRule(terms, 1, 10, ALL), IOrderDesk.NoDispute.selector);
        refused(arbiter, callRule(terms, 1, 0, ALL), IOrderDesk.NoDispute.selector);
    }

    function test_reverts_forAllButTheArbiter() external {
        Terms memory terms = disputed(disputable(), 10);
        address[9] memory others = [payer, operator, merchant, channel, agent, carrier, platform, stranger, address(0)];
        for (uint256 i = 0; i < others.length; ++i) {
            refused(others[i], callRule(terms, 1, 10, 0), IOrderDesk.NotArbiter.selector);
        }
        // Where the terms have no arbiter nobody is the zero address.
        terms = captured(order());
        refused(arbiter, callRule(terms, 0, 0, 0), IOrderDesk.NotArbiter.selector);
        refused(stranger, callRule(terms, 0, 0, 0), IOrderDesk.NotArbiter.selector);
    }

    /// The payer ends its dispute over little and opens one over all, before a ruling for the little one arrives.
    function test_ruling_frontRunByEnlargedDisputeReverts() external {
        Terms memory terms = disputed(disputable(), 10);
        bytes memory ruling = callRule(terms, 1, 10, ALL);
        concede(payer, terms);
        dispute(terms, AMOUNT);
        refusedAs(arbiter, ruling, abi.encodeWithSelector(ISettlementEscrow.StateMoved.selector, 2, 1));
        // Nor does a ruling of the new round, but over the amount that the arbiter heard about.
        uint256 now_ = AMOUNT - 10;
        refusedAs(
            arbiter,
            callRule(terms, 2, 10, ALL),
            abi.encodeWithSelector(ISettlementEscrow.StateMoved.selector, now_, 10)
        );
        allowed(arbiter, callRule(terms, 2, now_, ALL));
    }

    /// A ruling reaches no further than what is disputed of the one order.
    function test_movesOnlyTheDisputedPart() external {
        Terms memory other = disputable();
        other.setSalt(2);
        disputed(other, 500);
        Terms memory terms = disputable();
        authorize(terms);
        capture(terms, 1000);
        dispute(terms, 400);
        allowed(arbiter, callRule(terms, 1, 400, ALL));
        assertQuantities(terms, AMOUNT - 1000, 600, 0, 400, 0);
        assertQuantities(other, 0, AMOUNT - 500, 500, 0, 0);
        refused(arbiter, callRule(terms, 1, 600, ALL), IOrderDesk.NoDispute.selector);
        refused(arbiter, callRefund(terms, 1, 600), ISettlementEscrow.NotRefunder.selector);
        refused(arbiter, callVoid(terms, 1, AMOUNT - 1000), ISettlementEscrow.NotVoider.selector);
        refused(arbiter, callCapture(terms, 1, AMOUNT - 1000), ISettlementEscrow.NotCapturer.selector);
        refused(arbiter, callWithdraw(address(usd), 1), IRevenueLedger.CreditTooSmall.selector);
    }

    /// The arbiter is whom the terms name, for good: nothing changes it while a dispute is open.
    function test_theArbiterOfOtherTermsRulesNothingHere() external {
        Terms memory terms = disputed(disputable(), 10);
        Terms memory forged = disputable();
        forged.arbiter = stranger;
        refused(stranger, callRule(forged, 1, 10, 0), ISettlementEscrow.UnknownOrder.selector);
        forged.setSalt(2);
        disputed(forged, 10);
        refused(stranger, callRule(terms, 1, 10, 0), IOrderDesk.NotArbiter.selector);
        refused(arbiter, callRule(forged, 1, 10, 0), IOrderDesk.NotArbiter.selector);
    }

    // Pushes

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
            bytes memory call_ = callRule(terms, 1, 1000, 600_000);
            tells(arbiter, call_, terms, saysResolved(1, 600, 400, BY_ARBITER), saysCredited(600));
            assertEq(creditIn(terms, address(wallet)), 600, "credit");
            assertQuantities(terms, 0, AMOUNT - 1000, 0, 600, 400);
        }
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
            bytes memory call_ = callRule(terms, 1, 1000, ALL);
            tells(arbiter, call_, terms, saysResolved(1, 1000, 0, BY_ARBITER), saysCredited(1000));
            assertEq(creditIn(terms, payer), 1000, "credit");
        }
    }

    /// A part of nothing is not pushed, so no payer, however hostile, is called or credited.
    function test_push_ofNothingCallsNobody() external {
        (PayerWallet wallet, Terms memory terms) = byWallet(inEth(disputable()));
        disputed(terms, 1000);
        wallet.set(PayerWallet.Mode.Refuses);
        tells(arbiter, callRule(terms, 1, 1000, 999), terms, saysResolved(1, 0, 1000, BY_ARBITER));
        assertEq(creditIn(terms, address(wallet)), 0, "no credit");
        assertShared(terms, 1000);
    }

    function test_push_lowGasArbiterCannotForceCredit() external {
        (PayerWallet wallet, Terms memory terms) = byWallet(inEth(disputable()));
        disputed(terms, 1000);
        bool ruled_;
        bool tooLow;
        for (uint256 gas_ = 40_000; gas_ <= 700_000 && !ruled_; gas_ += 2_500) {
            vm.prank(arbiter);
            bytes memory answer;
            (ruled_, answer) = address(escrow).call{gas: gas_}(callRule(terms, 1, 1000, 500_000));
            if (!ruled_ && bytes4(answer) == IRevenueLedger.PushGasTooLow.selector) tooLow = true;
            assertEq(creditIn(terms, address(wallet)), 0, "never a credit");
        }
        assertTrue(ruled_ && tooLow, "refused by name, then ruled");
        assertEq(wallet.received(), 1, "and pushed");
    }

    function testFuzz_sharesByTheRule(uint104 amount, uint256 take, uint256 part, uint256 ppm) external {
        vm.assume(amount > 0);
        Terms memory terms = disputable();
        terms.setAmount(amount);
        usd.mint(payer, amount);
        authorize(terms);
        uint256 taken = 1 + (take % amount);
        capture(terms, taken);
        uint256 inDispute = 1 + (part % taken);
        dispute(terms, inDispute);
        ppm = ppm % (ALL + 1);
        uint256 before = usd.balanceOf(payer);
        rule(terms, ppm);
        uint256 toPayer = (inDispute * ppm) / ALL;
        assertQuantities(terms, amount - taken, taken - inDispute, 0, toPayer, inDispute - toPayer);
        assertEq(usd.balanceOf(payer), before + toPayer, "paid");
        assertShared(terms, inDispute - toPayer);
        if (taken > inDispute) release(terms);
        assertShared(terms, taken - toPayer);
    }
}
