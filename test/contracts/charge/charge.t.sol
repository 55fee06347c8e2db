// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {ChargingRoute} from "../support/ChargingRoute.sol";
import {HostileToken} from "../support/HostileToken.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {SignedRoute} from "../support/SignedRoute.sol";
import {vm} from "../support/Vm.sol";

contract ChargeTest is SignedRoute, ChargingRoute {
    using PackedTerms for Terms;

    function fund(Terms memory terms) internal override {
        usd.mint(terms.payer, terms.amount());
        vm.prank(terms.payer);
        usd.approve(address(escrow), type(uint256).max);
    }
    function callOn(Terms memory terms, bytes memory signature) internal pure override returns (bytes memory) {
        return abi.encodeCall(ISettlementEscrow.chargeWithAllowance, (terms, signature));
    }
    function consentTo(Terms memory terms) internal view override returns (bytes32) {
        return escrow.idOf(terms);
    }
    function routeOf(Terms memory) internal pure override returns (uint8) {
        return 1;
    }
    function caller() internal view override returns (address) {
        return operator;
    }
    function captures() internal pure override returns (bool) {
        return true;
    }
    function authorizing(Terms memory terms) internal view override returns (bytes memory) {
        bytes memory signature = signed(PAYER_KEY, consentTo(terms));
        return abi.encodeCall(ISettlementEscrow.authorizeWithAllowance, (terms, signature));
    }

    function test_needsAToken() external {
        refused(operator, paying(ethOrder()), ISettlementEscrow.AuthorizationNeedsToken.selector);
    }

    function test_withoutDelay_legsAreCreditedByTheSplit() external {
        allowed(operator, paying(instantOrder()));
        assertEq(credit(merchant), 82_000_003, "merchant");
        assertEq(credit(channel), 8_000_000, "channel");
        assertEq(credit(agent), 5_000_000, "agent");
        assertEq(credit(carrier), 3_000_000, "carrier");
        assertEq(credit(platform), 2_000_000, "platform");
        assertEq(usd.balanceOf(address(escrow)), AMOUNT, "the money is there");
    }

    function test_withADelay_itMayStillBeRefunded() external {
        Terms memory terms = order();
        allowed(operator, paying(terms));
        refused(stranger, callRelease(terms), ISettlementEscrow.ReleaseNotOpen.selector);
        refund(terms, 10);
        vm.warp(START + DELAY);
        allowed(stranger, callRelease(terms));
        assertOrder(terms, 0, 0, 10, AMOUNT - 10);
    }

    function test_allowanceTooSmallReverts() external {
        bytes memory call_ = paying(order());
        vm.prank(payer);
        usd.approve(address(escrow), AMOUNT - 1);
        refused(operator, call_, IRevenueLedger.TransferFailed.selector);
        assertFalse(escrow.orderOf(order()).used, "not made");
    }

    function test_token_hostileOnesAreRefused() external {
        HostileToken token = new HostileToken();
        token.mint(payer, AMOUNT);
        Terms memory terms = instantOrder();
        terms.token = address(token);
        token.set(HostileToken.Mode.KeepsFee);
        invalid(terms, ISettlementEscrow.ReceivedWrongAmount.selector);
        token.set(HostileToken.Mode.BringsMore);
        invalid(terms, ISettlementEscrow.ReceivedWrongAmount.selector);
        token.set(HostileToken.Mode.SaysFalse);
        invalid(terms, IRevenueLedger.TransferFailed.selector);
        assertEq(legCredits(terms), 0, "no leg has anything");
    }
}
