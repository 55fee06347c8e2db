// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {ChargingRoute} from "../support/ChargingRoute.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {SignedRoute} from "../support/SignedRoute.sol";
import {vm} from "../support/Vm.sol";

contract ChargeWithCreditTest is SignedRoute, ChargingRoute {
    using PackedTerms for Terms;

    function fund(Terms memory terms) internal override {
        uint256 amount = terms.amount();
        usd.mint(address(this), amount);
        usd.approve(address(escrow), amount);
        escrow.deposit(terms.payer, address(usd), amount);
    }
    function callOn(Terms memory terms, bytes memory signature) internal pure override returns (bytes memory) {
        return abi.encodeCall(ISettlementEscrow.chargeWithCredit, (terms, signature));
    }
    function consentTo(Terms memory terms) internal view override returns (bytes32) {
        bytes32 typehash = keccak256("AuthorizeWithCredit(bytes32 id)");
        return typedDigest(keccak256(abi.encode(typehash, escrow.idOf(terms))));
    }
    function routeOf(Terms memory) internal pure override returns (uint8) {
        return 4;
    }
    function caller() internal view override returns (address) {
        return operator;
    }
    function captures() internal pure override returns (bool) {
        return true;
    }
    function authorizing(Terms memory terms) internal view override returns (bytes memory) {
        bytes memory signature = signed(PAYER_KEY, consentTo(terms));
        return abi.encodeCall(ISettlementEscrow.authorizeWithCredit, (terms, signature));
    }

    function test_creditTooSmallReverts() external {
        bytes memory call_ = paying(instantOrder());
        vm.prank(payer);
        escrow.deposit(payer, address(usd), AMOUNT - 1);
        refused(operator, call_, IRevenueLedger.CreditTooSmall.selector);
        assertFalse(escrow.orderOf(instantOrder()).used, "not made");
        vm.prank(payer);
        escrow.deposit(payer, address(usd), 1);
        allowed(operator, call_);
        assertEq(credit(payer), 0, "all of it");
    }

    function test_eth_chargedFromCredit() external {
        Terms memory terms = instantOrder();
        terms.token = address(0);
        vm.prank(payer);
        escrow.deposit{value: AMOUNT + 1}(payer, address(0), AMOUNT + 1);
        allowed(operator, paying(terms));
        assertOrder(terms, 0, 0, 0, AMOUNT);
        assertEq(legCredits(terms), AMOUNT, "credits");
        assertEq(escrow.creditOf(payer, address(0)), 1, "what is left");
        assertEq(address(escrow).balance, AMOUNT + 1, "no money moved");
    }

    /// What the payer is about to earn by the order does not pay for it, though it would be enough.
    function test_creditTooSmall_whateverThePayersLegEarns() external {
        Terms memory terms = instantOrder();
        terms.legs[1] = leg(payer, 80_000, 2);
        vm.prank(payer);
        escrow.deposit(payer, address(usd), AMOUNT - 1);
        refused(operator, paying(terms), IRevenueLedger.CreditTooSmall.selector);
        terms.legs = new uint256[](1);
        terms.legs[0] = leg(payer, 1_000_000, 1);
        terms.setAmount(type(uint104).max);
        refused(operator, paying(terms), IRevenueLedger.CreditTooSmall.selector);
        assertEq(credit(payer), AMOUNT - 1, "untouched");
    }

    /// The payer's own leg is credited on top of what is left of its credit.
    function testFuzz_payerIsALeg(uint104 amount, uint104 more) external {
        vm.assume(amount > 0);
        Terms memory terms = instantOrder();
        terms.setAmount(amount);
        terms.legs[1] = leg(payer, 80_000, 2);
        usd.mint(payer, uint256(amount) + more);
        vm.prank(payer);
        escrow.deposit(payer, address(usd), uint256(amount) + more);
        allowed(operator, paying(terms));
        assertEq(legCredits(terms), uint256(amount) + more, "no unit more or less");
        assertEq(credit(payer), more + (uint256(amount) * 80_000) / 1_000_000, "payer");
    }
}
