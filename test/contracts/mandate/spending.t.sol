// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Agreement, IAgreementRegistry, Party} from "../../../contracts/interfaces/IAgreementRegistry.sol";
import {IRevenueDesk, Mandate, Sale} from "../../../contracts/interfaces/IRevenueDesk.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {SaleTest} from "../support/SaleTest.sol";
import {vm} from "../support/Vm.sol";

/// What a spender may distribute of an account's credit. Who takes money for goods here signed the agreement as its
/// operator and is of no leg, so it owes the whole gross.
contract SpendingTest is SaleTest {
    address private spender = address(0x59E4D);
    uint256 private _refs;

    function setUp() public override {
        super.setUp();
        courier = operator;
        give(courier, address(usd), 1e30);
    }

    function gross(uint256 amount) private returns (Sale memory sold) {
        sold = saleOf(courier);
        sold.gross = amount;
        sold.ref = bytes32(++_refs);
    }
    function spends(uint256 amount) private {
        uint256 before = credit(courier);
        assertEq(distribute(spender, gross(amount)), amount, "answer");
        assertEq(credit(courier), before - amount, "debited");
    }
    function mayNot(uint256 amount, bytes memory error_) private {
        refusedExactly(spender, callDistribute(gross(amount)), error_);
    }
    function aboveCall(uint256 amount, uint256 most) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IRevenueDesk.AboveCallLimit.selector, amount, most);
    }
    function abovePeriod(uint256 amount, uint256 left_) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IRevenueDesk.AbovePeriodLimit.selector, amount, left_);
    }
    function none() private view returns (bytes memory) {
        return abi.encodeWithSelector(IRevenueDesk.NoMandate.selector, courier, spender);
    }
    function rest() private view returns (uint256) {
        return left(courier, spender, address(usd));
    }

    function test_perCall_andPerPeriodAcrossCalls() external {
        mandate(courier, spender, 40, 100, 1 days);
        mayNot(41, aboveCall(41, 40));
        spends(40);
        assertEq(rest(), 60, "left");
        spends(40);
        mayNot(21, abovePeriod(21, 20));
        spends(20);
        assertEq(rest(), 0, "left");
        mayNot(1, abovePeriod(1, 0));
        mayNot(41, aboveCall(41, 40));
    }

    /// Windows follow one another from the second of the setting, wherever in them the first spending was.
    function test_periods_boundaries() external {
        uint256 set = START + 12_345;
        vm.warp(set);
        mandate(courier, spender, 100, 100, 1000);
        vm.warp(set + 999);
        spends(100);
        assertEq(rest(), 0, "left");
        mayNot(1, abovePeriod(1, 0));
        vm.warp(set + 1000);
        assertEq(rest(), 100, "a new window");
        spends(60);
        vm.warp(set + 1999);
        mayNot(41, abovePeriod(41, 40));
        vm.warp(set + 2000);
        assertEq(rest(), 100, "another");
        spends(1);
        // Windows in which nothing was spent are not saved up.
        for (uint256 n = 7; n < 10; ++n) {
            vm.warp(set + n * 1000 - 1);
            assertEq(rest(), n == 7 ? 100 : 0, "the last second before");
            vm.warp(set + n * 1000);
            assertEq(rest(), 100, "the first second of it");
            mayNot(101, aboveCall(101, 100));
            spends(100);
            vm.warp(set + n * 1000 + 1);
            mayNot(1, abovePeriod(1, 0));
        }
    }

    function test_until_boundary() external {
        uint256 until = START + 500;
        vm.prank(courier);
        escrow.setMandate(spender, address(usd), limits(10, 10, 1 days, until));
        vm.warp(until - 1);
        spends(5);
        assertEq(rest(), 5, "left");
        vm.warp(until);
        assertEq(rest(), 0, "none is left of a mandate that ended");
        mayNot(5, none());
        vm.warp(until + 1 days);
        mayNot(5, none());
    }

    function test_noMandate_noneAnyMore() external {
        mayNot(1, none());
        mandate(courier, spender, 10, 10, 1 days);
        spends(1);
        mandate(courier, spender, 0, 10, 1 days);
        assertEq(rest(), 0, "ended by its account");
        mayNot(1, none());
        mandate(courier, spender, 10, 0, 1 days);
        mayNot(1, abovePeriod(1, 0));
    }

    function test_aNewMandate_replacesTheOldAndItsSpending() external {
        mandate(courier, spender, 50, 50, 1000);
        spends(50);
        vm.warp(START + 700);
        mandate(courier, spender, 30, 70, 1000);
        assertEq(rest(), 70, "what was spent counts no more");
        spends(30);
        spends(30);
        // Its windows begin now: those of the old one mean nothing.
        vm.warp(START + 1000);
        mayNot(30, abovePeriod(30, 10));
        vm.warp(START + 1699);
        mayNot(30, abovePeriod(30, 10));
        vm.warp(START + 1700);
        spends(30);
    }

    function test_perTokenAndPerSpender() external {
        mandate(courier, spender, 10, 10, 1 days);
        Sale memory sold = gross(5);
        sold.token = address(0);
        sold.agreement = inForce(agreementIn(address(0)));
        give(courier, address(0), 100);
        refusedExactly(spender, callDistribute(sold), none());
        vm.prank(courier);
        escrow.setMandate(spender, address(0), limits(5, 5, 1 days, START + 1 days));
        distribute(spender, sold);
        assertEq(rest(), 10, "that in tokens is untouched");
        assertEq(left(courier, spender, address(0)), 0, "that in ETH is spent");
        refused(stranger, callDistribute(gross(1)), IRevenueDesk.NoMandate.selector);
        mandate(courier, stranger, 7, 7, 1 days);
        distribute(stranger, gross(7));
        spends(10);
    }

    /// A spender reaches the credit of no account but those that mandated it, not even through the legs of a sale.
    function test_distribute_debitsOnlyConsentingAccount() external {
        mandate(courier, spender, 1e6, 1e9, 1 days);
        give(spender, address(usd), GROSS);
        address[5] memory others = [merchant, channel, agent, carrier, platform];
        for (uint256 i = 0; i < 5; ++i) {
            give(others[i], address(usd), GROSS);
            refused(spender, callDistribute(saleOf(others[i])), IRevenueDesk.NoMandate.selector);
        }
        spends(1e6);
        assertEq(credit(merchant), GROSS + 820_000, "legs only gain");
        assertEq(credit(spender), GROSS, "nor is the spender's own touched");
        // The other way round it is no mandate.
        refused(courier, callDistribute(saleOf(spender)), IRevenueDesk.NoMandate.selector);
    }

    /// A mandate is good for agreements that the account signed: a stolen spender's key can make its own, and get nothing.
    function test_stolenSpenderKey_takesNothing() external {
        mandate(courier, spender, 100, 100, 1 days);
        Agreement memory own = agreement();
        (own.operator, own.merchant) = (spender, spender);
        own.parties = new Party[](1);
        own.parties[0] = Party(spender, 2, 0, 1, 0);
        Sale memory sold = gross(100);
        sold.operator = spender;
        sold.agreement = accept(spender, own);
        sold.legs = new uint256[](1);
        sold.legs[0] = leg(spender, 1_000_000, 1);
        bytes memory stranger_ = abi.encodeWithSelector(
            IAgreementRegistry.NotSignatory.selector,
            sold.agreement,
            courier
        );
        refusedExactly(spender, callDistribute(sold), stranger_);
        assertEq(credit(spender), 0, "nothing");
        // The account itself may share by any agreement that is in force.
        distribute(courier, sold);
        assertEq(credit(spender), 100, "as it says");
    }

    /// Every signatory may let others share in its name: a merchant, a party and the operator.
    function test_mandateOfAnySignatory() external {
        address[4] memory accounts = [merchant, channel, carrier, operator];
        for (uint256 i = 0; i < 4; ++i) {
            give(accounts[i], address(usd), GROSS);
            mandate(accounts[i], spender, GROSS, GROSS, 1 days);
            assertEq(distribute(spender, saleOf(accounts[i])), owed(saleOf(accounts[i])), "shared");
        }
        address outsider = address(0xC003);
        give(outsider, address(usd), GROSS);
        mandate(outsider, spender, GROSS, GROSS, 1 days);
        refused(spender, callDistribute(saleOf(outsider)), IAgreementRegistry.NotSignatory.selector);
    }

    /// What counts is what the account owes the others, not the gross.
    function test_limitsCountWhatIsDebited() external {
        give(merchant, address(usd), GROSS);
        vm.prank(merchant);
        escrow.setMandate(spender, address(usd), limits(180_000, 180_000, 1 days, START + 1 days));
        assertEq(distribute(spender, sale()), 180_000, "18 % of the gross");
        assertEq(left(merchant, spender, address(usd)), 0, "left");
    }

    function test_whatFailsIsNotSpent() external {
        mandate(courier, spender, 1e18, 1e18, 1 days);
        Sale memory sold = gross(100);
        distribute(spender, sold);
        refused(spender, callDistribute(sold), IRevenueDesk.RefUsed.selector);
        assertEq(rest(), 1e18 - 100, "not spent again");
        uint256 credits = credit(courier);
        vm.prank(courier);
        escrow.withdraw(address(usd), credits);
        refused(spender, callDistribute(gross(1)), IRevenueLedger.CreditTooSmall.selector);
        assertEq(rest(), 1e18 - 100, "nor for want of credit");
    }

    function test_amountsAboveTheWidthOfALimit() external {
        mandate(courier, spender, type(uint88).max, type(uint88).max, 1 days);
        uint256 above = uint256(type(uint88).max) + 1;
        mayNot(above, aboveCall(above, type(uint88).max));
        spends(type(uint88).max);
        mayNot(1, abovePeriod(1, 0));
    }

    /// Any spending at any time, against a plain account of windows.
    function testFuzz_windows(uint256 seed, uint16 period, uint24 perCall, uint24 perPeriod) external {
        vm.assume(period > 0 && perCall > 0);
        uint256 set = START + (seed % 1000);
        vm.warp(set);
        vm.prank(courier);
        escrow.setMandate(spender, address(usd), limits(perCall, perPeriod, period, set + 12 * uint256(period)));
        (uint256 now_, uint256 window, uint256 spent) = (set, 0, 0);
        for (uint256 i = 0; i < 16; ++i) {
            uint256 word = uint256(keccak256(abi.encode(seed, i)));
            now_ += word % 3 == 0 ? period : (word >> 8) % (uint256(period) + 2);
            vm.warp(now_);
            if ((now_ - set) / period != window) (window, spent) = ((now_ - set) / period, 0);
            uint256 amount = 1 + ((word >> 64) % (uint256(perCall) + 1));
            if (window >= 12) mayNot(amount, none());
            else if (amount > perCall) mayNot(amount, aboveCall(amount, perCall));
            else if (amount > perPeriod - spent) mayNot(amount, abovePeriod(amount, perPeriod - spent));
            else {
                spends(amount);
                spent += amount;
            }
            if (window < 12) assertEq(rest(), perPeriod - spent, "left");
        }
        (Mandate memory seen, ) = escrow.mandateOf(courier, spender, address(usd));
        assertEq(seen.perPeriod, perPeriod, "the mandate is as it was set");
        assertEq(seen.period, period, "its period too");
    }
}
