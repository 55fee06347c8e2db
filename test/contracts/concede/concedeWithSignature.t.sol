// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {DisputeSignatures} from "../support/DisputeSignatures.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

contract ConcedeWithSignatureTest is DisputeSignatures {
    using PackedTerms for Terms;

    function relayed(Terms memory terms, uint256 key, uint256 round) private view returns (bytes memory) {
        bytes memory signature = signedHash(key, concedeHash(terms, round, DEADLINE));
        return callConcedeSigned(terms, vm.addr(key), round, DEADLINE, signature);
    }

    function test_payer_relayedByAStranger() external {
        Terms memory terms = disputed(disputable(), 1000);
        vm.deal(payer, 0);
        tells(stranger, relayed(terms, PAYER_KEY, 1), terms, saysResolved(1, 0, 1000, BY_PAYER));
        assertQuantities(terms, 0, AMOUNT - 1000, 0, 0, 1000);
        assertShared(terms, 1000);
    }

    function test_merchant_relayedByAStranger() external {
        for (uint256 i = 0; i < VARIANTS; ++i) {
            Terms memory terms = disputed(variant(i), 1000);
            uint256 before = balanceIn(terms, terms.payer);
            tells(stranger, relayed(terms, MERCHANT_KEY, 1), terms, saysResolved(1, 1000, 0, BY_MERCHANT));
            assertQuantities(terms, 0, AMOUNT - 1000, 0, 1000, 0);
            assertEq(balanceIn(terms, terms.payer), before + 1000, "paid");
        }
    }

    /// It counts whose signature it is, not who brings it.
    function test_theCallersRoleMeansNothing() external {
        Terms memory terms = disputed(disputable(), 1000);
        tells(payer, relayed(terms, MERCHANT_KEY, 1), terms, saysResolved(1, 1000, 0, BY_MERCHANT));
        dispute(terms, 10);
        tells(merchant, relayed(terms, PAYER_KEY, 2), terms, saysResolved(2, 0, 10, BY_PAYER));
    }

    function test_reverts_asConcede() external {
        Terms memory terms = disputable();
        refused(stranger, relayed(terms, PAYER_KEY, 1), ISettlementEscrow.UnknownOrder.selector);
        captured(terms);
        refused(stranger, relayed(terms, PAYER_KEY, 1), IOrderDesk.NoDispute.selector);
        dispute(terms, 1);
        refused(stranger, relayed(terms, PAYER_KEY, 2), ISettlementEscrow.StateMoved.selector);
        uint256 key = 0xBAD;
        refusedAs(
            stranger,
            relayed(terms, key, 1),
            abi.encodeWithSelector(IOrderDesk.NotDisputant.selector, vm.addr(key))
        );
    }

    function test_signature_isOfTheAccountThatIsNamed() external {
        Terms memory terms = disputed(disputable(), 10);
        bytes memory signature = signedHash(MERCHANT_KEY, concedeHash(terms, 1, DEADLINE));
        refusedAs(
            merchant,
            callConcedeSigned(terms, payer, 1, DEADLINE, signature),
            abi.encodeWithSelector(ISettlementEscrow.SignatureRefused.selector, payer)
        );
        for (uint256 i = 0; i < BAD; ++i) {
            bytes memory bad = badSignature(i, PAYER_KEY, concedeHash(terms, 1, DEADLINE));
            bytes memory call_ = callConcedeSigned(terms, payer, 1, DEADLINE, bad);
            refused(stranger, call_, ISettlementEscrow.SignatureRefused.selector);
            bad = badSignature(i, MERCHANT_KEY, concedeHash(terms, 1, DEADLINE));
            call_ = callConcedeSigned(terms, merchant, 1, DEADLINE, bad);
            refused(stranger, call_, ISettlementEscrow.SignatureRefused.selector);
        }
    }

    function test_signature_deadlineIsItsLastSecond() external {
        Terms memory terms = disputed(disputable(), 10);
        bytes memory call_ = relayed(terms, PAYER_KEY, 1);
        bytes memory signature = signedHash(PAYER_KEY, concedeHash(terms, 1, DEADLINE));
        vm.warp(DEADLINE + 1);
        refused(stranger, call_, ISettlementEscrow.DeadlinePassed.selector);
        bytes memory later = callConcedeSigned(terms, payer, 1, DEADLINE + 1, signature);
        refused(stranger, later, ISettlementEscrow.SignatureRefused.selector);
        vm.warp(DEADLINE);
        allowed(stranger, call_);
    }

    function test_signature_isGoodForItsRoundAndOrder() external {
        Terms memory terms = disputed(disputable(), 10);
        bytes memory first = relayed(terms, MERCHANT_KEY, 1);
        bytes memory signature = signedHash(MERCHANT_KEY, concedeHash(terms, 1, DEADLINE));
        allowed(stranger, first);
        refused(stranger, first, IOrderDesk.NoDispute.selector);
        dispute(terms, 20);
        refused(stranger, first, ISettlementEscrow.StateMoved.selector);
        bytes4 wrong = ISettlementEscrow.SignatureRefused.selector;
        refused(stranger, callConcedeSigned(terms, merchant, 2, DEADLINE, signature), wrong);
        Terms memory other = disputable();
        other.setSalt(2);
        disputed(other, 10);
        refused(stranger, callConcedeSigned(other, merchant, 1, DEADLINE, signature), wrong);
    }

    function test_signature_onAnotherChain() external {
        Terms memory terms = disputed(disputable(), 10);
        bytes memory call_ = relayed(terms, PAYER_KEY, 1);
        vm.chainId(31_338);
        refused(stranger, call_, ISettlementEscrow.UnknownOrder.selector);
    }

    function test_signature_ofWalletContracts() external {
        PayerWallet shop = new PayerWallet();
        merchant = address(shop);
        (PayerWallet wallet, Terms memory terms) = byWallet(inEth(disputable()));
        disputed(terms, 10);
        bytes memory call_ = callConcedeSigned(terms, address(shop), 1, DEADLINE, "its own way");
        refused(stranger, call_, ISettlementEscrow.SignatureRefused.selector);
        shop.agree(typedDigest(concedeHash(terms, 1, DEADLINE)));
        allowed(stranger, call_);
        assertEq(wallet.received(), 1, "paid");

        dispute(terms, 10);
        call_ = callConcedeSigned(terms, address(wallet), 2, DEADLINE, "");
        refused(stranger, call_, ISettlementEscrow.SignatureRefused.selector);
        wallet.agree(typedDigest(concedeHash(terms, 2, DEADLINE)));
        tells(stranger, call_, terms, saysResolved(2, 0, 10, BY_PAYER));
    }

    /// Where one account is both sides, its signature means what the payer means.
    function test_payerThatIsTheMerchant() external {
        Terms memory terms = disputable();
        terms.legs[0] = leg(payer, 820_000, 1);
        disputed(terms, 1000);
        tells(stranger, relayed(terms, PAYER_KEY, 1), terms, saysResolved(1, 0, 1000, BY_PAYER));
    }

    function test_push_failureBecomesCredit() external {
        (PayerWallet wallet, Terms memory terms) = byWallet(inEth(disputable()));
        disputed(terms, 10);
        wallet.set(PayerWallet.Mode.Refuses);
        bytes memory call_ = relayed(terms, MERCHANT_KEY, 1);
        tells(stranger, call_, terms, saysResolved(1, 10, 0, BY_MERCHANT), saysCredited(10));
        assertEq(creditIn(terms, address(wallet)), 10, "credit");
    }
}
