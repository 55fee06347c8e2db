// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueDesk, Sale} from "../../../contracts/interfaces/IRevenueDesk.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {SaleTest} from "../support/SaleTest.sol";
import {vm} from "../support/Vm.sol";

contract DistributeTest is SaleTest {
    function balances(Sale memory sold) private view returns (uint256) {
        return sold.token == address(0) ? address(escrow).balance : usd.balanceOf(address(escrow));
    }

    /// @dev Distributes as the account itself; checks credits, balance, the answer, the event, and that it is the only one.
    function shares(Sale memory sold) private {
        uint256[] memory parts = partsOf(sold);
        uint256 debited = owed(sold);
        uint256 before = creditIn(sold.account, sold.token);
        uint256[] memory credits = new uint256[](parts.length);
        for (uint256 i = 0; i < parts.length; ++i) credits[i] = creditIn(accountOf(sold.legs[i]), sold.token);
        uint256 balance = balances(sold);

        vm.recordLogs();
        vm.expectEmit(address(escrow));
        emit IRevenueDesk.Distributed(sold.account, sold.ref, sold, debited);
        assertEq(distribute(sold.account, sold), debited, "answer");
        assertEq(said(), 1, "events");

        assertEq(creditIn(sold.account, sold.token), before - debited, "debited");
        for (uint256 i = 0; i < parts.length; ++i) {
            address account = accountOf(sold.legs[i]);
            if (account == sold.account) continue;
            for (uint256 j = 0; j < parts.length; ++j) {
                if (j != i && accountOf(sold.legs[j]) == account) credits[i] += parts[j];
            }
            assertEq(creditIn(account, sold.token), credits[i] + parts[i], "credited");
        }
        assertEq(balances(sold), balance, "no money moved");
        assertTrue(escrow.isDistributed(sold.account, sold.ref), "noted");
    }

    function test_distribute_cashSaleDebitsOnlyOthers() external {
        give(merchant, address(usd), 180_000);
        shares(sale());
        assertEq(credit(merchant), 0, "18 % of it went to the others; the merchant keeps the cash");
        assertEq(credit(channel), 80_000, "channel");
        assertEq(credit(agent), 50_000, "agent");
        assertEq(credit(carrier), 30_000, "carrier");
        assertEq(credit(platform), 20_000, "platform");
    }

    function test_cashOnDelivery_debitsTheCarrier_creditsTheMerchant() external {
        give(carrier, address(usd), GROSS);
        shares(saleOf(carrier));
        assertEq(credit(merchant), 820_000, "the merchant is paid");
        assertEq(credit(carrier), 30_000, "the carrier keeps its freight");
    }

    function test_anAccountThatIsNoLegOwesAll() external {
        give(courier, address(usd), GROSS + 1);
        shares(saleOf(courier));
        assertEq(credit(courier), 1, "the whole gross");
        assertEq(credit(merchant), 820_000, "merchant");
    }

    function test_fixedLegs_andAccountsOfTwoLegs() external {
        Sale memory sold = saleOf(carrier);
        sold.legs[1] = leg(carrier, 500, 0x84);
        sold.legs[2] = leg(channel, 100_000, 2);
        sold.legs[0] = leg(merchant, 850_000, 1);
        give(carrier, address(usd), GROSS);
        shares(sold);
        // 500 and 3 % of the 999,500 behind it are the carrier's own; neither moves.
        assertEq(credit(carrier), 500 + 29_985, "carrier");
        assertEq(credit(channel), 99_950, "channel");
        assertEq(credit(merchant), 849_575, "merchant");

        sold.account = merchant;
        give(merchant, address(usd), GROSS);
        shares(sold);
        assertEq(credit(carrier), 2 * (500 + 29_985), "both legs of one account are credited");
    }

    function test_eth_distributed() external {
        Sale memory sold = sale();
        sold.token = address(0);
        sold.agreement = inForce(agreementIn(address(0)));
        give(merchant, address(0), GROSS);
        shares(sold);
        assertEq(creditIn(channel, address(0)), 80_000, "channel");
        assertEq(credit(channel), 0, "in ETH only");
    }

    function test_distribute_debitsOnlyConsentingAccount() external {
        give(merchant, address(usd), GROSS);
        give(courier, address(usd), GROSS);
        address[6] memory others = [operator, channel, agent, platform, payer, stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            bytes memory none = abi.encodeWithSelector(IRevenueDesk.NoMandate.selector, merchant, others[i]);
            refusedExactly(others[i], callDistribute(sale()), none);
        }
        // Nor does the credit of who calls stand in for the account's.
        refused(courier, callDistribute(sale()), IRevenueDesk.NoMandate.selector);
        give(carrier, address(usd), GROSS);
        refused(courier, callDistribute(saleOf(carrier)), IRevenueDesk.NoMandate.selector);
        assertEq(credit(merchant) + credit(courier) + credit(carrier), 3 * GROSS, "untouched");
        assertFalse(escrow.isDistributed(merchant, sale().ref), "not noted");
        shares(sale());
        assertEq(credit(courier), GROSS, "nobody else's");
    }

    function test_distribute_refOnce() external {
        give(merchant, address(usd), GROSS);
        give(courier, address(usd), 2 * GROSS);
        shares(sale());
        bytes memory used = abi.encodeWithSelector(IRevenueDesk.RefUsed.selector, merchant, sale().ref);
        refusedExactly(merchant, callDistribute(sale()), used);
        Sale memory other = sale();
        (other.gross, other.legs[4]) = (500, leg(platform, 20_000, 5));
        refusedExactly(merchant, callDistribute(other), used);
        // The ref is one of the account's: others have theirs, and it has others.
        shares(saleOf(courier));
        other.ref = bytes32(type(uint256).max);
        shares(other);
        other.ref = 0;
        shares(other);
        assertFalse(escrow.isDistributed(merchant, bytes32(uint256(2))), "not this one");
        assertFalse(escrow.isDistributed(carrier, sale().ref), "nor of that account");
    }

    function test_creditTooSmall_keepsTheRef() external {
        give(merchant, address(usd), 179_999);
        bytes memory short = abi.encodeWithSelector(IRevenueLedger.CreditTooSmall.selector, 179_999, 180_000);
        refusedExactly(merchant, callDistribute(sale()), short);
        assertFalse(escrow.isDistributed(merchant, sale().ref), "not noted");
        assertEq(credit(channel), 0, "nobody has anything");
        give(merchant, address(usd), 1);
        shares(sale());
    }

    function test_gross_fromOneToTheMost() external {
        Sale memory sold = saleOf(courier);
        sold.gross = 0;
        refused(courier, callDistribute(sold), IRevenueLedger.AmountZero.selector);
        sold.gross = MOST_GROSS + 1;
        bytes memory large = abi.encodeWithSelector(IRevenueDesk.GrossTooLarge.selector, MOST_GROSS + 1, MOST_GROSS);
        refusedExactly(courier, callDistribute(sold), large);
        sold.gross = type(uint256).max;
        refused(courier, callDistribute(sold), IRevenueDesk.GrossTooLarge.selector);
        give(courier, address(usd), MOST_GROSS + 1);
        sold.gross = MOST_GROSS;
        shares(sold);
        sold.gross = 1;
        sold.ref = bytes32(uint256(2));
        shares(sold);
        assertEq(credit(courier), 0, "all of it");
    }

    /// Where nothing is owed there is nothing to note: a cash sale too small to share.
    function test_nothingOwed_isAmountZero() external {
        Sale memory sold = sale();
        give(merchant, address(usd), GROSS);
        sold.gross = 12; // 8 % of it is less than one unit
        refused(merchant, callDistribute(sold), IRevenueLedger.AmountZero.selector);
        assertFalse(escrow.isDistributed(merchant, sold.ref), "not noted");
        sold.gross = 13;
        shares(sold);
    }

    function test_carriesNoEther() external {
        give(merchant, address(usd), GROSS);
        vm.deal(merchant, 1);
        bytes memory call_ = callDistribute(sale());
        vm.prank(merchant);
        (bool ok, ) = address(escrow).call{value: 1}(call_);
        assertFalse(ok, "it takes no ETH");
    }

    function test_dirtyHighBitsRevert() external {
        give(merchant, address(usd), GROSS);
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory call_ = callDistribute(sale());
            uint256 place = 0x44 + i * 32; // behind length, selector and offset
            assembly ("memory-safe") {
                let at_ := add(call_, place)
                mstore(at_, or(mload(at_), shl(160, 1)))
            }
            vm.prank(merchant);
            (bool ok, ) = address(escrow).call(call_);
            assertFalse(ok, "dirty");
        }
    }

    // Fuzz

    /// Whoever owes: the sum of all credits is what it was, each leg has its part by the split rule, none but the account
    /// has less than before.
    function testFuzz_distribute_conserves(uint256 seed, uint104 gross) external {
        vm.assume(gross > 20);
        address[6] memory people = [merchant, channel, agent, carrier, platform, courier];
        Sale memory sold = saleOf(people[seed % 6]);
        sold.gross = gross;
        sold.legs = drawn(seed, gross);
        for (uint256 i = 0; i < 6; ++i)
            give(people[i], address(usd), 1 + (people[i] == sold.account ? uint256(gross) : 0));
        uint256 sum = credit(courier) + legCreditsOf(people);
        if (owed(sold) == 0) return refused(sold.account, callDistribute(sold), IRevenueLedger.AmountZero.selector);
        shares(sold);
        assertEq(credit(courier) + legCreditsOf(people), sum, "no unit more or less");
    }

    function legCreditsOf(address[6] memory people) private view returns (uint256 sum) {
        for (uint256 i = 0; i < 5; ++i) sum += credit(people[i]);
    }

    /// @dev Legs inside the agreement's ranges.
    function drawn(uint256 seed, uint256 gross) private view returns (uint256[] memory legs) {
        bool fixed_ = (seed >> 8) % 2 == 0;
        bool agents = (seed >> 16) % 2 == 0;
        legs = new uint256[](3 + (fixed_ ? 1 : 0) + (agents ? 1 : 0));
        uint256 next = 1;
        if (fixed_) legs[next++] = leg(carrier, 1 + ((seed >> 24) % (gross < 500 ? gross : 500)), 0x84);
        uint256 channels = 50_000 + ((seed >> 40) % 50_001);
        uint256 agentsPpm = agents ? 1 + ((seed >> 64) % 60_000) : 0;
        legs[next++] = leg(channel, channels, 2);
        if (agents) legs[next++] = leg(agent, agentsPpm, 3);
        legs[next] = leg(platform, 20_000, 5);
        legs[0] = leg(merchant, 980_000 - channels - agentsPpm, 1);
    }
}
