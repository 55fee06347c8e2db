// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueDesk} from "../../../contracts/interfaces/IRevenueDesk.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {Deployer} from "../support/Deployer.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {HostileToken} from "../support/HostileToken.sol";
import {vm} from "../support/Vm.sol";

contract DepositTest is EscrowTest {
    function callDeposit(address account, address token, uint256 amount) private pure returns (bytes memory) {
        return abi.encodeCall(IRevenueDesk.deposit, (account, token, amount));
    }

    /// @dev One event of the escrow, and no other.
    function deposits(address from, address account, address token, uint256 amount) private {
        vm.recordLogs();
        vm.expectEmit(address(escrow));
        emit IRevenueDesk.Deposited(account, token, from, amount);
        vm.prank(from);
        escrow.deposit{value: token == address(0) ? amount : 0}(account, token, amount);
        assertEq(said(), 1, "events");
    }

    function test_tokens_becomeCredit() external {
        uint256 before = usd.balanceOf(payer);
        deposits(payer, merchant, address(usd), 1000);
        assertEq(credit(merchant), 1000, "credit of the account");
        assertEq(credit(payer), 0, "not of who paid");
        assertEq(usd.balanceOf(payer), before - 1000, "paid");
        deposits(payer, merchant, address(usd), 1);
        assertEq(credit(merchant), 1001, "on top");
        allowed(merchant, callWithdraw(address(usd), 1001));
        assertEq(usd.balanceOf(address(escrow)), 0, "and out again");
    }

    function test_eth_becomesCredit() external {
        deposits(payer, payer, address(0), 1000);
        assertEq(escrow.creditOf(payer, address(0)), 1000, "credit");
        assertEq(address(escrow).balance, 1000, "balance");
        allowed(payer, callWithdraw(address(0), 1000));
    }

    function test_ethOnTokenRouteReverts() external {
        bytes4 wrong = ISettlementEscrow.ValueMismatch.selector;
        refusedWith(payer, 1, callDeposit(payer, address(usd), 1), wrong);
        refusedWith(payer, 0, callDeposit(payer, address(0), 1), wrong);
        refusedWith(payer, 1, callDeposit(payer, address(0), 2), wrong);
        refusedWith(payer, 3, callDeposit(payer, address(0), 2), wrong);
        assertEq(escrow.creditOf(payer, address(0)) + credit(payer), 0, "no credit");
    }

    function test_zeroReverts() external {
        refused(payer, callDeposit(payer, address(usd), 0), IRevenueLedger.AmountZero.selector);
        refused(payer, callDeposit(payer, address(0), 0), IRevenueLedger.AmountZero.selector);
    }

    function test_addresses_zeroSelfTokenRefusedEverywhere() external {
        address[3] memory bad = [address(0), address(escrow), address(usd)];
        for (uint256 i = 0; i < bad.length; ++i) {
            refused(payer, callDeposit(bad[i], address(usd), 1), ISettlementEscrow.AddressRefused.selector);
            if (i == 2) continue; // no token is in the way of ETH
            refusedWith(payer, 1, callDeposit(bad[i], address(0), 1), ISettlementEscrow.AddressRefused.selector);
        }
    }

    function test_token_hostileOnesAreRefused() external {
        HostileToken token = new HostileToken();
        token.mint(payer, 100);
        bytes memory call_ = callDeposit(payer, address(token), 50);
        token.set(HostileToken.Mode.KeepsFee);
        refused(payer, call_, ISettlementEscrow.ReceivedWrongAmount.selector);
        token.set(HostileToken.Mode.BringsMore);
        refused(payer, call_, ISettlementEscrow.ReceivedWrongAmount.selector);
        token.set(HostileToken.Mode.SaysFalse);
        refused(payer, call_, IRevenueLedger.TransferFailed.selector);
        token.set(HostileToken.Mode.SaysFalseButMoves);
        refused(payer, call_, IRevenueLedger.TransferFailed.selector);
        token.set(HostileToken.Mode.Bombs);
        refused(payer, call_, IRevenueLedger.TransferFailed.selector);
        token.set(HostileToken.Mode.HidesBalance);
        refused(payer, call_, IRevenueLedger.BalanceUnknown.selector);
        token.set(HostileToken.Mode.SaysNothing);
        allowed(payer, call_);
        assertEq(escrow.creditOf(payer, address(token)), 50, "credit");
        refused(payer, callDeposit(payer, address(0xdead), 1), IRevenueLedger.BalanceUnknown.selector);
    }

    /// What somebody put in at the desk itself would be the desk's, and so nobody's.
    function test_atTheDeskItselfReverts() external {
        address desk = Deployer.deploy("RevenueDesk.sol:RevenueDesk", abi.encode(address(1)));
        vm.prank(payer);
        (bool ok, bytes memory answer) = desk.call{value: 1}(callDeposit(payer, address(0), 1));
        assertTrue(!ok && bytes4(answer) == bytes4(keccak256("CallTheEscrow()")), "by a call to the escrow only");
        vm.prank(payer);
        (ok, answer) = desk.call{value: 1}("");
        assertTrue(!ok && bytes4(answer) == bytes4(keccak256("PlainEtherRefused()")), "nor plainly");
    }

    function test_byNobodyElsesAllowance() external {
        refused(stranger, callDeposit(stranger, address(usd), 1), IRevenueLedger.TransferFailed.selector);
    }

    function test_dirtyHighBitsRevert() external {
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory call_ = callDeposit(payer, address(usd), 1);
            uint256 place = 0x24 + i * 32;
            assembly ("memory-safe") {
                let at_ := add(call_, place)
                mstore(at_, or(mload(at_), shl(160, 1)))
            }
            refused(payer, call_, bytes4(0));
        }
    }

    /// What came in by deposits is what withdrawals can take, per account and token, whoever pays for whom.
    function testFuzz_depositsAndWithdrawals_conserve(uint256 seed) external {
        address[3] memory accounts = [merchant, channel, agent];
        uint256[6] memory credits;
        for (uint256 i = 0; i < 24; ++i) {
            uint256 word = uint256(keccak256(abi.encode(seed, i)));
            uint256 who = word % 6;
            (address account, address token) = (accounts[who % 3], who < 3 ? address(usd) : address(0));
            uint256 amount = 1 + ((word >> 8) % 1000);
            if ((word >> 64) % 3 != 0) {
                vm.prank(payer);
                escrow.deposit{value: token == address(0) ? amount : 0}(account, token, amount);
                credits[who] += amount;
            } else if (amount > credits[who]) {
                refused(account, callWithdraw(token, amount), IRevenueLedger.CreditTooSmall.selector);
            } else {
                allowed(account, callWithdraw(token, amount));
                credits[who] -= amount;
            }
        }
        uint256[2] memory sums;
        for (uint256 i = 0; i < 6; ++i) {
            assertEq(escrow.creditOf(accounts[i % 3], i < 3 ? address(usd) : address(0)), credits[i], "credit");
            sums[i / 3] += credits[i];
        }
        assertEq(usd.balanceOf(address(escrow)), sums[0], "tokens");
        assertEq(address(escrow).balance, sums[1], "ETH");
    }
}
