// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {DisputeSignatures} from "../support/DisputeSignatures.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

contract RefundWithSignatureTest is DisputeSignatures {
    using PackedTerms for Terms;

    function relayed(
        Terms memory terms,
        uint256 amount,
        uint256 waiting,
        uint256 nonce
    ) private view returns (bytes memory) {
        bytes memory signature = signedHash(MERCHANT_KEY, refundHash(terms, amount, waiting, nonce, DEADLINE));
        return callRefundSigned(terms, amount, waiting, nonce, DEADLINE, signature);
    }

    function test_relayedByAStranger_paysThePayer() external {
        for (uint256 i = 0; i < VARIANTS; ++i) {
            Terms memory terms = captured(variant(i));
            vm.deal(merchant, 0);
            uint256 before = balanceIn(terms, terms.payer);
            tells(stranger, relayed(terms, 30, AMOUNT, 300 + i), terms, saysRefunded(30));
            assertQuantities(terms, 0, AMOUNT - 30, 0, 30, 0);
            assertEq(balanceIn(terms, terms.payer), before + 30, "paid");
            assertEq(escrow.orderOf(terms).releaseAt, START + DELAY, "the clock goes on");
            assertTrue(escrow.isNonceUsed(merchant, 300 + i), "spent");
            allowed(stranger, relayed(terms, AMOUNT - 30, AMOUNT - 30, 400 + i));
            assertQuantities(terms, 0, 0, 0, AMOUNT, 0);
            assertEq(escrow.orderOf(terms).releaseAt, 0, "nothing waits");
        }
    }

    function test_worksWithoutAnArbiter() external {
        Terms memory terms = captured(order());
        tells(operator, relayed(terms, AMOUNT, AMOUNT, 1), terms, saysRefunded(AMOUNT));
    }

    function test_signature_isGoodOnce() external {
        Terms memory terms = captured(disputable());
        bytes memory call_ = relayed(terms, 30, AMOUNT, 1);
        allowed(stranger, call_);
        vm.prank(stranger);
        (bool ok, ) = address(escrow).call(call_);
        assertFalse(ok, "neither the state nor the nonce is what it was");
        // The state may come back to what was signed; the nonce never does.
        Terms memory again = disputable();
        again.setSalt(2);
        authorize(again);
        capture(again, 100);
        call_ = relayed(again, 30, 100, 2);
        allowed(stranger, call_);
        capture(again, 30);
        assertEq(escrow.orderOf(again).captured, 100, "as it was");
        refusedAs(stranger, call_, abi.encodeWithSelector(ISettlementEscrow.NonceSpent.selector, merchant, 2));
    }

    function test_signature_ofABurntNonceReverts() external {
        Terms memory terms = captured(disputable());
        bytes memory call_ = relayed(terms, 30, AMOUNT, 7);
        vm.prank(payer);
        escrow.useNonce(7);
        bytes memory other = relayed(terms, 30, AMOUNT, 8);
        vm.prank(merchant);
        escrow.useNonce(8);
        refused(stranger, other, ISettlementEscrow.NonceSpent.selector);
        allowed(stranger, call_); // the payer's 7 is not the merchant's
    }

    function test_signature_deadlineIsItsLastSecond() external {
        Terms memory terms = captured(disputable());
        bytes memory call_ = relayed(terms, 30, AMOUNT, 1);
        vm.warp(DEADLINE + 1);
        refusedAs(
            stranger,
            call_,
            abi.encodeWithSelector(ISettlementEscrow.DeadlinePassed.selector, DEADLINE + 1, DEADLINE)
        );
        vm.warp(DEADLINE);
        allowed(stranger, call_);
    }

    function test_signature_badOnesAreRefused() external {
        Terms memory terms = captured(disputable());
        for (uint256 i = 0; i < BAD; ++i) {
            bytes memory bad = badSignature(i, MERCHANT_KEY, refundHash(terms, 30, AMOUNT, 1, DEADLINE));
            refusedAs(
                stranger,
                callRefundSigned(terms, 30, AMOUNT, 1, DEADLINE, bad),
                abi.encodeWithSelector(ISettlementEscrow.SignatureRefused.selector, merchant)
            );
        }
    }

    /// The flag lets the operator call; it makes no signature of the operator's good.
    function test_operatorsSignatureIsNoneOfTheMerchants() external {
        uint256 operatorKey = 0x0937;
        operator = vm.addr(operatorKey);
        Terms memory terms = captured(withFlags(disputable(), OPERATOR_MAY_REFUND));
        bytes memory signature = signedHash(operatorKey, refundHash(terms, 30, AMOUNT, 1, DEADLINE));
        bytes memory call_ = callRefundSigned(terms, 30, AMOUNT, 1, DEADLINE, signature);
        refused(operator, call_, ISettlementEscrow.SignatureRefused.selector);
        refused(merchant, call_, ISettlementEscrow.SignatureRefused.selector);
    }

    function test_signature_everyFieldIsSigned() external {
        Terms memory terms = captured(disputable());
        bytes memory signature = signedHash(MERCHANT_KEY, refundHash(terms, 30, AMOUNT, 1, DEADLINE));
        bytes4 wrong = ISettlementEscrow.SignatureRefused.selector;
        refused(stranger, callRefundSigned(terms, 31, AMOUNT, 1, DEADLINE, signature), wrong);
        refused(stranger, callRefundSigned(terms, 30, AMOUNT, 2, DEADLINE, signature), wrong);
        refused(stranger, callRefundSigned(terms, 30, AMOUNT, 1, DEADLINE + 1, signature), wrong);
        Terms memory other = disputable();
        other.setSalt(2);
        captured(other);
        refused(stranger, callRefundSigned(other, 30, AMOUNT, 1, DEADLINE, signature), wrong);
        vm.chainId(31_338);
        bytes memory call_ = callRefundSigned(terms, 30, AMOUNT, 1, DEADLINE, signature);
        refused(stranger, call_, ISettlementEscrow.UnknownOrder.selector);
        vm.chainId(31_337);
        // As much as was signed, but of another state.
        refund(terms, 1);
        refusedAs(stranger, call_, abi.encodeWithSelector(ISettlementEscrow.StateMoved.selector, AMOUNT - 1, AMOUNT));
        assertFalse(escrow.isNonceUsed(merchant, 1), "a refused call spends no nonce");
    }

    function test_reverts_asRefund() external {
        Terms memory terms = disputable();
        refused(stranger, relayed(terms, 1, 0, 1), ISettlementEscrow.UnknownOrder.selector);
        captured(terms);
        refused(stranger, relayed(terms, 0, AMOUNT, 1), IRevenueLedger.AmountZero.selector);
        refusedAs(
            stranger,
            relayed(terms, AMOUNT + 1, AMOUNT, 1),
            abi.encodeWithSelector(ISettlementEscrow.AmountAboveAvailable.selector, AMOUNT + 1, AMOUNT)
        );
        terms.setSalt(2);
        terms.schedule = ruled(30 minutes, RULING, 0, 0);
        captured(terms);
        bytes memory call_ = relayed(terms, 1, AMOUNT, 1);
        vm.warp(START + 30 minutes);
        refusedAs(
            stranger,
            call_,
            abi.encodeWithSelector(ISettlementEscrow.RefundClosed.selector, START + 30 minutes, START + 30 minutes)
        );
        vm.warp(START + 30 minutes - 1);
        allowed(stranger, call_);
    }

    function test_signature_ofAWalletContract() external {
        PayerWallet shop = new PayerWallet();
        merchant = address(shop);
        Terms memory terms = captured(disputable());
        bytes memory call_ = callRefundSigned(terms, 30, AMOUNT, 1, DEADLINE, "its own way");
        refused(stranger, call_, ISettlementEscrow.SignatureRefused.selector);
        shop.agree(typedDigest(refundHash(terms, 30, AMOUNT, 1, DEADLINE)));
        tells(stranger, call_, terms, saysRefunded(30));
    }

    function test_disputedPartIsOutOfReach() external {
        Terms memory terms = disputed(disputable(), 1000);
        bytes memory call_ = relayed(terms, AMOUNT, AMOUNT, 1);
        refused(stranger, call_, ISettlementEscrow.StateMoved.selector);
        allowed(stranger, relayed(terms, AMOUNT - 1000, AMOUNT - 1000, 1));
        assertQuantities(terms, 0, 0, 1000, AMOUNT - 1000, 0);
    }

    function test_push_failureBecomesCredit_lowGasDoesNot() external {
        (PayerWallet wallet, Terms memory terms) = byWallet(inEth(disputable()));
        captured(terms);
        bytes memory call_ = relayed(terms, 30, AMOUNT, 1);
        wallet.set(PayerWallet.Mode.BurnsGas);
        vm.prank(stranger);
        (bool ok, bytes memory answer) = address(escrow).call{gas: 250_000}(call_);
        assertFalse(ok, "too little gas");
        assertTrue(bytes4(answer) == IRevenueLedger.PushGasTooLow.selector, "refused by name");
        tells(stranger, call_, terms, saysRefunded(30), saysCredited(30));
        assertEq(creditIn(terms, address(wallet)), 30, "credit");
    }
}
