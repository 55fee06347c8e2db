// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, OrderView, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {HostileToken} from "../support/HostileToken.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

/// Every function that calls out, against every function that moves money, hooked in the token and in the payee.
contract ReentrancyTest is EscrowTest {
    using PackedTerms for Terms;

    function inner(Terms memory terms) private pure returns (bytes[] memory calls) {
        calls = new bytes[](10);
        calls[0] = callAuthorize(terms);
        calls[1] = abi.encodeCall(ISettlementEscrow.authorizeWithAuthorization, (terms, ""));
        calls[2] = callCapture(terms, 1, 1);
        calls[3] = callRelease(terms);
        calls[4] = abi.encodeCall(ISettlementEscrow.releaseWithSignature, (terms, 1, 1, type(uint256).max, ""));
        calls[5] = callVoid(terms, 1, 1);
        calls[6] = callReclaim(terms);
        calls[7] = callRefund(terms, 1, 1);
        calls[8] = callWithdraw(terms.token, 1);
        calls[9] = abi.encodeCall(IRevenueLedger.withdrawTo, (terms.token, address(0xBEEF), 1));
    }

    /// @dev Runs the outer function number `which` to its end. Order 0 exists and has released, held and captured.
    function outer(uint256 which, Terms memory terms, uint256 salt) private {
        OrderView memory seen = escrow.orderOf(terms);
        address payee = terms.token == address(0) ? terms.payer : merchant;
        if (which == 0) allowed(operator, callVoid(terms, 1, seen.held));
        if (which == 1) allowed(merchant, callRefund(terms, 1, seen.captured));
        if (which == 2) allowed(payee, callWithdraw(terms.token, 1));
        if (which == 3) allowed(merchant, abi.encodeCall(IRevenueLedger.withdrawTo, (terms.token, terms.payer, 1)));
        if (which == 4) {
            vm.warp(START + 14 days);
            allowed(terms.payer, callReclaim(terms));
            vm.warp(START);
        }
        terms.setSalt(salt);
        if (which == 5) allowed(terms.payer, callAuthorize(terms));
        if (which == 6) {
            allowed(stranger, abi.encodeCall(ISettlementEscrow.authorizeWithAuthorization, (terms, "")));
        }
        terms.setSalt(1);
    }

    function assertReentered(bytes memory answer) private pure {
        assertTrue(bytes4(answer) == IRevenueLedger.Reentered.selector, "the inner call was let in");
    }

    /// @dev Something released, something captured, something held.
    function mixed(Terms memory terms) private {
        authorize(terms);
        capture(terms, 1000);
        release(terms);
        capture(terms, 1000);
    }

    function test_everyPair_hookedInTheToken() external {
        for (uint256 o = 0; o < 7; ++o) {
            for (uint256 i = 0; i < 10; ++i) {
                HostileToken token = new HostileToken();
                token.mint(payer, 2 * AMOUNT);
                Terms memory terms = order();
                terms.token = address(token);
                mixed(terms);
                token.setHook(address(escrow), inner(terms)[i]);
                outer(o, terms, 100);
                assertReentered(token.answer());
            }
        }
    }

    function test_everyPair_hookedInThePayee() external {
        for (uint256 o = 0; o < 5; ++o) {
            for (uint256 i = 0; i < 10; ++i) {
                PayerWallet wallet = new PayerWallet();
                vm.deal(address(wallet), AMOUNT);
                Terms memory terms = ethOrder();
                terms.payer = address(wallet);
                terms.legs[1] = leg(address(wallet), 80_000, 2);
                mixed(terms);
                wallet.setHook(address(escrow), inner(terms)[i]);
                outer(o, terms, 100);
                assertReentered(wallet.answer());
            }
        }
    }

    /// The lock opens again: one transaction may do several things.
    function test_oneTransaction_manyCalls() external {
        Terms memory terms = order();
        mixed(terms);
        void_(terms, 1);
        void_(terms, 1);
        refund(terms, 1);
        release(terms);
    }
}
