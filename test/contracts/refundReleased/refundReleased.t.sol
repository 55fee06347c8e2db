// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {DisputeTest} from "../support/DisputeTest.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {vm} from "../support/Vm.sol";

contract RefundReleasedTest is DisputeTest {
    using PackedTerms for Terms;

    uint256 private constant RELEASED = 1000;
    uint256 private constant MERCHANTS = 820;

    /// @dev 1,000 units are released, of which the merchant has 820.
    function given(Terms memory terms) private returns (Terms memory) {
        authorize(terms);
        capture(terms, RELEASED);
        release(terms);
        return terms;
    }

    function approve(uint256 amount) private {
        usd.mint(merchant, amount);
        vm.prank(merchant);
        usd.approve(address(escrow), amount);
    }

    function test_outOfTheCredit() external {
        for (uint256 i = 0; i < VARIANTS; ++i) {
            Terms memory terms = given(variant(i));
            (uint256 before, uint256 had) = (balanceIn(terms, terms.payer), creditIn(terms, merchant));
            tells(merchant, callGiveBack(terms, 30, 0), terms, saysGivenBack(30, 30));
            assertQuantities(terms, AMOUNT - RELEASED, 0, 0, 0, RELEASED);
            assertEq(escrow.orderOf(terms).refunded, 30, "refunded");
            assertEq(creditIn(terms, merchant), had - 30, "the merchant bears it");
            assertEq(creditIn(terms, channel), 80 * (i / 2 + 1), "the others keep theirs");
            assertEq(balanceIn(terms, terms.payer), before + 30, "paid");
            tells(merchant, callGiveBack(terms, 5, 30), terms, saysGivenBack(5, 5));
            assertEq(escrow.orderOf(terms).refunded, 35, "refunded");
        }
    }

    function test_refundReleased_shortCreditPullsWalletOrRevertsWhole() external {
        Terms memory terms = given(disputable());
        bytes memory all = callGiveBack(terms, RELEASED, 0);
        // Nothing allowed; allowed but not owned; owned but one unit too little allowed.
        refused(merchant, all, IRevenueLedger.TransferFailed.selector);
        vm.prank(merchant);
        usd.approve(address(escrow), NEVER);
        refused(merchant, all, IRevenueLedger.TransferFailed.selector);
        approve(RELEASED - MERCHANTS - 1);
        usd.mint(merchant, 1);
        refused(merchant, all, IRevenueLedger.TransferFailed.selector);
        assertEq(credit(merchant), MERCHANTS, "nothing moved");
        assertEq(escrow.orderOf(terms).refunded, 0, "at all");

        approve(RELEASED - MERCHANTS);
        uint256 before = usd.balanceOf(payer);
        uint256 owned = usd.balanceOf(merchant);
        tells(merchant, all, terms, saysGivenBack(RELEASED, MERCHANTS));
        assertEq(usd.balanceOf(payer), before + RELEASED, "paid");
        assertEq(usd.balanceOf(merchant), owned - (RELEASED - MERCHANTS), "by the wallet, too");
        assertEq(credit(merchant), 0, "and all of the credit");
        assertEq(legCredits(terms), RELEASED - MERCHANTS, "the others keep theirs");
        assertEq(usd.balanceOf(address(escrow)), AMOUNT - RELEASED + legCredits(terms), "the escrow has the rest");
    }

    function test_withoutAnyCredit_theWalletPaysAll() external {
        Terms memory terms = given(disputable());
        allowed(merchant, callWithdraw(address(usd), MERCHANTS));
        vm.prank(merchant);
        usd.approve(address(escrow), 100);
        tells(merchant, callGiveBack(terms, 100, 0), terms, saysGivenBack(100, 0));
        assertEq(usd.balanceOf(merchant), MERCHANTS - 100, "from the wallet");
    }

    /// A credit is one pot, whatever order it came from.
    function test_theCreditOfAnotherOrderCountsToo() external {
        Terms memory terms = given(disputable());
        Terms memory other = disputable();
        other.setSalt(2);
        given(other);
        tells(merchant, callGiveBack(terms, RELEASED, 0), terms, saysGivenBack(RELEASED, RELEASED));
        assertEq(credit(merchant), 2 * MERCHANTS - RELEASED, "credit");
        assertEq(escrow.orderOf(other).refunded, 0, "the other order is as it was");
    }

    function test_eth_theCallCarriesTheRest() external {
        Terms memory terms = given(inEth(disputable()));
        vm.deal(merchant, 1000);
        bytes memory all = callGiveBack(terms, RELEASED, 0);
        uint256 rest = RELEASED - MERCHANTS;
        uint256[3] memory wrong = [uint256(0), rest - 1, rest + 1];
        for (uint256 i = 0; i < 3; ++i) {
            refusedAs(
                merchant,
                wrong[i],
                all,
                abi.encodeWithSelector(ISettlementEscrow.ValueMismatch.selector, wrong[i], rest)
            );
        }
        uint256 before = payer.balance;
        tells(merchant, rest, all, terms, saysGivenBack(RELEASED, MERCHANTS), "");
        assertEq(payer.balance, before + RELEASED, "paid");
        assertEq(merchant.balance, 1000 - rest, "the rest came with the call");
        assertEq(creditIn(terms, merchant), 0, "credit");
        assertEq(address(escrow).balance, AMOUNT - RELEASED + rest, "the others' and what is held");
    }

    function test_value_thatIsNotNeededIsRefused() external {
        vm.deal(merchant, 1000);
        Terms memory terms = given(inEth(disputable()));
        bytes4 mismatch = ISettlementEscrow.ValueMismatch.selector;
        refusedAs(merchant, 1, callGiveBack(terms, 10, 0), abi.encodeWithSelector(mismatch, 1, 0));
        terms = given(disputable());
        refusedAs(merchant, 1, callGiveBack(terms, 10, 0), abi.encodeWithSelector(mismatch, 1, 0));
        approve(RELEASED);
        refusedAs(merchant, 180, callGiveBack(terms, RELEASED, 0), abi.encodeWithSelector(mismatch, 180, 0));
    }

    /// Each call breaks its own rule and all that are judged after it.
    function test_reverts_inTheOrderOfItsRules() external {
        Terms memory terms = disputable();
        refusedAs(
            stranger,
            callGiveBack(terms, 0, 9),
            abi.encodeWithSelector(ISettlementEscrow.UnknownOrder.selector, escrow.idOf(terms))
        );
        given(terms);
        refusedAs(
            stranger,
            callGiveBack(terms, 0, 9),
            abi.encodeWithSelector(IOrderDesk.NotMerchant.selector, stranger, merchant)
        );
        refusedAs(
            merchant,
            callGiveBack(terms, 0, 9),
            abi.encodeWithSelector(ISettlementEscrow.StateMoved.selector, 0, 9)
        );
        refused(merchant, callGiveBack(terms, 0, 0), IRevenueLedger.AmountZero.selector);
        refusedAs(
            merchant,
            callGiveBack(terms, RELEASED + 1, 0),
            abi.encodeWithSelector(ISettlementEscrow.AmountAboveAvailable.selector, RELEASED + 1, RELEASED)
        );
        allowed(merchant, callGiveBack(terms, 400, 0));
        refusedAs(
            merchant,
            callGiveBack(terms, 601, 400),
            abi.encodeWithSelector(ISettlementEscrow.AmountAboveAvailable.selector, 601, 600)
        );
        refused(merchant, callGiveBack(terms, NEVER, 400), ISettlementEscrow.AmountAboveAvailable.selector);
    }

    function test_reverts_forAllButTheMerchant() external {
        Terms memory terms = given(withFlags(disputable(), 3));
        address[7] memory others = [payer, operator, channel, carrier, arbiter, stranger, address(0)];
        for (uint256 i = 0; i < others.length; ++i) {
            refused(others[i], callGiveBack(terms, 1, 0), IOrderDesk.NotMerchant.selector);
        }
    }

    function test_retry_givesOnce() external {
        Terms memory terms = given(disputable());
        allowed(merchant, callGiveBack(terms, 10, 0));
        refusedAs(
            merchant,
            callGiveBack(terms, 10, 0),
            abi.encodeWithSelector(ISettlementEscrow.StateMoved.selector, 10, 0)
        );
    }

    /// Only what was released counts: nothing of what is held, waits, is disputed or went back before.
    function test_reachesWhatWasReleasedOnly() external {
        Terms memory terms = disputable();
        authorize(terms);
        bytes4 above = ISettlementEscrow.AmountAboveAvailable.selector;
        refusedAs(merchant, callGiveBack(terms, 1, 0), abi.encodeWithSelector(above, 1, 0));
        capture(terms, RELEASED);
        dispute(terms, 400);
        refund(terms, 100);
        void_(terms, 100);
        refusedAs(merchant, callGiveBack(terms, 1, 0), abi.encodeWithSelector(above, 1, 0));
        release(terms);
        refusedAs(merchant, callGiveBack(terms, 501, 0), abi.encodeWithSelector(above, 501, 500));
        allowed(merchant, callGiveBack(terms, 200, 0));
        rule(terms, 500_000);
        assertQuantities(terms, AMOUNT - 1100, 0, 0, 400, 700);
        refusedAs(merchant, callGiveBack(terms, 501, 200), abi.encodeWithSelector(above, 501, 500));
        allowed(merchant, callGiveBack(terms, 300, 200));
        assertEq(escrow.orderOf(terms).refunded, 500, "refunded");
    }

    /// Cancelled terms have a mark for "all returned" and no money: nothing was released.
    function test_cancelledTermsGiveNothing() external {
        Terms memory terms = disputable();
        vm.prank(payer);
        escrow.cancelTerms(terms);
        bytes4 above = ISettlementEscrow.AmountAboveAvailable.selector;
        refusedAs(merchant, callGiveBack(terms, 1, 0), abi.encodeWithSelector(above, 1, 0));
        vm.deal(merchant, 10);
        terms = inEth(terms);
        vm.prank(payer);
        escrow.cancelTerms(terms);
        refusedAs(merchant, 1, callGiveBack(terms, 1, 0), abi.encodeWithSelector(above, 1, 0));
    }

    /// What is released later is shared as if nothing had gone back.
    function test_laterReleasesShareAsBefore() external {
        Terms memory terms = given(disputable());
        allowed(merchant, callGiveBack(terms, 500, 0));
        capture(terms, 7);
        release(terms);
        assertEq(
            credit(merchant),
            MERCHANTS -
                500 +
                7 -
                (credit(channel) - 80) -
                (credit(agent) - 50) -
                (credit(carrier) - 30) -
                (credit(platform) - 20),
            "the merchant's"
        );
        assertEq(legCredits(terms), RELEASED + 7 - 500, "all");
        assertQuantities(terms, AMOUNT - RELEASED - 7, 0, 0, 0, RELEASED + 7);
        assertEq(escrow.orderOf(terms).refunded, 500, "refunded");
    }

    function test_afterAllIsReleased_noWindowCloses() external {
        Terms memory terms = captured(disputable());
        release(terms);
        vm.warp(START + 3650 days);
        approve(AMOUNT);
        tells(merchant, callGiveBack(terms, AMOUNT, 0), terms, saysGivenBack(AMOUNT, credit(merchant)));
        refused(merchant, callGiveBack(terms, 1, AMOUNT), ISettlementEscrow.AmountAboveAvailable.selector);
        assertQuantities(terms, 0, 0, 0, 0, AMOUNT);
    }
}
