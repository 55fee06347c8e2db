// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueDesk, Mandate} from "../../../contracts/interfaces/IRevenueDesk.sol";
import {ISettlementEscrow} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {SignedDeed} from "../support/SignedDeed.sol";
import {Vm, vm} from "../support/Vm.sol";

contract SetMandateTest is SignedDeed {
    uint256 private constant DEADLINE = START + 1 days;
    bytes32 private constant TYPEHASH = keccak256(
        "SetMandate(address account,address spender,address token,uint88 perCall,uint88 perPeriod,uint32 period,"
        "uint40 until,uint256 nonce,uint256 deadline)"
    );

    struct Fields {
        address account;
        address spender;
        address token;
        uint88 perCall;
        uint88 perPeriod;
        uint32 period;
        uint40 until;
        uint256 nonce;
        uint256 deadline;
    }

    function usual(address account, uint256 number) private view returns (Fields memory) {
        address spender = address(uint160(0xD000 + number));
        return Fields(account, spender, address(usd), 10, 100, 1 hours, uint40(START + 9 days), number, DEADLINE);
    }
    function limits(Fields memory f) private pure returns (Mandate memory) {
        return Mandate(f.perCall, f.perPeriod, f.period, f.until);
    }
    function callOn(Fields memory f, bytes memory signature) private pure returns (bytes memory) {
        return
            abi.encodeCall(
                IRevenueDesk.setMandateWithSignature,
                (f.account, f.spender, f.token, limits(f), f.nonce, f.deadline, signature)
            );
    }
    function digest(Fields memory f) private view returns (bytes32) {
        return typedDigest(keccak256(abi.encode(TYPEHASH, f)));
    }

    function prepare(address, uint256) internal override {}
    function digestOf(address account, uint256 number) internal view override returns (bytes32) {
        return digest(usual(account, number));
    }
    function deed(
        address account,
        uint256 number,
        bytes memory signature
    ) internal view override returns (bytes memory) {
        return callOn(usual(account, number), signature);
    }
    function isDone(address account, uint256 number) internal view override returns (bool) {
        Fields memory f = usual(account, number);
        (Mandate memory seen, ) = escrow.mandateOf(account, f.spender, f.token);
        return escrow.isNonceUsed(account, number) && seen.perCall == f.perCall;
    }
    function doneBefore() internal pure override returns (bytes4) {
        return ISettlementEscrow.NonceSpent.selector;
    }

    function assertMandate(Fields memory f, uint256 left_) private view {
        (Mandate memory seen, uint256 left) = escrow.mandateOf(f.account, f.spender, f.token);
        assertTrue(keccak256(abi.encode(seen)) == keccak256(abi.encode(limits(f))), "mandate");
        assertEq(left, left_, "left");
    }

    function sets(Fields memory f) private {
        vm.recordLogs();
        vm.expectEmit(address(escrow));
        emit IRevenueDesk.MandateSet(f.account, f.spender, f.token, limits(f));
        vm.prank(f.account);
        escrow.setMandate(f.spender, f.token, limits(f));
        assertEq(said(), 1, "events");
    }

    function test_isToldAsItWasSet() external {
        Fields memory f = usual(payer, 1);
        Fields memory none = Fields(payer, f.spender, address(usd), 0, 0, 0, 0, 0, 0);
        assertMandate(none, 0);
        sets(f);
        assertMandate(f, 100);
        // Of one account, to one spender, in one token.
        none.token = address(0);
        assertMandate(none, 0);
        (none.token, none.account, none.spender) = (address(usd), f.spender, payer);
        assertMandate(none, 0);
        f.token = address(0);
        f.perCall = 11;
        sets(f);
        assertMandate(f, 100);
        f = usual(payer, 1);
        assertMandate(f, 100);
    }

    function test_allBitsOfItsFields() external {
        Fields memory f = usual(payer, 1);
        (f.perCall, f.perPeriod) = (type(uint88).max, type(uint88).max - 1);
        (f.period, f.until) = (type(uint32).max, type(uint40).max);
        sets(f);
        assertMandate(f, type(uint88).max - 1);
        (f.perCall, f.perPeriod, f.period, f.until) = (1, 2, 1, uint40(START + 1));
        sets(f);
        assertMandate(f, 2);
    }

    function test_periodZeroReverts() external {
        Fields memory f = usual(payer, 1);
        f.period = 0;
        bytes memory call_ = abi.encodeCall(IRevenueDesk.setMandate, (f.spender, f.token, limits(f)));
        refused(payer, call_, IRevenueDesk.PeriodZero.selector);
        f.account = vm.addr(SIGNER_KEY);
        refused(stranger, callOn(f, signed(SIGNER_KEY, digest(f))), IRevenueDesk.PeriodZero.selector);
        assertFalse(escrow.isNonceUsed(f.account, 1), "the nonce is kept");
    }

    function test_signed_saysSoOfTheAccount() external {
        Fields memory f = usual(vm.addr(SIGNER_KEY), 1);
        bytes memory call_ = callOn(f, signed(SIGNER_KEY, digest(f)));
        vm.recordLogs();
        allowed(stranger, call_);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 2, "events");
        bool told;
        for (uint256 i = 0; i < 2; ++i) {
            if (logs[i].topics[0] != IRevenueDesk.MandateSet.selector) continue;
            told = logs[i].topics[1] == bytes32(uint256(uint160(f.account)));
            assertTrue(keccak256(logs[i].data) == keccak256(abi.encode(limits(f))), "limits");
        }
        assertTrue(told, "of who signed");
        assertMandate(f, 100);
    }

    function test_signed_deadlineIsItsLastSecond() external {
        Fields memory f = usual(vm.addr(SIGNER_KEY), 1);
        bytes memory call_ = callOn(f, signed(SIGNER_KEY, digest(f)));
        vm.warp(DEADLINE + 1);
        refused(stranger, call_, ISettlementEscrow.DeadlinePassed.selector);
        vm.warp(DEADLINE);
        allowed(stranger, call_);
    }

    function test_signed_everyFieldIsSigned() external {
        Fields memory good = usual(vm.addr(SIGNER_KEY), 1);
        bytes memory signature = signed(SIGNER_KEY, digest(good));
        for (uint256 i = 0; i < 9; ++i) {
            Fields memory f = usual(good.account, 1);
            if (i == 0) f.account = payer;
            if (i == 1) f.spender = stranger;
            if (i == 2) f.token = address(0);
            if (i == 3) f.perCall += 1;
            if (i == 4) f.perPeriod += 1;
            if (i == 5) f.period += 1;
            if (i == 6) f.until += 1;
            if (i == 7) f.nonce += 1;
            if (i == 8) f.deadline += 1;
            refused(stranger, callOn(f, signature), ISettlementEscrow.SignatureRefused.selector);
        }
        allowed(stranger, callOn(good, signature));
    }

    function test_signed_nonceBurntByItsOwner() external {
        Fields memory f = usual(vm.addr(SIGNER_KEY), 1);
        vm.prank(f.account);
        escrow.useNonce(1);
        bytes memory call_ = callOn(f, signed(SIGNER_KEY, digest(f)));
        refused(stranger, call_, ISettlementEscrow.NonceSpent.selector);
    }

    function test_dirtyHighBitsRevert() external {
        uint256[6] memory word = [uint256(0), 1, 2, 3, 4, 5];
        uint256[6] memory width = [uint256(160), 160, 88, 88, 32, 40];
        Fields memory f = usual(payer, 1);
        for (uint256 i = 0; i < word.length; ++i) {
            bytes memory call_ = abi.encodeCall(IRevenueDesk.setMandate, (f.spender, f.token, limits(f)));
            (uint256 place, uint256 bit) = (0x24 + word[i] * 32, width[i]);
            assembly ("memory-safe") {
                let at_ := add(call_, place)
                mstore(at_, or(mload(at_), shl(bit, 1)))
            }
            refused(payer, call_, bytes4(0));
        }
    }
}
