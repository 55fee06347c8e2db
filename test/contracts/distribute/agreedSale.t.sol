// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Agreement, IAgreementRegistry} from "../../../contracts/interfaces/IAgreementRegistry.sol";
import {IRevenueDesk, Sale} from "../../../contracts/interfaces/IRevenueDesk.sol";
import {ISettlementEscrow} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {SaleTest} from "../support/SaleTest.sol";
import {vm} from "../support/Vm.sol";

/// A sale keeps to its agreement, and its legs to what legs of terms may be.
contract AgreedSaleTest is SaleTest {
    function setUp() public override {
        super.setUp();
        give(courier, address(usd), 10 * GROSS);
    }

    function invalid(Sale memory sold, bytes4 selector) private {
        refused(sold.account, callDistribute(sold), selector);
        assertFalse(escrow.isDistributed(sold.account, sold.ref), "not noted");
    }

    function withLegs(uint256[3] memory others) private view returns (Sale memory sold) {
        sold = saleOf(courier);
        uint256 count;
        for (uint256 i = 0; i < 3; ++i) if (others[i] != 0) ++count;
        sold.legs = new uint256[](1 + count);
        uint256 rest = 1_000_000;
        for (uint256 i = 0; i < count; ++i) {
            sold.legs[i + 1] = others[i];
            if (others[i] & 0x80 == 0) rest -= uint88(others[i] >> 8);
        }
        sold.legs[0] = leg(merchant, rest, 1);
    }

    function test_withoutAgreementReverts() external {
        Sale memory sold = saleOf(courier);
        sold.agreement = 0;
        invalid(sold, IRevenueDesk.SaleWithoutAgreement.selector);
    }

    function test_agreementNotActiveReverts() external {
        Sale memory sold = saleOf(courier);
        sold.agreement = bytes32(uint256(1));
        invalid(sold, IAgreementRegistry.AgreementNotActive.selector);
        Agreement memory next = agreement();
        next.version = 2;
        sold.agreement = accept(merchant, next);
        invalid(sold, IAgreementRegistry.AgreementNotActive.selector);
        sold.agreement = agreed;
        vm.prank(agent);
        escrow.revokeAgreement(agreed);
        invalid(sold, IAgreementRegistry.AgreementNotActive.selector);
    }

    function test_agreement_validUntil_boundary() external {
        Agreement memory agreement_ = agreement();
        agreement_.validFrom = uint40(START + 1 hours);
        agreement_.validUntil = uint40(START + 2 hours);
        Sale memory sold = saleOf(courier);
        sold.agreement = inForce(agreement_);
        vm.warp(START + 1 hours - 1);
        invalid(sold, IAgreementRegistry.AgreementNotInTime.selector);
        vm.warp(START + 2 hours);
        invalid(sold, IAgreementRegistry.AgreementNotInTime.selector);
        vm.warp(START + 2 hours - 1);
        distribute(courier, sold);
        sold.ref = bytes32(uint256(2));
        vm.warp(START + 1 hours);
        distribute(courier, sold);
    }

    function test_agreement_foreignOperatorReverts() external {
        Sale memory sold = saleOf(courier);
        sold.operator = stranger;
        invalid(sold, IAgreementRegistry.AgreementOfOthers.selector);
    }

    function test_agreement_foreignMerchantOrTokenReverts() external {
        Sale memory sold = saleOf(courier);
        sold.legs[0] = leg(stranger, 820_000, 1);
        invalid(sold, IAgreementRegistry.AgreementOfOthers.selector);
        sold = saleOf(courier);
        sold.token = address(0);
        give(courier, address(0), GROSS);
        invalid(sold, IAgreementRegistry.AgreementOfOthers.selector);
    }

    /// Nothing of a sale can be disputed, so who would rule does not matter.
    function test_agreement_arbiterIsNotJudged() external {
        Agreement memory ruled = agreement();
        ruled.arbiter = stranger;
        Sale memory sold = saleOf(courier);
        sold.agreement = inForce(ruled);
        distribute(courier, sold);
        assertEq(credit(merchant), 820_000, "shared");
    }

    function test_agreement_legOutsideRangeReverts() external {
        bytes4 outside = IAgreementRegistry.LegOutsideRange.selector;
        uint256 platforms = leg(platform, 20_000, 5);
        invalid(withLegs([leg(channel, 49_999, 2), platforms, 0]), outside);
        invalid(withLegs([leg(channel, 100_001, 2), platforms, 0]), outside);
        invalid(withLegs([leg(channel, 80_000, 2), leg(platform, 20_001, 5), 0]), outside);
        invalid(withLegs([leg(channel, 80_000, 2), leg(agent, 60_001, 3), platforms]), outside);
        distribute(courier, withLegs([leg(channel, 50_000, 2), leg(agent, 60_000, 3), platforms]));
    }

    function test_agreement_fixedLegAboveMostReverts() external {
        uint256 channels = leg(channel, 80_000, 2);
        uint256 platforms = leg(platform, 20_000, 5);
        invalid(withLegs([leg(carrier, 501, 0x84), channels, platforms]), IAgreementRegistry.LegOutsideRange.selector);
        invalid(withLegs([leg(agent, 1, 0x83), channels, platforms]), IAgreementRegistry.LegOutsideRange.selector);
        distribute(courier, withLegs([leg(carrier, 500, 0x84), channels, platforms]));
        assertEq(credit(carrier), 500, "carrier");
    }

    function test_agreement_missingLeastShareReverts() external {
        bytes4 missing = IAgreementRegistry.LeastShareMissing.selector;
        invalid(withLegs([leg(channel, 80_000, 2), leg(agent, 50_000, 3), 0]), missing);
        invalid(withLegs([leg(platform, 20_000, 5), leg(agent, 50_000, 3), 0]), missing);
        invalid(withLegs([uint256(0), 0, 0]), missing);
        distribute(courier, withLegs([leg(channel, 80_000, 2), leg(platform, 20_000, 5), 0]));
    }

    function test_agreement_legOfNoPartyOrTwiceReverts() external {
        uint256 channels = leg(channel, 80_000, 2);
        uint256 platforms = leg(platform, 20_000, 5);
        invalid(withLegs([channels, platforms, leg(stranger, 1, 3)]), IAgreementRegistry.LegOfNoParty.selector);
        invalid(withLegs([channels, platforms, leg(courier, 1, 4)]), IAgreementRegistry.LegOfNoParty.selector);
        invalid(withLegs([channels, platforms, channels]), IAgreementRegistry.LegRepeated.selector);
    }

    // Legs as in terms

    function test_terms_twoMerchantsOrWrongRemainderRevert() external {
        Sale memory sold = saleOf(courier);
        sold.legs[0] = leg(merchant, 820_001, 1);
        invalid(sold, ISettlementEscrow.MerchantShareWrong.selector);
        sold.legs[0] = leg(merchant, 819_999, 1);
        invalid(sold, ISettlementEscrow.MerchantShareWrong.selector);
        sold.legs[0] = leg(merchant, 820_000, 2);
        invalid(sold, ISettlementEscrow.LegKindRefused.selector);
        sold.legs[0] = leg(merchant, 820_000, 0x81);
        invalid(sold, ISettlementEscrow.LegKindRefused.selector);
    }

    function test_legs_countZeroOrderAndFixedSum() external {
        Sale memory sold = saleOf(courier);
        sold.legs = new uint256[](0);
        invalid(sold, ISettlementEscrow.LegCountOutOfRange.selector);
        sold.legs = new uint256[](11);
        sold.legs[0] = leg(merchant, 1_000_000, 1);
        invalid(sold, ISettlementEscrow.LegCountOutOfRange.selector);

        uint256 channels = leg(channel, 80_000, 2);
        uint256 platforms = leg(platform, 20_000, 5);
        invalid(withLegs([channels, platforms, leg(agent, 0, 3)]), ISettlementEscrow.LegZero.selector);
        invalid(withLegs([channels, platforms, leg(carrier, 1, 0x84)]), ISettlementEscrow.LegOutOfOrder.selector);
        sold = withLegs([leg(carrier, 500, 0x84), channels, platforms]);
        sold.gross = 499;
        invalid(sold, ISettlementEscrow.FixedAboveAmount.selector);
        sold.gross = 500;
        distribute(courier, sold);
        assertEq(credit(carrier), 500, "the carrier has all of it");
    }

    /// A merchant that keeps nothing for itself may still be the account.
    function test_merchantOfNoShare() external {
        Agreement memory other = agreement();
        other.parties[0].mostPpm = 980_000;
        Sale memory sold = sale();
        sold.agreement = inForce(other);
        sold.legs = new uint256[](3);
        sold.legs[0] = leg(merchant, 0, 1);
        sold.legs[1] = leg(channel, 980_000, 2);
        sold.legs[2] = leg(platform, 20_000, 5);
        give(merchant, address(usd), GROSS);
        assertEq(distribute(merchant, sold), GROSS, "all of it is others'");
    }
}
