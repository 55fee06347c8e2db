// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {DisputeSignatures} from "../support/DisputeSignatures.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

contract DisputeWithSignatureTest is DisputeSignatures {
    using PackedTerms for Terms;

    /// @dev The payer's signature of a dispute over `amount`, in a call that anyone may make.
    function relayed(Terms memory terms, uint256 amount, uint256 round) private view returns (bytes memory) {
        bytes memory signature = signedHash(PAYER_KEY, disputeHash(terms, amount, round, DEADLINE));
        return callDisputeSigned(terms, amount, round, DEADLINE, signature);
    }

    function test_relayedDispute_withoutEther() external {
        Terms memory terms = captured(disputable());
        vm.deal(payer, 0);
        tells(stranger, relayed(terms, 30, 1), terms, saysDisputed(1, 30, START + RULING));
        assertQuantities(terms, 0, AMOUNT - 30, 30, 0, 0);
        assertEq(escrow.orderOf(terms).round, 1, "round");
    }

    function test_relayedByAnyone() external {
        address[5] memory relayers = [operator, merchant, arbiter, payer, stranger];
        for (uint256 i = 0; i < relayers.length; ++i) {
            Terms memory terms = disputable();
            terms.setSalt(10 + i);
            captured(terms);
            allowed(relayers[i], relayed(terms, NEVER, 1));
            assertQuantities(terms, 0, 0, AMOUNT, 0, 0);
        }
    }

    function test_signature_deadlineIsItsLastSecond() external {
        Terms memory terms = captured(disputable());
        bytes memory call_ = relayed(terms, 30, 1);
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
            bytes memory bad = badSignature(i, PAYER_KEY, disputeHash(terms, 30, 1, DEADLINE));
            refusedAs(
                stranger,
                callDisputeSigned(terms, 30, 1, DEADLINE, bad),
                abi.encodeWithSelector(ISettlementEscrow.SignatureRefused.selector, payer)
            );
        }
        // The merchant's signature is none of the payer's, nor does the caller's role make up for one.
        bytes memory signature = signedHash(MERCHANT_KEY, disputeHash(terms, 30, 1, DEADLINE));
        bytes memory call_ = callDisputeSigned(terms, 30, 1, DEADLINE, signature);
        refused(payer, call_, ISettlementEscrow.SignatureRefused.selector);
        refused(arbiter, call_, ISettlementEscrow.SignatureRefused.selector);
    }

    function test_signature_everyFieldIsSigned() external {
        Terms memory terms = captured(disputable());
        bytes memory signature = signedHash(PAYER_KEY, disputeHash(terms, 30, 1, DEADLINE));
        bytes4 wrong = ISettlementEscrow.SignatureRefused.selector;
        refused(stranger, callDisputeSigned(terms, 31, 1, DEADLINE, signature), wrong);
        refused(stranger, callDisputeSigned(terms, 30, 1, DEADLINE + 1, signature), wrong);
        bytes memory otherEvidence = abi.encodeCall(
            IOrderDesk.disputeWithSignature,
            (terms, 30, 1, bytes32("never came"), DEADLINE, signature)
        );
        refused(stranger, otherEvidence, wrong);
        Terms memory other = disputable();
        other.setSalt(2);
        captured(other);
        refused(stranger, callDisputeSigned(other, 30, 1, DEADLINE, signature), wrong);
        allowed(stranger, callDisputeSigned(terms, 30, 1, DEADLINE, signature));
    }

    /// The order has another id on another chain, so no signature is needed to keep this one away from it.
    function test_signature_onAnotherChain() external {
        Terms memory terms = captured(disputable());
        bytes memory call_ = relayed(terms, 30, 1);
        vm.chainId(31_338);
        refused(stranger, call_, ISettlementEscrow.UnknownOrder.selector);
        vm.chainId(31_337);
        allowed(stranger, call_);
    }

    function test_signature_isGoodOnce_forItsRound() external {
        Terms memory terms = captured(disputable());
        bytes memory first = relayed(terms, 30, 1);
        bytes memory second = relayed(terms, 40, 2);
        bytes memory zeroth = relayed(terms, 50, 0);
        refused(stranger, second, ISettlementEscrow.StateMoved.selector);
        refused(stranger, zeroth, ISettlementEscrow.StateMoved.selector);
        allowed(stranger, first);
        refused(stranger, first, ISettlementEscrow.StateMoved.selector);
        refused(stranger, second, IOrderDesk.DisputeOpen.selector);
        concede(payer, terms);
        refused(stranger, first, ISettlementEscrow.StateMoved.selector);
        tells(stranger, second, terms, saysDisputed(2, 40, START + RULING));
        rule(terms, 0);
        refused(stranger, second, ISettlementEscrow.StateMoved.selector);
    }

    /// A dispute that the payer opens by a call uses the round up too.
    function test_signature_isSpentByACall() external {
        Terms memory terms = captured(disputable());
        bytes memory first = relayed(terms, 30, 1);
        dispute(terms, 1);
        concede(payer, terms);
        refused(stranger, first, ISettlementEscrow.StateMoved.selector);
    }

    function test_reverts_asDispute() external {
        Terms memory terms = disputable();
        refused(stranger, relayed(terms, 1, 1), ISettlementEscrow.UnknownOrder.selector);
        authorize(terms);
        refused(stranger, relayed(terms, 1, 1), ISettlementEscrow.NothingCaptured.selector);
        refused(stranger, relayed(terms, 0, 1), IRevenueLedger.AmountZero.selector);
        terms.setSalt(2);
        terms.schedule = ruled(1 hours, RULING, 0, 0);
        captured(terms);
        bytes memory call_ = relayed(terms, 1, 1);
        vm.warp(START + 1 hours);
        refusedAs(
            stranger,
            call_,
            abi.encodeWithSelector(IOrderDesk.DisputeClosed.selector, START + 1 hours, START + 1 hours)
        );
        vm.warp(START + 1 hours - 1);
        allowed(stranger, call_);

        vm.warp(START);
        terms = captured(order());
        refused(stranger, relayed(terms, 1, 1), IOrderDesk.NoArbiter.selector);
    }

    function test_signature_ofAWalletContract() external {
        for (uint256 i = 0; i < 2; ++i) {
            (PayerWallet wallet, Terms memory terms) = byWallet(disputable());
            if (i == 1) terms = inEth(terms);
            captured(terms);
            bytes32 structHash = disputeHash(terms, 30, 1, DEADLINE);
            bytes memory call_ = callDisputeSigned(terms, 30, 1, DEADLINE, "its own way");
            refused(stranger, call_, ISettlementEscrow.SignatureRefused.selector);
            wallet.agree(typedDigest(structHash));
            tells(stranger, call_, terms, saysDisputed(1, 30, START + RULING));
            concede(address(wallet), terms);
            refused(stranger, call_, ISettlementEscrow.StateMoved.selector);
        }
    }

    function test_signature_7702WithAndWithout1271() external {
        Terms memory terms = captured(disputable());
        bytes memory call_ = relayed(terms, 30, 1);
        vm.etch(payer, address(usd).code);
        allowed(stranger, call_);

        terms.setSalt(2);
        vm.etch(payer, "");
        captured(terms);
        vm.etch(payer, address(new PayerWallet()).code);
        call_ = callDisputeSigned(terms, 30, 1, DEADLINE, "not 65 bytes");
        refused(stranger, call_, ISettlementEscrow.SignatureRefused.selector);
        PayerWallet(payable(payer)).agree(typedDigest(disputeHash(terms, 30, 1, DEADLINE)));
        allowed(stranger, call_);
    }
}
