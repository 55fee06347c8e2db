// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {Vm, vm} from "../support/Vm.sol";

/// What the escrow says of the way the money came, and what it says of itself.
contract RoutesTest is EscrowTest {
    using PackedTerms for Terms;

    /// @dev The last route that the escrow told.
    function toldRoute() private returns (uint256 route) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] != ISettlementEscrow.Authorized.selector) continue;
            (, route) = abi.decode(logs[i].data, (Terms, uint8));
        }
    }

    function pays(uint256 value, bytes memory call_, uint256 route) private {
        vm.recordLogs();
        vm.prank(payer);
        (bool ok, ) = address(escrow).call{value: value}(call_);
        assertTrue(ok, "paid");
        assertEq(toldRoute(), route, "route");
    }

    function basket(Terms memory terms) private pure returns (bytes memory) {
        Terms[] memory orders = new Terms[](1);
        orders[0] = terms;
        return abi.encodeCall(ISettlementEscrow.authorizeBasket, (orders));
    }

    function test_routes_areTold() external {
        (Terms memory terms, Terms memory eth) = (order(), ethOrder());
        pays(0, callAuthorize(terms), 1);
        pays(AMOUNT, callAuthorize(eth), 2);
        terms.setSalt(2);
        eth.setSalt(2);
        pays(0, basket(terms), 1);
        pays(AMOUNT, basket(eth), 2);
        terms.setSalt(3);
        pays(0, abi.encodeCall(ISettlementEscrow.authorizeWithAuthorization, (terms, authorization(terms))), 3);
        vm.prank(payer);
        escrow.deposit(payer, address(usd), AMOUNT);
        terms.setSalt(4);
        pays(0, abi.encodeCall(ISettlementEscrow.authorizeWithCredit, (terms, "")), 4);
    }

    /// A basket's authorization is good until the first of its orders closes, in whatever order they come.
    function test_basket_authorizationEndsWithItsEarliestOrder() external {
        for (uint256 first = 0; first < 2; ++first) {
            Terms[] memory orders = ordersOf(2);
            orders[first].schedule = schedule(START + 1 hours, START + 14 days, DELAY, 0);
            orders[0].setSalt(10 + first);
            orders[1].setSalt(20 + first);
            bytes32 ids = keccak256(abi.encodePacked(escrow.idOf(orders[0]), escrow.idOf(orders[1])));
            bytes memory signature = receiving(payer, 2 * AMOUNT, START + 1 hours, ids);
            allowed(stranger, abi.encodeCall(ISettlementEscrow.authorizeBasketWithAuthorization, (orders, signature)));
        }
    }

    function test_nonces_areOneByOne() external {
        uint256[4] memory nonces = [uint256(5), 200, 261, 456];
        for (uint256 i = 0; i < 4; ++i) {
            assertFalse(escrow.isNonceUsed(payer, nonces[i]), "not yet");
            allowed(payer, abi.encodeCall(IOrderDesk.useNonce, (nonces[i])));
            assertTrue(escrow.isNonceUsed(payer, nonces[i]), "used");
            assertFalse(escrow.isNonceUsed(stranger, nonces[i]), "by nobody else");
            refused(payer, abi.encodeCall(IOrderDesk.useNonce, (nonces[i])), ISettlementEscrow.NonceSpent.selector);
        }
    }

    function test_domain_asInErc5267() external view {
        (bytes1 fields, , , uint256 chain, address verifier, bytes32 salt, uint256[] memory extensions) = escrow
            .eip712Domain();
        assertTrue(fields == 0x0f, "fields");
        assertTrue(chain == block.chainid && verifier == address(escrow), "where");
        assertTrue(salt == 0 && extensions.length == 0, "no salt, no extensions");
    }

    function test_creditTooSmall_saysWhatThereIs() external {
        vm.prank(payer);
        (, bytes memory answer) = address(escrow).call(callWithdraw(address(usd), 7));
        bytes memory nothing = abi.encodeWithSelector(IRevenueLedger.CreditTooSmall.selector, 0, 7);
        assertTrue(keccak256(answer) == keccak256(nothing), "never had any");
        vm.prank(payer);
        escrow.deposit(payer, address(usd), 6);
        vm.prank(payer);
        (, answer) = address(escrow).call(callWithdraw(address(usd), 7));
        bytes memory six = abi.encodeWithSelector(IRevenueLedger.CreditTooSmall.selector, 6, 7);
        assertTrue(keccak256(answer) == keccak256(six), "has six");
    }

    /// An order that nobody made has nothing captured, and says so before it looks at a signature.
    function test_releaseWithSignature_unknownOrder() external {
        bytes memory call_ = abi.encodeCall(ISettlementEscrow.releaseWithSignature, (order(), 0, 1, START, ""));
        refused(stranger, call_, ISettlementEscrow.UnknownOrder.selector);
    }
}
