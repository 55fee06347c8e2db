// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {ISettlementEscrow, OrderView, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {DisputeTest} from "../support/DisputeTest.sol";
import {HostileToken} from "../support/HostileToken.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

contract EndDisputeTest is DisputeTest {
    using PackedTerms for Terms;

    /// @dev A dispute over 1,001 units that nobody ruled in time.
    function unruled(Terms memory terms) private returns (Terms memory) {
        vm.warp(START);
        disputed(terms, 1001);
        vm.warp(START + RULING);
        return terms;
    }

    function test_payer_isPaid() external {
        for (uint256 i = 0; i < VARIANTS; ++i) {
            Terms memory terms = unruled(variant(i));
            (uint256 before, uint256 earned) = (balanceIn(terms, terms.payer), legCredits(terms));
            tells(terms.payer, callEnd(terms), terms, saysResolved(1, 250, 751, BY_TIME));
            assertQuantities(terms, 0, AMOUNT - 1001, 0, 250, 751);
            assertEq(balanceIn(terms, terms.payer), before + 250, "paid");
            assertEq(legCredits(terms), earned + 751, "credited");
            assertEq(creditIn(terms, terms.payer), 0, "no credit");
        }
    }

    function test_endDispute_byStranger_paysCredit() external {
        for (uint256 i = 0; i < VARIANTS; ++i) {
            Terms memory terms = unruled(variant(i));
            (uint256 before, uint256 earned) = (balanceIn(terms, terms.payer), legCredits(terms));
            tells(stranger, callEnd(terms), terms, saysResolved(1, 250, 751, BY_TIME), saysCredited(250));
            assertQuantities(terms, 0, AMOUNT - 1001, 0, 250, 751);
            assertEq(balanceIn(terms, terms.payer), before, "the payer is not called");
            assertEq(creditIn(terms, terms.payer), 250, "but credited");
            assertEq(legCredits(terms), earned + 751, "the legs too");
            allowed(terms.payer, callWithdraw(terms.token, 250));
            assertEq(balanceIn(terms, terms.payer), before + 250, "fetched");
        }
    }

    function test_byAnyoneButThePayer_neverCallsThePayer() external {
        address[5] memory callers = [operator, merchant, channel, arbiter, stranger];
        PayerWallet.Mode[4] memory modes = [
            PayerWallet.Mode.Takes,
            PayerWallet.Mode.Refuses,
            PayerWallet.Mode.Bombs,
            PayerWallet.Mode.BurnsGas
        ];
        for (uint256 i = 0; i < callers.length; ++i) {
            (PayerWallet wallet, Terms memory terms) = byWallet(inEth(disputable()));
            terms.setSalt(10 + i);
            unruled(terms);
            wallet.set(modes[i % 4]);
            tells(callers[i], callEnd(terms), terms, saysResolved(1, 250, 751, BY_TIME), saysCredited(250));
            assertEq(wallet.received(), 0, "not called");
        }
    }

    function test_clearsTheDisputeAndNothingElse() external {
        Terms memory terms = disputable();
        authorize(terms);
        capture(terms, 1001);
        dispute(terms, 1001);
        vm.warp(START + RULING - 1);
        capture(terms, 5);
        vm.warp(START + RULING);
        allowed(stranger, callEnd(terms));
        OrderView memory seen = escrow.orderOf(terms);
        assertEq(seen.disputed + seen.rulingBy, 0, "no dispute");
        assertEq(seen.round, 1, "round");
        assertEq(seen.captured, 5, "captured");
        assertEq(seen.releaseAt, START + RULING - 1 + DELAY, "its clock");
        assertEq(seen.held, AMOUNT - 1006, "held");
    }

    function test_reverts_inTheOrderOfItsRules() external {
        Terms memory terms = disputable();
        bytes32 id = escrow.idOf(terms);
        refusedAs(stranger, callEnd(terms), abi.encodeWithSelector(ISettlementEscrow.UnknownOrder.selector, id));
        captured(terms);
        refusedAs(stranger, callEnd(terms), abi.encodeWithSelector(IOrderDesk.NoDispute.selector, id));
        vm.warp(START + 1 hours);
        dispute(terms, 10);
        uint256 rulingBy = START + 1 hours + RULING;
        for (uint256 i = 0; i < 3; ++i) {
            address caller = [payer, arbiter, stranger][i];
            vm.warp(START + 1 hours);
            refusedAs(
                caller,
                callEnd(terms),
                abi.encodeWithSelector(IOrderDesk.RulingOpen.selector, START + 1 hours, rulingBy)
            );
            vm.warp(rulingBy - 1);
            refused(caller, callEnd(terms), IOrderDesk.RulingOpen.selector);
        }
        vm.warp(rulingBy);
        allowed(stranger, callEnd(terms));
        refused(stranger, callEnd(terms), IOrderDesk.NoDispute.selector);
        refused(payer, callEnd(terms), IOrderDesk.NoDispute.selector);
    }

    function test_default_ofNothingAndOfAll() external {
        for (uint256 i = 0; i < 2; ++i) {
            address caller = i == 0 ? payer : stranger;
            Terms memory terms = withDefault(disputable(), 0);
            terms.setSalt(10 + i);
            unruled(terms);
            uint256 before = usd.balanceOf(payer);
            tells(caller, callEnd(terms), terms, saysResolved(1, 0, 1001, BY_TIME));
            assertEq(usd.balanceOf(payer), before, "nothing for the payer");
        }
        Terms memory all = unruled(withDefault(disputable(), ALL));
        uint256 earned = legCredits(all);
        tells(stranger, callEnd(all), all, saysResolved(1, 1001, 0, BY_TIME), saysCredited(1001));
        assertEq(legCredits(all), earned, "nothing for the legs");
        assertQuantities(all, 0, AMOUNT - 1001, 0, 1001, 0);
    }

    function test_default_thatRoundsToNothing() external {
        Terms memory terms = disputed(withDefault(disputable(), 333_333), 3);
        vm.warp(START + RULING);
        tells(stranger, callEnd(terms), terms, saysResolved(1, 0, 3, BY_TIME));
        assertEq(credit(payer), 0, "no credit");
        assertShared(terms, 3);
    }

    function test_payer_whosePushFailsIsCredited() external {
        (PayerWallet wallet, Terms memory terms) = byWallet(inEth(disputable()));
        unruled(terms);
        wallet.set(PayerWallet.Mode.Refuses);
        tells(address(wallet), callEnd(terms), terms, saysResolved(1, 250, 751, BY_TIME), saysCredited(250));
        assertEq(creditIn(terms, address(wallet)), 250, "credit");
    }

    /// No token keeps a stranger from ending a dispute: none is called.
    function test_token_whateverItDoes() external {
        HostileToken.Mode[8] memory modes = [
            HostileToken.Mode.SaysNothing,
            HostileToken.Mode.SaysFalse,
            HostileToken.Mode.SaysFalseButMoves,
            HostileToken.Mode.Bombs,
            HostileToken.Mode.BurnsGas,
            HostileToken.Mode.Reverts,
            HostileToken.Mode.KeepsFee,
            HostileToken.Mode.HidesBalance
        ];
        for (uint256 i = 0; i <= modes.length; ++i) {
            (HostileToken token, Terms memory terms) = inHostile(disputable());
            unruled(terms);
            if (i < modes.length) token.set(modes[i]);
            else vm.etch(address(token), "");
            tells(stranger, callEnd(terms), terms, saysResolved(1, 250, 751, BY_TIME), saysCredited(250));
            assertQuantities(terms, 0, AMOUNT - 1001, 0, 250, 751);
            assertShared(terms, 751);
        }
    }

    function testFuzz_sharesByTheDefault(uint104 amount, uint256 part, uint256 ppm, bool self) external {
        vm.assume(amount > 0);
        ppm = ppm % (ALL + 1);
        Terms memory terms = withDefault(disputable(), ppm);
        terms.setAmount(amount);
        usd.mint(payer, amount);
        uint256 inDispute = 1 + (part % amount);
        disputed(terms, inDispute);
        vm.warp(START + RULING);
        uint256 before = usd.balanceOf(payer);
        allowed(self ? payer : stranger, callEnd(terms));
        uint256 toPayer = (inDispute * ppm) / ALL;
        assertQuantities(terms, 0, amount - inDispute, 0, toPayer, inDispute - toPayer);
        assertEq(usd.balanceOf(payer) + credit(payer), before + toPayer, "the payer's");
        assertEq(credit(payer), self ? 0 : toPayer, "by credit where a stranger came");
        assertShared(terms, inDispute - toPayer);
    }
}
