// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {HostileToken} from "../support/HostileToken.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {SignedRoute} from "../support/SignedRoute.sol";
import {vm} from "../support/Vm.sol";

contract AuthorizeWithAllowanceTest is SignedRoute {
    using PackedTerms for Terms;

    function fund(Terms memory terms) internal override {
        usd.mint(terms.payer, terms.amount());
        vm.prank(terms.payer);
        usd.approve(address(escrow), type(uint256).max);
    }
    function callOn(Terms memory terms, bytes memory signature) internal pure override returns (bytes memory) {
        return abi.encodeCall(ISettlementEscrow.authorizeWithAllowance, (terms, signature));
    }
    function consentTo(Terms memory terms) internal view override returns (bytes32) {
        return escrow.idOf(terms);
    }
    function routeOf(Terms memory) internal pure override returns (uint8) {
        return 1;
    }

    function test_payerPays_relayerDoesNot() external {
        uint256 before = usd.balanceOf(payer);
        vm.prank(stranger);
        usd.approve(address(escrow), type(uint256).max);
        usd.mint(stranger, AMOUNT);
        allowed(stranger, paying(order()));
        assertEq(usd.balanceOf(payer), before - AMOUNT, "payer");
        assertEq(usd.balanceOf(stranger), AMOUNT, "relayer");
        assertEq(usd.balanceOf(address(escrow)), AMOUNT, "escrow");
    }

    function test_needsAToken() external {
        refused(stranger, paying(ethOrder()), ISettlementEscrow.AuthorizationNeedsToken.selector);
    }

    function test_allowanceOrBalanceTooSmallReverts() external {
        bytes memory call_ = paying(order());
        vm.prank(payer);
        usd.approve(address(escrow), AMOUNT - 1);
        refused(stranger, call_, IRevenueLedger.TransferFailed.selector);
        vm.prank(payer);
        usd.approve(address(escrow), AMOUNT);
        uint256 balance = usd.balanceOf(payer);
        vm.prank(payer);
        usd.transfer(stranger, balance - AMOUNT + 1);
        refused(stranger, call_, IRevenueLedger.TransferFailed.selector);
        usd.mint(payer, 1);
        allowed(stranger, call_);
        assertEq(usd.allowance(payer, address(escrow)), 0, "the allowance is used up");
    }

    function test_token_hostileOnesAreRefused() external {
        HostileToken token = new HostileToken();
        token.mint(payer, AMOUNT);
        Terms memory terms = order();
        terms.token = address(token);
        token.set(HostileToken.Mode.KeepsFee);
        invalid(terms, ISettlementEscrow.ReceivedWrongAmount.selector);
        token.set(HostileToken.Mode.BringsMore);
        invalid(terms, ISettlementEscrow.ReceivedWrongAmount.selector);
        token.set(HostileToken.Mode.SaysFalse);
        invalid(terms, IRevenueLedger.TransferFailed.selector);
        token.set(HostileToken.Mode.SaysFalseButMoves);
        invalid(terms, IRevenueLedger.TransferFailed.selector);
        token.set(HostileToken.Mode.Bombs);
        invalid(terms, IRevenueLedger.TransferFailed.selector);
        token.set(HostileToken.Mode.HidesBalance);
        invalid(terms, IRevenueLedger.BalanceUnknown.selector);
        token.set(HostileToken.Mode.SaysNothing);
        allowed(stranger, paying(terms));
        assertOrder(terms, AMOUNT, 0, 0, 0);
        terms.token = address(0xdead);
        invalid(terms, IRevenueLedger.BalanceUnknown.selector);
    }

    function test_payerMayRelayItself() external {
        allowed(payer, paying(order()));
        assertOrder(order(), AMOUNT, 0, 0, 0);
    }
}
