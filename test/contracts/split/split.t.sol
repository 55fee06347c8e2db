// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {vm} from "../support/Vm.sol";
import {NaiveSplitter} from "./NaiveSplitter.sol";
import {SplitHarness} from "./SplitHarness.sol";

contract SplitTest is EscrowTest {
    using PackedTerms for Terms;

    SplitHarness private rule = new SplitHarness();

    /// @dev Valid legs of every shape, up to ten, made from a seed.
    function anyLegs(uint256 seed, uint256 most) private view returns (uint256[] memory legs) {
        uint256 fixedCount = seed % 5;
        uint256 count = 1 + fixedCount + ((seed >> 8) % (10 - fixedCount));
        legs = new uint256[](count);
        uint256 ppm = 1_000_000;
        for (uint256 i = 1; i < count; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            uint256 share = 1 + (i <= fixedCount ? random % (most / 8 + 1) : random % (ppm / (count - i) + 1));
            if (i > fixedCount) {
                if (share > ppm) share = ppm;
                if (share == 0) share = 1;
                ppm -= share;
            }
            legs[i] = leg(address(uint160(i + 100)), share, i <= fixedCount ? 0x84 : 2);
        }
        legs[0] = leg(merchant, ppm, 1);
    }

    function testFuzz_split_anySlicingEqualsOneShot(uint256 seed, uint104 amount) external view {
        vm.assume(amount > 40);
        uint256[] memory legs = anyLegs(seed, amount);
        uint256[] memory sums = new uint256[](legs.length);
        uint256 released;
        for (uint256 slice = 0; slice < 12; ++slice) {
            uint256 left = amount - released;
            uint256 random = uint256(keccak256(abi.encode(seed, "slice", slice)));
            uint256 more = slice == 11 ? left : (slice % 3 == 0 ? (left > 0 ? 1 : 0) : random % (left / 4 + 1));
            uint256[] memory parts = rule.between(legs, released, released + more);
            for (uint256 i = 0; i < legs.length; ++i) sums[i] += parts[i];
            released += more;
        }
        uint256[] memory whole = rule.between(legs, 0, amount);
        for (uint256 i = 0; i < legs.length; ++i) assertEq(sums[i], whole[i], "leg");
    }

    function testFuzz_split_creditNeverExceedsReleased(uint256 seed, uint104 before, uint104 more) external view {
        uint256 afterwards = uint256(before) + more;
        vm.assume(afterwards <= type(uint104).max);
        uint256[] memory legs = anyLegs(seed, afterwards);
        uint256[] memory parts = rule.between(legs, before, afterwards);
        uint256 sum;
        for (uint256 i = 0; i < legs.length; ++i) {
            assertLe(parts[i], more, "no leg above what is released");
            sum += parts[i];
        }
        assertEq(sum, more, "all of it");
    }

    /// A ppm leg gets at most its share of the released amount, and less than one unit per leg below it.
    function testFuzz_split_eachLegNearItsShare(uint256 seed, uint104 amount) external view {
        uint256[] memory legs = anyLegs(seed - (seed % 5), amount); // no fixed legs
        uint256[] memory whole = rule.between(legs, 0, amount);
        for (uint256 i = 1; i < legs.length; ++i) {
            uint256 exact = (uint256(amount) * ((legs[i] >> 8) & type(uint88).max)) / 1_000_000;
            assertLe(whole[i], exact + legs.length, "not much above");
            assertLe(exact, whole[i] + legs.length, "not much below");
        }
    }

    function slices(Terms memory terms, uint256[2] memory amounts) private {
        authorize(terms);
        capture(terms, amounts[0]);
        capture(terms, amounts[1]);
    }

    function test_split_5_5_90_release19then1_neverUnderflows() external {
        Terms memory terms = instantOrder();
        terms.setAmount(20);
        terms.legs = new uint256[](3);
        terms.legs[0] = leg(merchant, 900_000, 1);
        terms.legs[1] = leg(channel, 50_000, 2);
        terms.legs[2] = leg(agent, 50_000, 3);
        slices(terms, [uint256(19), 1]);
        assertEq(credit(channel), 1, "channel");
        assertEq(credit(agent), 1, "agent");
        assertEq(credit(merchant), 18, "merchant");
    }

    function test_attacker_85_5_5_5_capture19_withdraw_capture1_cannotMint() external {
        usd.mint(address(this), 1000);
        Terms memory terms = instantOrder();
        terms.setAmount(20);
        terms.legs = new uint256[](4);
        terms.legs[0] = leg(merchant, 850_000, 1);
        terms.legs[1] = leg(channel, 50_000, 2);
        terms.legs[2] = leg(agent, 50_000, 3);
        terms.legs[3] = leg(carrier, 50_000, 4);
        authorize(terms);
        capture(terms, 19);
        uint256 taken = credit(merchant);
        allowed(merchant, callWithdraw(address(usd), taken));
        capture(terms, 1);
        assertEq(credit(merchant) + credit(channel) + credit(agent) + credit(carrier) + taken, 20, "no unit more");
        assertEq(usd.balanceOf(address(escrow)), 20 - taken, "and all of it is there");
    }

    /// The naive rule is drained by the same steps: the merchant ends with nearly 2^256 units.
    function test_naiveSplit_isDrained() external {
        address[] memory accounts = new address[](4);
        (accounts[0], accounts[1], accounts[2], accounts[3]) = (merchant, channel, agent, carrier);
        uint256[] memory percent = new uint256[](4);
        (percent[0], percent[1], percent[2], percent[3]) = (85, 5, 5, 5);
        NaiveSplitter naive = new NaiveSplitter(accounts, percent);
        naive.payIn(1_000_000); // other people's money
        naive.payIn(20);
        naive.release(19);
        vm.prank(merchant);
        naive.withdraw(19);
        naive.release(1);
        assertTrue(naive.creditOf(merchant) > type(uint256).max - 3, "minted");
        vm.prank(merchant);
        naive.withdraw(1_000_001);
        assertEq(naive.paidIn(), 0, "and withdrawn");
    }

    function test_split_fixedWaterfall_partialCaptureDisputeRefund() external {
        Terms memory terms = order();
        terms.setAmount(1000);
        terms.legs = new uint256[](4);
        terms.legs[0] = leg(merchant, 900_000, 1);
        terms.legs[1] = leg(carrier, 300, 0x84);
        terms.legs[2] = leg(platform, 50, 0x85);
        terms.legs[3] = leg(channel, 100_000, 2);
        authorize(terms);
        capture(terms, 200);
        release(terms);
        assertEq(credit(carrier), 200, "the first fixed leg fills first");
        assertEq(credit(merchant) + credit(platform) + credit(channel), 0, "nothing for others yet");
        capture(terms, 400);
        refund(terms, 150);
        release(terms);
        assertEq(credit(carrier), 300, "full");
        assertEq(credit(platform), 50, "then the second");
        assertEq(credit(channel), 10, "a tenth of the 100 left");
        assertEq(credit(merchant), 90, "the merchant has the rest");
        assertOrder(terms, 400, 0, 150, 450);
    }
}
