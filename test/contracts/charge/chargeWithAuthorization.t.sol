// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {TestUSD} from "../../../contracts/mocks/TestUSD.sol";
import {ChargingRoute} from "../support/ChargingRoute.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {SigningWallet} from "../support/SigningWallet.sol";
import {vm} from "../support/Vm.sol";

contract ChargeWithAuthorizationTest is ChargingRoute {
    using PackedTerms for Terms;

    function fund(Terms memory terms) internal override {
        usd.mint(terms.payer, terms.amount());
    }
    function callOn(Terms memory terms, bytes memory signature) private pure returns (bytes memory) {
        return abi.encodeCall(ISettlementEscrow.chargeWithAuthorization, (terms, signature));
    }
    function paying(Terms memory terms) internal view override returns (bytes memory) {
        return callOn(terms, authorization(terms));
    }
    function routeOf(Terms memory) internal pure override returns (uint8) {
        return 3;
    }
    function caller() internal view override returns (address) {
        return operator;
    }
    function captures() internal pure override returns (bool) {
        return true;
    }
    function authorizing(Terms memory terms) internal view override returns (bytes memory) {
        return abi.encodeCall(ISettlementEscrow.authorizeWithAuthorization, (terms, authorization(terms)));
    }

    function test_needsAToken() external {
        refused(operator, callOn(ethOrder(), ""), ISettlementEscrow.AuthorizationNeedsToken.selector);
    }

    function test_authorizationOfOtherTermsOrKeysReverts() external {
        Terms memory other = order();
        other.setSalt(2);
        bytes4 refusal = TestUSD.AuthorizationRefused.selector;
        refused(operator, callOn(order(), authorization(other)), refusal);
        refused(operator, callOn(order(), receiving(stranger, AMOUNT, START + 1 days, escrow.idOf(order()))), refusal);
        refused(operator, callOn(order(), receiving(payer, AMOUNT + 1, START + 1 days, escrow.idOf(order()))), refusal);
        refused(operator, callOn(order(), "its own way"), refusal);
        assertFalse(escrow.orderOf(order()).used, "not made");
    }

    function test_walletContractSignsItsOwnWay() external {
        SigningWallet wallet = new SigningWallet();
        Terms memory terms = order();
        terms.payer = address(wallet);
        usd.mint(address(wallet), AMOUNT);
        wallet.set(SigningWallet.Mood.Refuses);
        refused(operator, callOn(terms, "its own way"), TestUSD.AuthorizationRefused.selector);
        wallet.set(SigningWallet.Mood.Agrees);
        allowed(operator, callOn(terms, "its own way"));
        assertOrder(terms, 0, AMOUNT, 0, 0);
    }

    function test_signature_7702WithAndWithout1271() external {
        vm.etch(payer, abi.encodePacked(hex"ef0100", address(usd))); // knows no ERC-1271
        refused(operator, callOn(order(), "its own way"), TestUSD.AuthorizationRefused.selector);
        allowed(operator, paying(order()));
        Terms memory terms = order();
        terms.setSalt(2);
        vm.etch(payer, abi.encodePacked(hex"ef0100", address(new SigningWallet())));
        allowed(operator, callOn(terms, "its own way"));
        terms.setSalt(3);
        SigningWallet(payable(payer)).set(SigningWallet.Mood.Refuses);
        allowed(operator, paying(terms)); // the key signs as before
        terms.setSalt(4);
        refused(operator, callOn(terms, "its own way"), TestUSD.AuthorizationRefused.selector);
    }

    function test_nonceOfTheTokenIsSpent() external {
        allowed(operator, paying(order()));
        assertTrue(usd.authorizationState(payer, escrow.idOf(order())), "spent at the token");
    }
}
