// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

contract RefundTest is EscrowTest {
    function test_merchant_givesBackWhatWaits() external {
        Terms memory terms = captured(order());
        uint256 before = usd.balanceOf(payer);
        saysReturn(merchant, callRefund(terms, 5, AMOUNT), ISettlementEscrow.Refunded.selector, terms, 5, false);
        assertOrder(terms, 0, AMOUNT - 5, 5, 0);
        assertEq(escrow.orderOf(terms).releaseAt, START + DELAY, "the clock goes on");
        assertEq(usd.balanceOf(payer), before + 5, "paid");
        allowed(merchant, callRefund(terms, AMOUNT - 5, AMOUNT - 5));
        assertOrder(terms, 0, 0, AMOUNT, 0);
        assertEq(escrow.orderOf(terms).releaseAt, 0, "nothing waits");
    }

    function test_operatorRefundNeedsFlag() external {
        Terms memory terms = captured(withFlags(order(), MERCHANT_MAY_CAPTURE));
        refused(operator, callRefund(terms, 1, AMOUNT), ISettlementEscrow.NotRefunder.selector);
        terms = captured(withFlags(order(), OPERATOR_MAY_REFUND));
        allowed(operator, callRefund(terms, 1, AMOUNT));
    }

    function test_reverts_forOthersAndWrongAmounts() external {
        refused(merchant, callRefund(order(), 1, 0), ISettlementEscrow.UnknownOrder.selector);
        Terms memory terms = captured(order());
        refused(payer, callRefund(terms, 1, AMOUNT), ISettlementEscrow.NotRefunder.selector);
        refused(stranger, callRefund(terms, 1, AMOUNT), ISettlementEscrow.NotRefunder.selector);
        refused(merchant, callRefund(terms, 0, AMOUNT), IRevenueLedger.AmountZero.selector);
        refused(merchant, callRefund(terms, AMOUNT + 1, AMOUNT), ISettlementEscrow.AmountAboveAvailable.selector);
        refused(merchant, callRefund(terms, 1, AMOUNT - 1), ISettlementEscrow.StateMoved.selector);
    }

    function test_push_failureBecomesCredit() external {
        PayerWallet wallet = new PayerWallet();
        vm.deal(address(wallet), AMOUNT);
        Terms memory terms = ethOrder();
        terms.payer = address(wallet);
        captured(terms);
        wallet.set(PayerWallet.Mode.Refuses);
        saysReturn(
            merchant,
            callRefund(terms, AMOUNT, AMOUNT),
            ISettlementEscrow.Refunded.selector,
            terms,
            AMOUNT,
            true
        );
        assertEq(escrow.creditOf(address(wallet), address(0)), AMOUNT, "credit");
    }
}
