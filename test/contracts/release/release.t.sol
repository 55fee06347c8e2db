// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

contract ReleaseTest is EscrowTest {
    using PackedTerms for Terms;

    uint256 private constant DEADLINE = START + 1 hours;

    function callSigned(
        Terms memory terms,
        uint256 waiting,
        uint256 nonce,
        uint256 deadline,
        bytes memory signature
    ) private pure returns (bytes memory) {
        return abi.encodeCall(ISettlementEscrow.releaseWithSignature, (terms, waiting, nonce, deadline, signature));
    }

    function test_payer_atAnyTime() external {
        Terms memory terms = captured(order());
        release(terms);
        assertOrder(terms, 0, 0, 0, AMOUNT);
        assertEq(legCredits(terms), AMOUNT, "credits");
        refused(payer, callRelease(terms), ISettlementEscrow.NothingCaptured.selector);
    }

    function test_reverts_whenUnknownOrNothingCaptured() external {
        refused(payer, callRelease(order()), ISettlementEscrow.UnknownOrder.selector);
        authorize(order());
        refused(payer, callRelease(order()), ISettlementEscrow.NothingCaptured.selector);
        refused(stranger, callRelease(order()), ISettlementEscrow.NothingCaptured.selector);
    }

    function test_signature_relayedByAStranger_onceOnly() external {
        Terms memory terms = captured(order());
        bytes memory signature = signed(PAYER_KEY, releaseDigest(escrow.idOf(terms), AMOUNT, 300, DEADLINE));
        allowed(stranger, callSigned(terms, AMOUNT, 300, DEADLINE, signature));
        assertEq(legCredits(terms), AMOUNT, "credits");
        assertTrue(escrow.isNonceUsed(payer, 300), "spent");
        refused(stranger, callSigned(terms, AMOUNT, 300, DEADLINE, signature), ISettlementEscrow.StateMoved.selector);
    }

    function test_signature_ofAnUsedNonceReverts() external {
        Terms memory terms = captured(order());
        bytes memory signature = signed(PAYER_KEY, releaseDigest(escrow.idOf(terms), AMOUNT, 7, DEADLINE));
        vm.prank(payer);
        escrow.useNonce(7);
        assertTrue(escrow.isNonceUsed(payer, 7), "burnt");
        assertFalse(escrow.isNonceUsed(payer, 8), "its neighbour is not");
        refused(stranger, callSigned(terms, AMOUNT, 7, DEADLINE, signature), ISettlementEscrow.NonceSpent.selector);
        refused(payer, abi.encodeCall(IOrderDesk.useNonce, (7)), ISettlementEscrow.NonceSpent.selector);
    }

    function test_signature_deadlineIsItsLastSecond() external {
        Terms memory terms = captured(order());
        bytes memory signature = signed(PAYER_KEY, releaseDigest(escrow.idOf(terms), AMOUNT, 1, DEADLINE));
        vm.warp(DEADLINE + 1);
        refused(stranger, callSigned(terms, AMOUNT, 1, DEADLINE, signature), ISettlementEscrow.DeadlinePassed.selector);
        vm.warp(DEADLINE);
        allowed(stranger, callSigned(terms, AMOUNT, 1, DEADLINE, signature));
    }

    function test_signature_ofAnotherAmountOrKeyReverts() external {
        Terms memory terms = captured(order());
        bytes32 id = escrow.idOf(terms);
        bytes memory signature = signed(PAYER_KEY, releaseDigest(id, AMOUNT - 1, 1, DEADLINE));
        refused(stranger, callSigned(terms, AMOUNT - 1, 1, DEADLINE, signature), ISettlementEscrow.StateMoved.selector);
        refused(
            stranger,
            callSigned(terms, AMOUNT, 1, DEADLINE, signature),
            ISettlementEscrow.SignatureRefused.selector
        );
        signature = signed(PAYER_KEY + 1, releaseDigest(id, AMOUNT, 1, DEADLINE));
        refused(
            stranger,
            callSigned(terms, AMOUNT, 1, DEADLINE, signature),
            ISettlementEscrow.SignatureRefused.selector
        );
    }

    function test_signature_7702WithAndWithout1271() external {
        Terms memory terms = captured(order());
        bytes32 digest = releaseDigest(escrow.idOf(terms), AMOUNT, 1, DEADLINE);
        // Code that knows no ERC-1271 (here: the token's) does not get in the way of the account's own key.
        vm.etch(payer, address(usd).code);
        bytes memory call_ = callSigned(terms, AMOUNT, 1, DEADLINE, "not 65 bytes");
        refused(stranger, call_, ISettlementEscrow.SignatureRefused.selector);
        allowed(stranger, callSigned(terms, AMOUNT, 1, DEADLINE, signed(PAYER_KEY, digest)));

        // Code that does may agree to whatever it takes for a signature, and to nothing else.
        terms.setSalt(2);
        vm.etch(payer, "");
        captured(terms);
        digest = releaseDigest(escrow.idOf(terms), AMOUNT, 2, DEADLINE);
        vm.etch(payer, address(new PayerWallet()).code);
        call_ = callSigned(terms, AMOUNT, 2, DEADLINE, "not 65 bytes");
        refused(stranger, call_, ISettlementEscrow.SignatureRefused.selector);
        PayerWallet(payable(payer)).agree(digest);
        allowed(stranger, call_);
    }

    function test_signature_highS_64bytes() external {
        Terms memory terms = captured(order());
        bytes32 digest = releaseDigest(escrow.idOf(terms), AMOUNT, 1, DEADLINE);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(PAYER_KEY, digest);
        uint256 n = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        bytes memory mirrored = abi.encodePacked(r, n - uint256(s), v == 27 ? uint8(28) : uint8(27));
        refused(
            stranger,
            callSigned(terms, AMOUNT, 1, DEADLINE, mirrored),
            ISettlementEscrow.SignatureRefused.selector
        );
        bytes memory short = abi.encodePacked(r, uint256(s) | (uint256(v - 27) << 255));
        refused(stranger, callSigned(terms, AMOUNT, 1, DEADLINE, short), ISettlementEscrow.SignatureRefused.selector);
        bytes memory badV = abi.encodePacked(r, s, uint8(0));
        refused(stranger, callSigned(terms, AMOUNT, 1, DEADLINE, badV), ISettlementEscrow.SignatureRefused.selector);
    }

    function test_operatorCannotDebitMerchantCredit() external {
        Terms memory terms = captured(withFlags(order(), 3));
        release(terms);
        uint256 merchants = credit(merchant);
        refused(operator, callRefund(terms, 1, 0), ISettlementEscrow.AmountAboveAvailable.selector);
        refused(operator, callVoid(terms, 1, 0), ISettlementEscrow.AmountAboveAvailable.selector);
        refused(operator, callCapture(terms, 1, 0), ISettlementEscrow.AmountAboveAvailable.selector);
        vm.warp(START + 15 days);
        refused(operator, callReclaim(terms), ISettlementEscrow.NothingHeld.selector);
        assertEq(credit(merchant), merchants, "untouched");
    }
}
