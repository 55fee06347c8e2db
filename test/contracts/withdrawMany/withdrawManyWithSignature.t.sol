// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueDesk, Withdrawal} from "../../../contracts/interfaces/IRevenueDesk.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {SignedDeed} from "../support/SignedDeed.sol";
import {vm} from "../support/Vm.sol";

contract WithdrawManyWithSignatureTest is SignedDeed {
    uint256 private constant DEADLINE = START + 1 days;

    function listOf(uint256 number) private view returns (Withdrawal[] memory list) {
        list = new Withdrawal[](2);
        list[0] = Withdrawal(address(usd), 10, address(uint160(0xF000 + number)));
        list[1] = Withdrawal(address(0), 20, address(uint160(0xF000 + number)));
    }

    function digest(
        address account,
        Withdrawal[] memory list,
        uint256 nonce,
        uint256 deadline
    ) private view returns (bytes32) {
        bytes32 one = keccak256("Withdrawal(address token,uint256 amount,address to)");
        bytes memory hashes;
        for (uint256 i = 0; i < list.length; ++i) {
            hashes = abi.encodePacked(hashes, keccak256(abi.encode(one, list[i])));
        }
        bytes32 many = keccak256(
            "WithdrawMany(address account,Withdrawal[] withdrawals,uint256 nonce,uint256 deadline)"
            "Withdrawal(address token,uint256 amount,address to)"
        );
        return typedDigest(keccak256(abi.encode(many, account, keccak256(hashes), nonce, deadline)));
    }

    function callOn(
        address account,
        Withdrawal[] memory list,
        uint256 nonce,
        uint256 deadline,
        bytes memory signature
    ) private pure returns (bytes memory) {
        return abi.encodeCall(IRevenueDesk.withdrawManyWithSignature, (account, list, nonce, deadline, signature));
    }

    function prepare(address account, uint256) internal override {
        vm.prank(payer);
        escrow.deposit(account, address(usd), 10);
        vm.prank(payer);
        escrow.deposit{value: 20}(account, address(0), 20);
    }
    function digestOf(address account, uint256 number) internal view override returns (bytes32) {
        return digest(account, listOf(number), number, DEADLINE);
    }
    function deed(
        address account,
        uint256 number,
        bytes memory signature
    ) internal view override returns (bytes memory) {
        return callOn(account, listOf(number), number, DEADLINE, signature);
    }
    function isDone(address account, uint256 number) internal view override returns (bool) {
        return escrow.isNonceUsed(account, number) && usd.balanceOf(listOf(number)[0].to) == 10;
    }
    function doneBefore() internal pure override returns (bytes4) {
        return ISettlementEscrow.NonceSpent.selector;
    }

    function test_deadlineIsItsLastSecond() external {
        address account = vm.addr(SIGNER_KEY);
        prepare(account, 1);
        bytes memory call_ = deed(account, 1, signed(SIGNER_KEY, digestOf(account, 1)));
        vm.warp(DEADLINE + 1);
        refused(stranger, call_, ISettlementEscrow.DeadlinePassed.selector);
        vm.warp(DEADLINE);
        vm.expectEmit(address(escrow));
        emit ISettlementEscrow.NonceUsed(account, 1);
        allowed(stranger, call_);
    }

    function test_everyFieldIsSigned() external {
        address account = vm.addr(SIGNER_KEY);
        prepare(account, 1);
        prepare(account, 1);
        bytes memory signature = signed(SIGNER_KEY, digestOf(account, 1));
        bytes4 refusal = ISettlementEscrow.SignatureRefused.selector;
        refused(stranger, callOn(merchant, listOf(1), 1, DEADLINE, signature), refusal);
        refused(stranger, callOn(account, listOf(1), 2, DEADLINE, signature), refusal);
        refused(stranger, callOn(account, listOf(1), 1, DEADLINE + 1, signature), refusal);
        for (uint256 i = 0; i < 2; ++i) {
            Withdrawal[] memory list = listOf(1);
            list[i].to = stranger;
            refused(stranger, callOn(account, list, 1, DEADLINE, signature), refusal);
            list = listOf(1);
            list[i].amount -= 1;
            refused(stranger, callOn(account, list, 1, DEADLINE, signature), refusal);
            list = listOf(1);
            list[i].token = list[1 - i].token;
            refused(stranger, callOn(account, list, 1, DEADLINE, signature), refusal);
        }
        Withdrawal[] memory other = listOf(1);
        (other[0], other[1]) = (other[1], other[0]);
        refused(stranger, callOn(account, other, 1, DEADLINE, signature), refusal);
        other = new Withdrawal[](1);
        other[0] = listOf(1)[0];
        refused(stranger, callOn(account, other, 1, DEADLINE, signature), refusal);
        other = new Withdrawal[](3);
        (other[0], other[1], other[2]) = (listOf(1)[0], listOf(1)[1], listOf(1)[1]);
        refused(stranger, callOn(account, other, 1, DEADLINE, signature), refusal);
        allowed(stranger, callOn(account, listOf(1), 1, DEADLINE, signature));
    }

    function test_refusedAsWithdrawMany_andTheNonceIsKept() external {
        address account = vm.addr(SIGNER_KEY);
        bytes memory call_ = deed(account, 1, signed(SIGNER_KEY, digestOf(account, 1)));
        refused(stranger, call_, IRevenueLedger.CreditTooSmall.selector);
        assertFalse(escrow.isNonceUsed(account, 1), "kept");
        prepare(account, 1);
        allowed(stranger, call_);
    }

    function test_nonce_burntByItsOwner() external {
        address account = vm.addr(SIGNER_KEY);
        prepare(account, 1);
        vm.prank(account);
        escrow.useNonce(1);
        bytes memory call_ = deed(account, 1, signed(SIGNER_KEY, digestOf(account, 1)));
        refused(stranger, call_, ISettlementEscrow.NonceSpent.selector);
    }
}
