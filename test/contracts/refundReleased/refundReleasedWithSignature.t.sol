// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {DisputeSignatures} from "../support/DisputeSignatures.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

contract RefundReleasedWithSignatureTest is DisputeSignatures {
    using PackedTerms for Terms;

    /// @dev 1,000 units are released, of which the merchant has 820.
    function given(Terms memory terms) private returns (Terms memory) {
        authorize(terms);
        capture(terms, 1000);
        release(terms);
        return terms;
    }

    function relayed(Terms memory terms, uint256 amount, uint256 before) private view returns (bytes memory) {
        bytes memory signature = signedHash(MERCHANT_KEY, giveBackHash(terms, amount, before, DEADLINE));
        return callGiveBackSigned(terms, amount, before, DEADLINE, signature);
    }

    function test_relayedByAStranger() external {
        for (uint256 i = 0; i < VARIANTS; ++i) {
            Terms memory terms = given(variant(i));
            vm.deal(merchant, 0);
            uint256 before = balanceIn(terms, terms.payer);
            uint256 had = creditIn(terms, merchant);
            tells(stranger, relayed(terms, 30, 0), terms, saysGivenBack(30, 30));
            assertEq(balanceIn(terms, terms.payer), before + 30, "paid");
            assertEq(creditIn(terms, merchant), had - 30, "the merchant bears it");
            assertEq(escrow.orderOf(terms).refunded, 30, "refunded");
        }
    }

    /// The rest comes from the merchant, never from whoever relays.
    function test_token_theRestByTheMerchantsAllowance() external {
        Terms memory terms = given(disputable());
        bytes memory call_ = relayed(terms, 1000, 0);
        usd.mint(stranger, 1000);
        vm.prank(stranger);
        usd.approve(address(escrow), NEVER);
        refused(stranger, call_, IRevenueLedger.TransferFailed.selector);
        usd.mint(merchant, 180);
        vm.prank(merchant);
        usd.approve(address(escrow), 180);
        tells(stranger, call_, terms, saysGivenBack(1000, 820));
        assertEq(usd.balanceOf(stranger), 1000, "the relayer's are its own");
        assertEq(usd.balanceOf(merchant) + credit(merchant), 0, "the merchant bore all");
    }

    function test_eth_theCreditMustSuffice() external {
        Terms memory terms = given(inEth(disputable()));
        refusedAs(
            stranger,
            relayed(terms, 821, 0),
            abi.encodeWithSelector(IRevenueLedger.CreditTooSmall.selector, 820, 821)
        );
        vm.deal(stranger, 10);
        vm.prank(stranger);
        (bool ok, ) = address(escrow).call{value: 1}(relayed(terms, 821, 0));
        assertFalse(ok, "it takes no value");
        tells(stranger, relayed(terms, 820, 0), terms, saysGivenBack(820, 820));
    }

    function test_signature_isGoodOnce() external {
        Terms memory terms = given(disputable());
        bytes memory first = relayed(terms, 10, 0);
        allowed(stranger, first);
        refusedAs(stranger, first, abi.encodeWithSelector(ISettlementEscrow.StateMoved.selector, 10, 0));
        bytes memory next = relayed(terms, 10, 10);
        allowed(stranger, next);
        refused(stranger, next, ISettlementEscrow.StateMoved.selector);
    }

    function test_signature_deadlineIsItsLastSecond() external {
        Terms memory terms = given(disputable());
        bytes memory call_ = relayed(terms, 10, 0);
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
        Terms memory terms = given(disputable());
        for (uint256 i = 0; i < BAD; ++i) {
            bytes memory bad = badSignature(i, MERCHANT_KEY, giveBackHash(terms, 10, 0, DEADLINE));
            refusedAs(
                merchant,
                callGiveBackSigned(terms, 10, 0, DEADLINE, bad),
                abi.encodeWithSelector(ISettlementEscrow.SignatureRefused.selector, merchant)
            );
        }
        bytes memory payers = signedHash(PAYER_KEY, giveBackHash(terms, 10, 0, DEADLINE));
        bytes memory call_ = callGiveBackSigned(terms, 10, 0, DEADLINE, payers);
        refused(payer, call_, ISettlementEscrow.SignatureRefused.selector);
    }

    function test_signature_everyFieldIsSigned() external {
        Terms memory terms = given(disputable());
        bytes memory signature = signedHash(MERCHANT_KEY, giveBackHash(terms, 10, 0, DEADLINE));
        bytes4 wrong = ISettlementEscrow.SignatureRefused.selector;
        refused(stranger, callGiveBackSigned(terms, 11, 0, DEADLINE, signature), wrong);
        refused(stranger, callGiveBackSigned(terms, 10, 0, DEADLINE + 1, signature), wrong);
        Terms memory other = disputable();
        other.setSalt(2);
        given(other);
        refused(stranger, callGiveBackSigned(other, 10, 0, DEADLINE, signature), wrong);
        bytes memory call_ = callGiveBackSigned(terms, 10, 0, DEADLINE, signature);
        vm.chainId(31_338);
        refused(stranger, call_, ISettlementEscrow.UnknownOrder.selector);
        vm.chainId(31_337);
        allowed(merchant, callGiveBack(terms, 1, 0));
        refused(stranger, callGiveBackSigned(terms, 10, 1, DEADLINE, signature), wrong);
    }

    function test_reverts_asRefundReleased() external {
        Terms memory terms = disputable();
        refused(stranger, relayed(terms, 1, 0), ISettlementEscrow.UnknownOrder.selector);
        given(terms);
        refused(stranger, relayed(terms, 1, 1), ISettlementEscrow.StateMoved.selector);
        refused(stranger, relayed(terms, 0, 0), IRevenueLedger.AmountZero.selector);
        refusedAs(
            stranger,
            relayed(terms, 1001, 0),
            abi.encodeWithSelector(ISettlementEscrow.AmountAboveAvailable.selector, 1001, 1000)
        );
    }

    function test_signature_ofAWalletContract() external {
        PayerWallet shop = new PayerWallet();
        merchant = address(shop);
        Terms memory terms = given(inEth(disputable()));
        bytes memory call_ = callGiveBackSigned(terms, 10, 0, DEADLINE, "its own way");
        refused(stranger, call_, ISettlementEscrow.SignatureRefused.selector);
        shop.agree(typedDigest(giveBackHash(terms, 10, 0, DEADLINE)));
        tells(stranger, call_, terms, saysGivenBack(10, 10));
    }

    function test_push_failureBecomesCredit() external {
        (PayerWallet wallet, Terms memory terms) = byWallet(inEth(disputable()));
        given(terms);
        wallet.set(PayerWallet.Mode.Bombs);
        tells(stranger, relayed(terms, 10, 0), terms, saysGivenBack(10, 10), saysCredited(10));
        assertEq(creditIn(terms, address(wallet)), 10, "credit");
    }
}
