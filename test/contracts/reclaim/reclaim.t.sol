// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {HostileToken} from "../support/HostileToken.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

contract ReclaimTest is EscrowTest {
    function test_payer_isPaidWhatIsHeld() external {
        Terms memory terms = order();
        authorize(terms);
        capture(terms, 10);
        uint256 before = usd.balanceOf(payer);
        vm.warp(START + 14 days);
        saysReturn(payer, callReclaim(terms), ISettlementEscrow.Reclaimed.selector, terms, AMOUNT - 10, false);
        assertOrder(terms, 0, 10, AMOUNT - 10, 0);
        assertEq(usd.balanceOf(payer), before + AMOUNT - 10, "paid");
        refused(payer, callReclaim(terms), ISettlementEscrow.NothingHeld.selector);
    }

    function test_reverts_whenUnknown() external {
        vm.warp(START + 14 days);
        refused(payer, callReclaim(order()), ISettlementEscrow.UnknownOrder.selector);
    }

    function test_reclaim_strangerCreditsPayer_neverCallsPayer() external {
        PayerWallet wallet = new PayerWallet();
        vm.deal(address(wallet), AMOUNT);
        Terms memory terms = ethOrder();
        terms.payer = address(wallet);
        authorize(terms);
        vm.warp(START + 14 days);
        saysReturn(stranger, callReclaim(terms), ISettlementEscrow.Reclaimed.selector, terms, AMOUNT, true);
        assertEq(wallet.received(), 0, "not called");
        assertEq(escrow.creditOf(address(wallet), address(0)), AMOUNT, "credited");
    }

    function test_token_pausedThenReclaimIsCredit() external {
        HostileToken token = new HostileToken();
        token.mint(payer, AMOUNT);
        Terms memory terms = order();
        terms.token = address(token);
        authorize(terms);
        token.setPaused(true);
        vm.warp(START + 14 days);
        saysReturn(payer, callReclaim(terms), ISettlementEscrow.Reclaimed.selector, terms, AMOUNT, true);
        assertEq(escrow.creditOf(payer, address(token)), AMOUNT, "credit");
        token.setPaused(false);
        allowed(payer, callWithdraw(address(token), AMOUNT));
        assertEq(token.balanceOf(payer), AMOUNT, "fetched later");
    }

    /// Whatever state an order is in, after the windows a stranger's calls alone end it.
    function testFuzz_strangerEndsAnyOrder(uint256 take, uint256 back, uint256 give, bool early) external {
        Terms memory terms = order();
        authorize(terms);
        take = 1 + (take % AMOUNT);
        capture(terms, take);
        if (early) {
            release(terms);
        } else {
            back = back % (take + 1);
            if (back > 0) refund(terms, back);
        }
        give = give % (AMOUNT - take + 1);
        if (give > 0) void_(terms, give);

        vm.warp(START + 14 days + DELAY);
        vm.prank(stranger);
        (bool released, ) = address(escrow).call(callRelease(terms));
        vm.prank(stranger);
        (bool reclaimed, ) = address(escrow).call(callReclaim(terms));
        assertTrue(released || early || back == take, "released unless nothing waited");
        assertTrue(reclaimed || take + give == AMOUNT, "reclaimed unless nothing was held");
        assertEq(escrow.orderOf(terms).held, 0, "held");
        assertEq(escrow.orderOf(terms).captured, 0, "captured");
    }
}
