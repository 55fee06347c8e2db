// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueDesk, Withdrawal} from "../../../contracts/interfaces/IRevenueDesk.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {HostileToken} from "../support/HostileToken.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

contract WithdrawManyTest is EscrowTest {
    function setUp() public override {
        super.setUp();
        vm.prank(payer);
        escrow.deposit(channel, address(usd), 1000);
        vm.prank(payer);
        escrow.deposit{value: 2000}(channel, address(0), 2000);
    }

    function callMany(Withdrawal[] memory withdrawals) private pure returns (bytes memory) {
        return abi.encodeCall(IRevenueDesk.withdrawMany, (withdrawals));
    }

    /// @dev Of both tokens, to the account itself and to another one.
    function three() private view returns (Withdrawal[] memory list) {
        list = new Withdrawal[](3);
        list[0] = Withdrawal(address(usd), 300, channel);
        list[1] = Withdrawal(address(0), 2000, agent);
        list[2] = Withdrawal(address(usd), 700, agent);
    }

    function assertUntouched() private view {
        assertEq(credit(channel), 1000, "tokens");
        assertEq(escrow.creditOf(channel, address(0)), 2000, "ETH");
        assertEq(usd.balanceOf(channel) + usd.balanceOf(agent) + agent.balance, 0, "nothing arrived");
    }

    function test_eachAsIfAlone() external {
        Withdrawal[] memory list = three();
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectEmit(address(escrow));
            emit IRevenueLedger.Withdrawn(channel, list[i].token, list[i].to, list[i].amount);
        }
        vm.prank(channel);
        escrow.withdrawMany(list);
        assertEq(credit(channel) + escrow.creditOf(channel, address(0)), 0, "credits");
        assertEq(usd.balanceOf(channel), 300, "to itself");
        assertEq(usd.balanceOf(agent), 700, "to another");
        assertEq(agent.balance, 2000, "ETH");
        assertEq(usd.balanceOf(address(escrow)) + address(escrow).balance, 0, "nothing is left behind");
    }

    function test_allOrNothing() external {
        Withdrawal[] memory list = three();
        list[2].amount = 701; // together one too many
        refused(channel, callMany(list), IRevenueLedger.CreditTooSmall.selector);
        assertUntouched();
        list[2].amount = 0;
        refused(channel, callMany(list), IRevenueLedger.AmountZero.selector);
        address[3] memory bad = [address(0), address(escrow), address(usd)];
        for (uint256 i = 0; i < bad.length; ++i) {
            list = three();
            list[2].to = bad[i];
            refused(channel, callMany(list), IRevenueLedger.DestinationRefused.selector);
        }
        PayerWallet wallet = new PayerWallet();
        wallet.set(PayerWallet.Mode.Refuses);
        list = three();
        list[1].to = address(wallet);
        refused(channel, callMany(list), IRevenueLedger.TransferFailed.selector);
        assertUntouched();
    }

    function test_ofTheCallerOnly() external {
        refused(stranger, callMany(three()), IRevenueLedger.CreditTooSmall.selector);
        assertUntouched();
    }

    function test_token_feeOnSenderSwitchedOn_backingKept() external {
        HostileToken token = new HostileToken();
        token.mint(payer, 200);
        vm.prank(payer);
        escrow.deposit(channel, address(token), 100);
        vm.prank(payer);
        escrow.deposit(merchant, address(token), 100);
        token.setSenderFee(1);
        Withdrawal[] memory list = three();
        list[2] = Withdrawal(address(token), 50, channel);
        refused(channel, callMany(list), IRevenueLedger.BackingLost.selector);
        assertUntouched();
        assertEq(token.balanceOf(address(escrow)), 200, "all is there");
    }

    function test_carriesNoEther() external {
        vm.deal(channel, 1);
        bytes memory call_ = callMany(three());
        vm.prank(channel);
        (bool ok, ) = address(escrow).call{value: 1}(call_);
        assertFalse(ok, "it takes no ETH");
    }

    /// In however many pieces, to whomever: as single withdrawals one after the other, or not at all.
    function testFuzz_equalsSingleWithdrawals(uint16[6] calldata amounts, uint8 tokens) external {
        Withdrawal[] memory list = new Withdrawal[](6);
        for (uint256 i = 0; i < 6; ++i) {
            address token = tokens & (1 << i) == 0 ? address(usd) : address(0);
            list[i] = Withdrawal(token, 1 + (amounts[i] % 500), i % 2 == 0 ? agent : channel);
        }
        uint256 start = vm.snapshotState();
        vm.prank(channel);
        (bool did, bytes memory answer) = address(escrow).call(callMany(list));
        bytes32 many = outcome();
        vm.revertToState(start);
        bool may = true;
        for (uint256 i = 0; i < 6 && may; ++i) {
            bytes memory one = abi.encodeCall(IRevenueLedger.withdrawTo, (list[i].token, list[i].to, list[i].amount));
            vm.prank(channel);
            bytes memory said;
            (may, said) = address(escrow).call(one);
            if (!may) assertTrue(keccak256(said) == keccak256(answer), "the same refusal");
        }
        assertTrue(did == may, "as alone");
        if (may) assertTrue(many == outcome(), "the same outcome");
    }

    function outcome() private view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    credit(channel),
                    escrow.creditOf(channel, address(0)),
                    usd.balanceOf(agent),
                    usd.balanceOf(channel),
                    agent.balance,
                    channel.balance
                )
            );
    }
}
