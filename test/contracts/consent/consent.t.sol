// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISettlementEscrow, Permit, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {vm} from "../support/Vm.sol";

/// Every kind of signature against every way to pay: each is consent to what it was made for, and to nothing else.
contract ConsentTest is EscrowTest {
    using PackedTerms for Terms;

    uint256 private constant ROUTES = 9;
    uint256 private constant KINDS = 8;

    function setUp() public override {
        super.setUp();
        // The money is there for every way: an allowance without end, tokens, credit.
        vm.prank(payer);
        escrow.deposit(payer, address(usd), 2 * AMOUNT);
    }

    function only(Terms memory terms) private pure returns (Terms[] memory orders) {
        orders = new Terms[](1);
        orders[0] = terms;
    }

    function routes(Terms memory terms, bytes memory signature) private pure returns (bytes[ROUTES] memory calls) {
        Permit memory permit = Permit(AMOUNT, START + 1 days, signature);
        calls[0] = callAuthorize(terms);
        calls[1] = abi.encodeCall(ISettlementEscrow.authorizeWithAllowance, (terms, signature));
        calls[2] = abi.encodeCall(ISettlementEscrow.authorizeWithPermit, (terms, signature, permit));
        calls[3] = abi.encodeCall(ISettlementEscrow.chargeWithAllowance, (terms, signature));
        calls[4] = abi.encodeCall(ISettlementEscrow.authorizeWithCredit, (terms, signature));
        calls[5] = abi.encodeCall(ISettlementEscrow.chargeWithCredit, (terms, signature));
        calls[6] = abi.encodeCall(ISettlementEscrow.authorizeWithAuthorization, (terms, signature));
        calls[7] = abi.encodeCall(ISettlementEscrow.chargeWithAuthorization, (terms, signature));
        calls[8] = abi.encodeCall(ISettlementEscrow.authorizeBasketWithAuthorization, (only(terms), signature));
    }

    function kinds(Terms memory terms) private view returns (bytes[KINDS] memory signatures) {
        bytes32 id = escrow.idOf(terms);
        signatures[0] = signed(PAYER_KEY, id);
        signatures[1] = signed(PAYER_KEY, typed(keccak256("AuthorizeWithCredit(bytes32 id)"), abi.encode(id)));
        signatures[2] = authorization(terms);
        signatures[3] = receiving(payer, AMOUNT, START + 1 days, keccak256(abi.encodePacked(id)));
        bytes32 cancel = keccak256("CancelTerms(bytes32 id,uint256 deadline)");
        signatures[4] = signed(PAYER_KEY, typed(cancel, abi.encode(id, START + 1 days)));
        signatures[5] = permitted(AMOUNT);
        signatures[6] = signed(PAYER_KEY, keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", id)));
        signatures[7] = signed(PAYER_KEY + 1, id);
    }

    function typed(bytes32 typehash, bytes memory fields) private view returns (bytes32) {
        return typedDigest(keccak256(abi.encodePacked(typehash, fields)));
    }

    function permitted(uint256 value) private view returns (bytes memory) {
        bytes32 typehash = keccak256(
            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
        );
        bytes32 fields = keccak256(abi.encode(typehash, payer, address(escrow), value, 0, START + 1 days));
        return signed(PAYER_KEY, keccak256(abi.encodePacked(hex"1901", usd.DOMAIN_SEPARATOR(), fields)));
    }

    /// @dev The kind of signature that a route takes; none for `authorize`, which asks for the payer itself.
    function fits(uint256 route) private pure returns (uint256) {
        if (route == 0) return KINDS;
        if (route <= 3) return 0;
        if (route <= 5) return 1;
        return route == 8 ? 3 : 2;
    }

    /// The operator calls, who may do most of all that are not the payer.
    function test_everySignature_onEveryRoute() external {
        Terms memory terms = order();
        bytes[KINDS] memory signatures = kinds(terms);
        uint256 balance = usd.balanceOf(payer);
        for (uint256 kind = 0; kind < KINDS; ++kind) {
            for (uint256 route = 0; route < ROUTES; ++route) {
                bytes memory call_ = routes(terms, signatures[kind])[route];
                uint256 start = vm.snapshotState();
                vm.prank(operator);
                (bool did, ) = address(escrow).call(call_);
                assertTrue(did == (kind == fits(route)), "consent to this way, and to no other");
                assertTrue(did == escrow.orderOf(terms).used, "used only where paid");
                if (!did) assertEq(usd.balanceOf(payer) + credit(payer), balance + 2 * AMOUNT, "untouched");
                vm.revertToState(start);
            }
        }
    }

    /// The payer as caller needs no signature where it may call; to charge it must be the operator.
    function test_thePayerAsCaller() external {
        Terms memory terms = order();
        for (uint256 route = 0; route < ROUTES; ++route) {
            bytes memory call_ = routes(terms, "")[route];
            uint256 start = vm.snapshotState();
            vm.prank(payer);
            (bool did, ) = address(escrow).call(call_);
            assertTrue(did == (route <= 2 || route == 4), "by the call itself");
            vm.revertToState(start);
        }
        terms.operator = payer;
        for (uint256 route = 0; route < ROUTES; ++route) {
            bytes memory call_ = routes(terms, "")[route];
            uint256 start = vm.snapshotState();
            vm.prank(payer);
            (bool did, ) = address(escrow).call(call_);
            assertTrue(did == (route <= 5), "its own operator");
            vm.revertToState(start);
        }
    }

    function test_authorizeAllowance_strangerCannotSpendVictimAllowance_byAnyRoute() external {
        // Terms that make the stranger operator and only leg, paid by whoever once allowed the escrow anything.
        Terms memory terms = instantOrder();
        terms.operator = stranger;
        terms.legs = new uint256[](1);
        terms.legs[0] = leg(stranger, 1_000_000, 1);
        bytes[4] memory signatures = [bytes(""), new bytes(64), new bytes(65), signed(0x5774, escrow.idOf(terms))];
        for (uint256 i = 0; i < 4; ++i) {
            bytes[ROUTES] memory calls = routes(terms, signatures[i]);
            for (uint256 route = 0; route < ROUTES; ++route) {
                vm.prank(stranger);
                (bool did, ) = address(escrow).call(calls[route]);
                assertFalse(did, "spent by a stranger");
            }
        }
        assertFalse(escrow.orderOf(terms).used, "not made");
    }

    /// The one consent, whichever way it is brought first: the others then find the terms used.
    function test_oneConsent_onePayment() external {
        Terms memory terms = order();
        bytes memory signature = signed(PAYER_KEY, escrow.idOf(terms));
        for (uint256 first = 1; first <= 3; ++first) {
            uint256 start = vm.snapshotState();
            allowed(operator, routes(terms, signature)[first]);
            for (uint256 second = 1; second <= 3; ++second) {
                refused(operator, routes(terms, signature)[second], ISettlementEscrow.AlreadyAuthorized.selector);
            }
            refused(payer, callAuthorize(terms), ISettlementEscrow.AlreadyAuthorized.selector);
            assertEq(usd.balanceOf(address(escrow)), 3 * AMOUNT, "paid once");
            vm.revertToState(start);
        }
    }
}
