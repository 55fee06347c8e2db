// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {ISettlementEscrow, OrderView, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {Vm, vm} from "../support/Vm.sol";

contract CancelTermsTest is EscrowTest {
    function callCancel(Terms memory terms) private pure returns (bytes memory) {
        return abi.encodeCall(IOrderDesk.cancelTerms, (terms));
    }
    function callSigned(
        Terms memory terms,
        uint256 deadline,
        bytes memory signature
    ) private pure returns (bytes memory) {
        return abi.encodeCall(IOrderDesk.cancelTermsWithSignature, (terms, deadline, signature));
    }
    function cancelDigest(Terms memory terms, uint256 deadline) private view returns (bytes32) {
        bytes32 typehash = keccak256("CancelTerms(bytes32 id,uint256 deadline)");
        return typedDigest(keccak256(abi.encode(typehash, escrow.idOf(terms), deadline)));
    }

    function assertCancelled(Terms memory terms) private view {
        OrderView memory seen = escrow.orderOf(terms);
        assertTrue(seen.used && seen.cancelled, "cancelled");
        assertEq(seen.held + seen.captured + seen.returned + seen.refunded + seen.disputed, 0, "no quantity");
        assertEq(seen.releaseAt, 0, "no clock");
    }

    function test_cancelledTerms_neverAuthorize() external {
        Terms memory terms = order();
        bytes memory signature = authorization(terms);
        vm.recordLogs();
        allowed(payer, callCancel(terms));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 1, "one event");
        assertTrue(logs[0].topics[0] == ISettlementEscrow.Cancelled.selector, "event");
        assertTrue(logs[0].topics[1] == escrow.idOf(terms), "of the order");
        assertCancelled(terms);

        bytes4 used = ISettlementEscrow.AlreadyAuthorized.selector;
        refused(payer, callAuthorize(terms), used);
        refused(stranger, abi.encodeCall(ISettlementEscrow.authorizeWithAuthorization, (terms, signature)), used);
        Terms[] memory orders = ordersOf(2);
        refused(payer, abi.encodeCall(ISettlementEscrow.authorizeBasket, (orders)), used);
        refused(payer, callCancel(terms), used);
        assertCancelled(terms);
    }

    function test_nothingLeavesCancelledTerms() external {
        Terms memory terms = withFlags(order(), MERCHANT_MAY_CAPTURE | OPERATOR_MAY_REFUND);
        allowed(payer, callCancel(terms));
        bytes4 above = ISettlementEscrow.AmountAboveAvailable.selector;
        refused(operator, callCapture(terms, 1, 0), above);
        refused(merchant, callCapture(terms, 0, 0), IRevenueLedger.AmountZero.selector);
        refused(operator, callVoid(terms, 1, 0), above);
        refused(merchant, callRefund(terms, 1, 0), above);
        refused(payer, callRelease(terms), ISettlementEscrow.NothingCaptured.selector);
        vm.warp(START + 200 days);
        refused(payer, callReclaim(terms), ISettlementEscrow.NothingHeld.selector);
        assertCancelled(terms);
    }

    function test_reverts_forOthersAndOnceAuthorized() external {
        Terms memory terms = order();
        address[4] memory others = [operator, merchant, channel, stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            refused(others[i], callCancel(terms), ISettlementEscrow.NotPayer.selector);
        }
        authorize(terms);
        refused(payer, callCancel(terms), ISettlementEscrow.AlreadyAuthorized.selector);
        bytes memory signature = signed(PAYER_KEY, cancelDigest(terms, START));
        refused(stranger, callSigned(terms, START, signature), ISettlementEscrow.AlreadyAuthorized.selector);
        assertOrder(terms, AMOUNT, 0, 0, 0);
    }

    function test_signature_relayedByAStranger() external {
        Terms memory terms = order();
        bytes memory signature = signed(PAYER_KEY, cancelDigest(terms, START + 5));
        refused(stranger, callSigned(terms, START + 6, signature), ISettlementEscrow.SignatureRefused.selector);
        bytes memory another = signed(PAYER_KEY + 1, cancelDigest(terms, START + 5));
        refused(stranger, callSigned(terms, START + 5, another), ISettlementEscrow.SignatureRefused.selector);
        vm.warp(START + 6);
        refused(stranger, callSigned(terms, START + 5, signature), ISettlementEscrow.DeadlinePassed.selector);
        vm.warp(START + 5);
        allowed(stranger, callSigned(terms, START + 5, signature));
        assertCancelled(terms);
        refused(stranger, callSigned(terms, START + 5, signature), ISettlementEscrow.AlreadyAuthorized.selector);
    }

    function test_signature_ofAWalletContract() external {
        PayerWallet wallet = new PayerWallet();
        Terms memory terms = order();
        terms.payer = address(wallet);
        refused(stranger, callSigned(terms, START, "its own way"), ISettlementEscrow.SignatureRefused.selector);
        wallet.agree(cancelDigest(terms, START));
        allowed(stranger, callSigned(terms, START, "its own way"));
        assertCancelled(terms);
    }

    function test_dirtyHighBitsRevert() external {
        uint256[5] memory word = [uint256(0), 1, 2, 4, 5];
        uint256[5] memory width = [uint256(160), 160, 160, 160, 176];
        for (uint256 i = 0; i < word.length; ++i) {
            bytes memory call_ = callCancel(order());
            _dirty(call_, 32 + word[i] * 32, width[i]);
            refused(payer, call_, ISettlementEscrow.TermsDirty.selector);
            call_ = callSigned(order(), START, "");
            _dirty(call_, 96 + word[i] * 32, width[i]);
            refused(payer, call_, ISettlementEscrow.TermsDirty.selector);
        }
    }

    function _dirty(bytes memory call_, uint256 place, uint256 bit) private pure {
        assembly {
            let word := add(add(call_, 0x24), place)
            mstore(word, or(mload(word), shl(bit, 1)))
        }
    }
}
