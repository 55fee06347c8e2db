// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {SignedRoute} from "../support/SignedRoute.sol";
import {vm} from "../support/Vm.sol";

contract AuthorizeWithCreditTest is SignedRoute {
    using PackedTerms for Terms;

    function fund(Terms memory terms) internal override {
        uint256 amount = terms.amount();
        usd.mint(address(this), amount);
        usd.approve(address(escrow), amount);
        escrow.deposit(terms.payer, address(usd), amount);
    }
    function callOn(Terms memory terms, bytes memory signature) internal pure override returns (bytes memory) {
        return abi.encodeCall(ISettlementEscrow.authorizeWithCredit, (terms, signature));
    }
    function consentTo(Terms memory terms) internal view override returns (bytes32) {
        bytes32 typehash = keccak256("AuthorizeWithCredit(bytes32 id)");
        return typedDigest(keccak256(abi.encode(typehash, escrow.idOf(terms))));
    }
    function routeOf(Terms memory) internal pure override returns (uint8) {
        return 4;
    }

    function test_deposit_thenAuthorizeWithCredit() external {
        Terms memory terms = order();
        vm.prank(payer);
        escrow.deposit(payer, address(usd), AMOUNT + 1);
        uint256 held = usd.balanceOf(address(escrow));
        bytes memory call_ = paying(terms);
        vm.prank(payer);
        usd.approve(address(escrow), 0); // no allowance is needed
        allowed(stranger, call_);
        assertOrder(terms, AMOUNT, 0, 0, 0);
        assertEq(credit(payer), 1, "what is left");
        assertEq(usd.balanceOf(address(escrow)), held, "no money moved");
        void_(terms, AMOUNT);
        assertEq(credit(payer), 1, "what goes back goes to the wallet");
        assertEq(usd.balanceOf(address(escrow)), 1, "and not twice");
    }

    function test_eth_fromCredit() external {
        Terms memory terms = ethOrder();
        vm.prank(payer);
        escrow.deposit{value: AMOUNT}(payer, address(0), AMOUNT);
        vm.expectEmit(address(escrow));
        emit ISettlementEscrow.Authorized(escrow.idOf(terms), terms, 4);
        vm.prank(payer);
        escrow.authorizeWithCredit(terms, "not looked at");
        assertOrder(terms, AMOUNT, 0, 0, 0);
        assertEq(escrow.creditOf(payer, address(0)), 0, "credit");
        vm.prank(payer);
        (bool ok, ) = address(escrow).call{value: 1}(callOn(terms, ""));
        assertFalse(ok, "it takes no ETH");
    }

    function test_thePayerAsCallerSignsNothing() external {
        fund(order());
        allowed(payer, callOn(order(), ""));
        assertOrder(order(), AMOUNT, 0, 0, 0);
    }

    function test_creditTooSmallReverts() external {
        Terms memory terms = order();
        bytes memory call_ = paying(terms);
        bytes4 short = IRevenueLedger.CreditTooSmall.selector;
        refused(stranger, call_, short);
        refused(payer, call_, short);
        vm.prank(payer);
        escrow.deposit(payer, address(usd), AMOUNT - 1);
        refused(stranger, call_, short);
        // Neither credit in another token nor of another account.
        vm.prank(payer);
        escrow.deposit{value: 1}(payer, address(0), 1);
        vm.prank(payer);
        escrow.deposit(stranger, address(usd), 1);
        refused(stranger, call_, short);
        assertFalse(escrow.orderOf(terms).used, "not made");
        vm.prank(payer);
        escrow.deposit(payer, address(usd), 1);
        allowed(stranger, call_);
        assertEq(credit(payer), 0, "all of it");
        assertEq(credit(stranger), 1, "the stranger keeps its own");
    }

    /// What a leg earned pays its next order; what the order returns is its own again.
    function test_earningsPayTheNextOrder() external {
        release(captured(order()));
        uint256 earned = credit(channel);
        Terms memory terms = order();
        terms.payer = channel;
        terms.setAmount(earned);
        vm.prank(channel);
        escrow.authorizeWithCredit(terms, "");
        assertEq(credit(channel), 0, "spent");
        vm.warp(START + 14 days);
        allowed(stranger, callReclaim(terms));
        assertEq(credit(channel), earned, "and back");
    }

    /// The payer may be a leg of its own order: its credit is debited, then credited.
    function test_payerIsALeg() external {
        Terms memory terms = instantOrder();
        terms.payer = channel;
        vm.prank(payer);
        escrow.deposit(channel, address(usd), AMOUNT);
        vm.prank(channel);
        escrow.authorizeWithCredit(terms, "");
        capture(terms, AMOUNT);
        assertEq(legCredits(terms), AMOUNT, "all of it is credit again");
    }

    function testFuzz_takesExactlyTheAmount(uint104 has, uint104 amount) external {
        vm.assume(amount > 0);
        Terms memory terms = order();
        terms.setAmount(amount);
        usd.mint(payer, has);
        if (has > 0) {
            vm.prank(payer);
            escrow.deposit(payer, address(usd), has);
        }
        bytes memory call_ = paying(terms);
        if (has < amount) refused(stranger, call_, IRevenueLedger.CreditTooSmall.selector);
        else {
            allowed(stranger, call_);
            assertEq(credit(payer), has - amount, "credit");
            assertOrder(terms, amount, 0, 0, 0);
        }
        assertEq(usd.balanceOf(address(escrow)), has, "no money moved");
    }
}
