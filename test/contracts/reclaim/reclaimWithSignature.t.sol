// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

contract ReclaimWithSignatureTest is EscrowTest {
    uint256 private constant CLOSED = START + 14 days;
    uint256 private constant DEADLINE = CLOSED + 1 days;

    function callSigned(
        Terms memory terms,
        uint256 deadline,
        bytes memory signature
    ) private pure returns (bytes memory) {
        return abi.encodeCall(IOrderDesk.reclaimWithSignature, (terms, deadline, signature));
    }
    function reclaimDigest(Terms memory terms, uint256 deadline) private view returns (bytes32) {
        bytes32 typehash = keccak256("Reclaim(bytes32 id,uint256 deadline)");
        return typedDigest(keccak256(abi.encode(typehash, escrow.idOf(terms), deadline)));
    }

    function test_relayedByAStranger_paysThePayersWallet() external {
        Terms memory terms = order();
        authorize(terms);
        capture(terms, 10);
        uint256 before = usd.balanceOf(payer);
        bytes memory call_ = callSigned(terms, DEADLINE, signed(PAYER_KEY, reclaimDigest(terms, DEADLINE)));
        vm.warp(CLOSED - 1);
        refused(stranger, call_, ISettlementEscrow.ReclaimNotOpen.selector);
        vm.warp(CLOSED);
        saysReturn(stranger, call_, ISettlementEscrow.Reclaimed.selector, terms, AMOUNT - 10, false);
        assertOrder(terms, 0, 10, AMOUNT - 10, 0);
        assertEq(usd.balanceOf(payer), before + AMOUNT - 10, "paid");
        refused(stranger, call_, ISettlementEscrow.NothingHeld.selector);
    }

    function test_reverts_whenUnknown() external {
        bytes memory call_ = callSigned(order(), DEADLINE, signed(PAYER_KEY, reclaimDigest(order(), DEADLINE)));
        refused(stranger, call_, ISettlementEscrow.UnknownOrder.selector);
    }

    function test_deadlineIsItsLastSecond_andTheKeyThePayers() external {
        Terms memory terms = order();
        authorize(terms);
        vm.warp(DEADLINE + 1);
        bytes memory signature = signed(PAYER_KEY, reclaimDigest(terms, DEADLINE));
        refused(stranger, callSigned(terms, DEADLINE, signature), ISettlementEscrow.DeadlinePassed.selector);
        refused(stranger, callSigned(terms, DEADLINE + 1, signature), ISettlementEscrow.SignatureRefused.selector);
        bytes memory another = signed(PAYER_KEY + 1, reclaimDigest(terms, DEADLINE));
        vm.warp(DEADLINE);
        refused(stranger, callSigned(terms, DEADLINE, another), ISettlementEscrow.SignatureRefused.selector);
        allowed(stranger, callSigned(terms, DEADLINE, signature));
    }

    function test_push_failureBecomesCredit_lowGasDoesNot() external {
        PayerWallet wallet = new PayerWallet();
        vm.deal(address(wallet), AMOUNT);
        Terms memory terms = ethOrder();
        terms.payer = address(wallet);
        authorize(terms);
        vm.warp(CLOSED);
        wallet.agree(reclaimDigest(terms, DEADLINE));
        wallet.set(PayerWallet.Mode.BurnsGas);
        bytes memory call_ = callSigned(terms, DEADLINE, "its own way");
        vm.prank(stranger);
        (bool ok, bytes memory answer) = address(escrow).call{gas: 250_000}(call_);
        assertFalse(ok, "too little gas");
        assertTrue(bytes4(answer) == IRevenueLedger.PushGasTooLow.selector, "refused by name");
        wallet.set(PayerWallet.Mode.Refuses);
        saysReturn(stranger, call_, ISettlementEscrow.Reclaimed.selector, terms, AMOUNT, true);
        assertEq(escrow.creditOf(address(wallet), address(0)), AMOUNT, "credit");
    }
}
