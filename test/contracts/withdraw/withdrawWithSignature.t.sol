// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

contract WithdrawWithSignatureTest is EscrowTest {
    uint256 private constant KEY = 0xC4A70;
    uint256 private constant DEADLINE = START + 1 days;

    struct Withdrawal {
        address account;
        address token;
        uint256 amount;
        address to;
        uint256 nonce;
        uint256 deadline;
    }

    function setUp() public override {
        super.setUp();
        channel = vm.addr(KEY);
        release(captured(order()));
        Terms memory terms = ethOrder();
        release(captured(terms));
    }

    function usual() private view returns (Withdrawal memory) {
        return Withdrawal(channel, address(usd), 1000, channel, 4, DEADLINE);
    }
    function withdrawDigest(Withdrawal memory w) private view returns (bytes32) {
        bytes32 typehash = keccak256(
            "Withdraw(address account,address token,uint256 amount,address to,uint256 nonce,uint256 deadline)"
        );
        return typedDigest(keccak256(abi.encode(typehash, w)));
    }
    function callSigned(Withdrawal memory w, bytes memory signature) private pure returns (bytes memory) {
        return
            abi.encodeCall(
                IRevenueLedger.withdrawWithSignature,
                (w.account, w.token, w.amount, w.to, w.nonce, w.deadline, signature)
            );
    }
    function bySignature(Withdrawal memory w) private view returns (bytes memory) {
        return callSigned(w, signed(KEY, withdrawDigest(w)));
    }

    function test_relayedByAStranger_onceOnly() external {
        uint256 before = credit(channel);
        allowed(stranger, bySignature(usual()));
        assertEq(credit(channel), before - 1000, "credit");
        assertEq(usd.balanceOf(channel), 1000, "received");
        assertEq(usd.balanceOf(stranger), 0, "the relayer has nothing of it");
        refused(stranger, bySignature(usual()), ISettlementEscrow.NonceSpent.selector);
        Withdrawal memory next = usual();
        next.nonce = 5;
        next.to = merchant;
        allowed(stranger, bySignature(next));
        assertEq(usd.balanceOf(merchant), 1000, "to another account");
    }

    function test_eth_relayed() external {
        Withdrawal memory w = usual();
        w.token = address(0);
        allowed(stranger, bySignature(w));
        assertEq(channel.balance, 1000, "received");
    }

    function test_everyFieldIsSigned() external {
        bytes memory signature = signed(KEY, withdrawDigest(usual()));
        bytes4 refusal = ISettlementEscrow.SignatureRefused.selector;
        Withdrawal memory w = usual();
        w.account = merchant;
        refused(stranger, callSigned(w, signature), refusal);
        w = usual();
        w.token = address(0);
        refused(stranger, callSigned(w, signature), refusal);
        w = usual();
        w.amount = 1001;
        refused(stranger, callSigned(w, signature), refusal);
        w = usual();
        w.to = stranger;
        refused(stranger, callSigned(w, signature), refusal);
        w = usual();
        w.nonce = 5;
        refused(stranger, callSigned(w, signature), refusal);
        w = usual();
        w.deadline = DEADLINE + 1;
        refused(stranger, callSigned(w, signature), refusal);
    }

    function test_deadlineIsItsLastSecond() external {
        vm.warp(DEADLINE + 1);
        refused(stranger, bySignature(usual()), ISettlementEscrow.DeadlinePassed.selector);
        vm.warp(DEADLINE);
        allowed(stranger, bySignature(usual()));
    }

    function test_nonce_burntByItsOwner() external {
        vm.prank(channel);
        escrow.useNonce(4);
        refused(stranger, bySignature(usual()), ISettlementEscrow.NonceSpent.selector);
    }

    function test_refusedAsWithdrawTo_andTheNonceIsKept() external {
        address[3] memory bad = [address(0), address(escrow), address(usd)];
        Withdrawal memory w = usual();
        for (uint256 i = 0; i < bad.length; ++i) {
            w.to = bad[i];
            refused(stranger, bySignature(w), IRevenueLedger.DestinationRefused.selector);
        }
        w = usual();
        w.amount = 0;
        refused(stranger, bySignature(w), IRevenueLedger.AmountZero.selector);
        w.amount = credit(channel) + 1;
        refused(stranger, bySignature(w), IRevenueLedger.CreditTooSmall.selector);
        PayerWallet wallet = new PayerWallet();
        wallet.set(PayerWallet.Mode.Refuses);
        w = usual();
        (w.token, w.to) = (address(0), address(wallet));
        refused(stranger, bySignature(w), IRevenueLedger.TransferFailed.selector);
        assertFalse(escrow.isNonceUsed(channel, 4), "not spent");
    }

    function test_signature_ofAWalletContract() external {
        PayerWallet wallet = new PayerWallet();
        Terms memory terms = order();
        terms.legs[1] = leg(address(wallet), 80_000, 2);
        release(captured(terms));
        Withdrawal memory w = usual();
        (w.account, w.to) = (address(wallet), address(wallet));
        refused(stranger, callSigned(w, "its own way"), ISettlementEscrow.SignatureRefused.selector);
        wallet.agree(withdrawDigest(w));
        allowed(stranger, callSigned(w, "its own way"));
        assertEq(usd.balanceOf(address(wallet)), 1000, "received");
    }

    function test_dirtyHighBitsRevert() external {
        uint256[3] memory word = [uint256(0), 1, 3];
        for (uint256 i = 0; i < word.length; ++i) {
            bytes memory call_ = bySignature(usual());
            uint256 place = 0x24 + word[i] * 32;
            assembly {
                let at_ := add(call_, place)
                mstore(at_, or(mload(at_), shl(160, 1)))
            }
            refused(stranger, call_, bytes4(0));
        }
    }
}
