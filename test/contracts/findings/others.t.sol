// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {ISettlementEscrow, OrderView, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {DisputeSignatures} from "../support/DisputeSignatures.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";
import {Recorder} from "./Recorder.sol";

/// Findings that no function's own folder has a place for.
contract OtherFindingsTest is DisputeSignatures {
    using PackedTerms for Terms;

    /// @dev 1,000 released, 1,000 disputed, 1,000 waiting, the rest held.
    function mixed(Terms memory terms) private returns (Terms memory) {
        authorize(terms);
        capture(terms, 1000);
        release(terms);
        capture(terms, 2000);
        dispute(terms, 1000);
        return terms;
    }

    /// 7: whoever is paid finds the books as they are afterwards.
    function test_stateIsSetBeforeTheTransfer() external {
        (PayerWallet wallet, Terms memory terms) = byWallet(inEth(disputable()));
        mixed(terms);
        wallet.setHook(address(escrow), abi.encodeCall(IOrderDesk.orderOf, (terms)));
        bytes[5] memory calls = [
            callRule(terms, 1, 1000, 500_000),
            callRefund(terms, 500, 1000),
            callVoid(terms, 7, AMOUNT - 3000),
            callGiveBack(terms, 11, 0),
            callReclaim(terms)
        ];
        address[5] memory callers = [arbiter, merchant, operator, merchant, address(wallet)];
        for (uint256 i = 0; i < calls.length; ++i) {
            if (i == 4) vm.warp(CAPTURE_BY);
            allowed(callers[i], calls[i]);
            bytes memory during = wallet.answer();
            assertTrue(keccak256(during) == keccak256(abi.encode(escrow.orderOf(terms))), "seen while being paid");
        }
        assertEq(wallet.received(), 5, "five times");
    }

    /// 14: no caller is rewarded; what an order had is the payer's and the legs'.
    function test_strangersEarnNothingByCalling() external {
        Terms memory terms = mixed(disputable());
        uint256 before = usd.balanceOf(payer);
        vm.warp(CAPTURE_BY + RULING);
        vm.deal(stranger, 0);
        allowed(stranger, callReclaim(terms));
        allowed(stranger, callRelease(terms));
        allowed(stranger, callEnd(terms));
        assertEq(usd.balanceOf(stranger) + credit(stranger) + stranger.balance, 0, "nothing for the caller");
        uint256 payers = usd.balanceOf(payer) - before + credit(payer);
        assertEq(payers + legCredits(terms), AMOUNT, "all of it is others'");
    }

    /// 15: through a whole life a token is asked for balances and moves of the order's money, and for nothing else.
    function test_callsNothingButMoney() external {
        Recorder token = new Recorder();
        token.mint(payer, AMOUNT);
        token.mint(merchant, 270);
        Terms memory terms = disputable();
        terms.token = address(token);
        mixed(terms);
        rule(terms, 500_000);
        refund(terms, 10);
        void_(terms, 10);
        allowed(merchant, callGiveBack(terms, 1500, 0));
        vm.warp(CAPTURE_BY);
        allowed(payer, callReclaim(terms));
        allowed(channel, callWithdraw(address(token), 80));
        assertEq(token.unknown(), 0, "nothing else");
        bytes4[] memory asked = token.asked();
        uint256 pulls;
        for (uint256 i = 0; i < asked.length; ++i) if (asked[i] == Recorder.transferFrom.selector) ++pulls;
        assertEq(pulls, 2, "the payer's money and the merchant's rest");
        assertEq(asked.length - pulls, 6, "five pushes and a withdrawal");
    }

    /// 21: legs are credited and never called, whatever code they have; they choose where their money goes.
    function test_legsAreNeverCalled() external {
        PayerWallet[5] memory wallets;
        Terms memory terms = inEth(disputable());
        for (uint256 i = 0; i < 5; ++i) {
            wallets[i] = new PayerWallet();
            wallets[i].set(PayerWallet.Mode.BurnsGas);
            terms.legs[i] = (terms.legs[i] & type(uint96).max) | (uint256(uint160(address(wallets[i]))) << 96);
        }
        mixed(terms);
        concede(payer, terms);
        release(terms);
        assertShared(terms, 3000);
        for (uint256 i = 0; i < 5; ++i) assertEq(wallets[i].received(), 0, "never called");
        bytes memory call_ = abi.encodeWithSignature(
            "withdrawTo(address,address,uint256)",
            address(0),
            address(0xBEEF),
            creditIn(terms, address(wallets[0]))
        );
        allowed(address(wallets[0]), call_);
        assertEq(address(0xBEEF).balance, 3000 - legCredits(terms), "to where it says");
    }

    /// 24: a signature that wants a contract deployed first (ERC-6492) is refused, and nothing is deployed.
    function test_erc6492_preparesNothing() external {
        Recorder factory = new Recorder();
        Terms memory terms = mixed(disputable());
        bytes memory inner = signedHash(PAYER_KEY, concedeHash(terms, 1, NEVER));
        bytes memory wrapped = abi.encodePacked(
            abi.encode(address(factory), abi.encodeWithSignature("deploy()"), inner),
            bytes32(0x6492649264926492649264926492649264926492649264926492649264926492)
        );
        bytes4 wrong = ISettlementEscrow.SignatureRefused.selector;
        refused(stranger, callConcedeSigned(terms, payer, 1, NEVER, wrapped), wrong);
        assertEq(factory.unknown(), 0, "never called");
        allowed(stranger, callConcedeSigned(terms, payer, 1, NEVER, inner));
    }

    /// 16, 26: money that nobody sent by a function changes no book.
    function test_forcedEthAndTokensChangeNothing() external {
        for (uint256 i = 0; i < 2; ++i) {
            Terms memory terms = i == 0 ? disputable() : inEth(disputable());
            authorize(terms);
            usd.mint(address(escrow), 1);
            vm.deal(address(escrow), address(escrow).balance + 1); // as a selfdestruct or a block reward would
            capture(terms, 3000);
            dispute(terms, 1000);
            rule(terms, 500_000);
            release(terms);
            assertShared(terms, 2500);
            allowed(merchant, callGiveBack(terms, 10, 0));
            vm.warp(CAPTURE_BY);
            allowed(payer, callReclaim(terms));
            assertEq(
                balanceIn(terms, address(escrow)),
                legCredits(terms) + 1 + (i == 0 ? 0 : 1),
                "one more, each time"
            );
            vm.warp(START);
        }
    }

    /// 30: a variant of our terms is another order, whose deeds do not reach ours.
    function test_aVariantIsAnotherOrder() external {
        Terms memory ours = mixed(disputable());
        Terms memory variant_ = disputable();
        variant_.payer = stranger;
        usd.mint(stranger, AMOUNT);
        vm.prank(stranger);
        usd.approve(address(escrow), NEVER);
        refused(stranger, callDispute(variant_, 1), ISettlementEscrow.UnknownOrder.selector);
        disputed(variant_, 500);
        concede(merchant, variant_);
        assertQuantities(ours, AMOUNT - 3000, 1000, 1000, 0, 1000);
        OrderView memory seen = escrow.orderOf(ours);
        assertEq(seen.round, 1, "its own dispute");
    }
}
