// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Agreement, IAgreementRegistry, Party} from "../../../contracts/interfaces/IAgreementRegistry.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {AgreementTest} from "../support/AgreementTest.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {vm} from "../support/Vm.sol";

contract AgreementInForceTest is AgreementTest {
    using PackedTerms for Terms;

    function invalid(Terms memory terms, bytes4 selector) private {
        refusedWith(payer, terms.token == address(0) ? terms.amount() : 0, callAuthorize(terms), selector);
    }

    /// @dev Replaces the ppm legs, each by its account, kind and share; the merchant has the rest.
    function withLegs(Terms memory terms, uint256[] memory legs) private view returns (Terms memory) {
        uint256 rest = 1_000_000;
        terms.legs = new uint256[](legs.length + 1);
        for (uint256 i = 0; i < legs.length; ++i) {
            terms.legs[i + 1] = legs[i];
            if (legs[i] & 0x80 == 0) rest -= uint88(legs[i] >> 8);
        }
        terms.legs[0] = leg(merchant, rest, 1);
        return terms;
    }

    function list(uint256 a, uint256 b) private pure returns (uint256[] memory legs) {
        legs = new uint256[](2);
        (legs[0], legs[1]) = (a, b);
    }
    function list(uint256 a, uint256 b, uint256 c) private pure returns (uint256[] memory legs) {
        legs = new uint256[](3);
        (legs[0], legs[1], legs[2]) = (a, b, c);
    }

    function test_agreement_keptTo_livesAsWithoutOne() external {
        Terms memory terms = agreedOrder(agreement());
        authorize(terms);
        capture(terms, AMOUNT);
        release(terms);
        assertEq(legCredits(terms), AMOUNT, "credits");
    }

    function test_agreement_notAcceptedByAllReverts() external {
        Terms memory terms = order();
        terms.agreement = escrow.agreementIdOf(agreement());
        address[6] memory all = signatories();
        for (uint256 i = 0; i < all.length; ++i) {
            invalid(terms, IAgreementRegistry.AgreementNotActive.selector);
            accept(all[i], agreement());
        }
        authorize(terms);
    }

    function test_agreement_validUntil_boundary() external {
        Agreement memory agreed = agreement();
        agreed.validFrom = uint40(START + 1 hours);
        agreed.validUntil = uint40(START + 2 hours);
        Terms memory terms = agreedOrder(agreed);
        vm.warp(START + 1 hours - 1);
        invalid(terms, IAgreementRegistry.AgreementNotInTime.selector);
        vm.warp(START + 2 hours);
        invalid(terms, IAgreementRegistry.AgreementNotInTime.selector);
        vm.warp(START + 2 hours - 1);
        authorize(terms);
        terms.setSalt(2);
        vm.warp(START + 1 hours);
        authorize(terms);
        // It is judged at authorize only.
        vm.warp(START + 3 hours);
        capture(terms, AMOUNT);
        release(terms);
    }

    function test_agreement_foreignOperatorReverts() external {
        Terms memory terms = agreedOrder(agreement());
        terms.operator = stranger;
        invalid(terms, IAgreementRegistry.AgreementOfOthers.selector);
    }

    function test_agreement_foreignMerchantTokenOrArbiterReverts() external {
        Terms memory terms = agreedOrder(agreement());
        uint256 merchants = terms.legs[0];
        terms.legs[0] = leg(stranger, 820_000, 1);
        invalid(terms, IAgreementRegistry.AgreementOfOthers.selector);
        terms.legs[0] = merchants;
        terms.token = address(0);
        invalid(terms, IAgreementRegistry.AgreementOfOthers.selector);

        Agreement memory ruled = agreement();
        ruled.arbiter = stranger;
        terms = agreedOrder(ruled);
        invalid(terms, IAgreementRegistry.AgreementOfOthers.selector);
        terms.arbiter = address(0xA4B1);
        terms.schedule |= uint256(1 days) << 32;
        invalid(terms, IAgreementRegistry.AgreementOfOthers.selector);
        terms.arbiter = stranger;
        authorize(terms);
    }

    function test_agreement_legOutsideRangeReverts() external {
        Terms memory terms = agreedOrder(agreement());
        uint256 platforms = leg(platform, 20_000, 5);
        uint24[4] memory shares = [uint24(49_999), 50_000, 100_000, 100_001];
        for (uint256 i = 0; i < shares.length; ++i) {
            terms = withLegs(terms, list(leg(channel, shares[i], 2), platforms));
            if (i == 0 || i == 3) invalid(terms, IAgreementRegistry.LegOutsideRange.selector);
            else authorize(terms);
        }
        terms = withLegs(terms, list(leg(channel, 80_000, 2), leg(platform, 20_001, 5)));
        invalid(terms, IAgreementRegistry.LegOutsideRange.selector);
    }

    function test_agreement_missingLeastShareReverts() external {
        Terms memory terms = agreedOrder(agreement());
        terms = withLegs(terms, list(leg(channel, 80_000, 2), leg(agent, 50_000, 3)));
        invalid(terms, IAgreementRegistry.LeastShareMissing.selector);
        terms = withLegs(terms, list(leg(agent, 50_000, 3), leg(platform, 20_000, 5)));
        invalid(terms, IAgreementRegistry.LeastShareMissing.selector);
        // A fixed leg is no ppm leg.
        Agreement memory agreed = agreement();
        agreed.version = 2;
        agreed.parties[0].mostFixed = 1000;
        terms.agreement = inForce(agreed);
        terms = withLegs(terms, list(leg(channel, 1000, 0x82), leg(platform, 20_000, 5)));
        invalid(terms, IAgreementRegistry.LeastShareMissing.selector);
        // Parties without a least share need not be there.
        terms = withLegs(terms, list(leg(channel, 80_000, 2), leg(platform, 20_000, 5)));
        authorize(terms);
    }

    function test_agreement_fixedLegAboveMostReverts() external {
        Terms memory terms = agreedOrder(agreement());
        uint256 channels = leg(channel, 80_000, 2);
        uint256 platforms = leg(platform, 20_000, 5);
        terms = withLegs(terms, list(leg(carrier, 501, 0x84), channels, platforms));
        invalid(terms, IAgreementRegistry.LegOutsideRange.selector);
        terms = withLegs(terms, list(leg(carrier, 500, 0x84), channels, platforms));
        authorize(terms);
        // Who agreed on no fixed amount has none.
        terms = withLegs(terms, list(leg(agent, 1, 0x83), channels, platforms));
        invalid(terms, IAgreementRegistry.LegOutsideRange.selector);
    }

    function test_agreement_legOfNoPartyReverts() external {
        Terms memory terms = agreedOrder(agreement());
        uint256 channels = leg(channel, 80_000, 2);
        uint256 platforms = leg(platform, 20_000, 5);
        terms = withLegs(terms, list(channels, platforms, leg(stranger, 1, 3)));
        invalid(terms, IAgreementRegistry.LegOfNoParty.selector);
        terms = withLegs(terms, list(channels, platforms, leg(agent, 1, 4)));
        invalid(terms, IAgreementRegistry.LegOfNoParty.selector);
        terms = withLegs(terms, list(channels, platforms, leg(merchant, 1, 3)));
        invalid(terms, IAgreementRegistry.LegOfNoParty.selector);
    }

    function test_agreement_twoLegsOfOneSortRevert() external {
        Terms memory terms = agreedOrder(agreement());
        uint256 channels = leg(channel, 50_000, 2);
        uint256 platforms = leg(platform, 20_000, 5);
        terms = withLegs(terms, list(channels, channels, platforms));
        invalid(terms, IAgreementRegistry.LegRepeated.selector);
        terms = withLegs(terms, list(channels, platforms, channels));
        invalid(terms, IAgreementRegistry.LegRepeated.selector);
        uint256[] memory legs = new uint256[](4);
        (legs[0], legs[1], legs[2], legs[3]) = (leg(carrier, 1, 0x84), leg(carrier, 2, 0x84), channels, platforms);
        invalid(withLegs(terms, legs), IAgreementRegistry.LegRepeated.selector);
        // One fixed and one in ppm are two sorts.
        legs[1] = channels;
        (legs[2], legs[3]) = (leg(carrier, 30_000, 4), platforms);
        authorize(withLegs(terms, legs));
    }

    function test_agreement_inEth() external {
        Agreement memory agreed = agreement();
        agreed.token = address(0);
        authorize(agreedOrder(agreed));
    }

    /// Legs in any order of the parties, found by going round.
    function test_agreement_legsInAnyOrder() external {
        Terms memory terms = agreedOrder(agreement());
        uint256[] memory legs = new uint256[](4);
        uint256[4] memory all = [
            leg(channel, 80_000, 2),
            leg(agent, 50_000, 3),
            leg(carrier, 30_000, 4),
            leg(platform, 20_000, 5)
        ];
        for (uint256 i = 0; i < 4; ++i) {
            for (uint256 j = 0; j < 4; ++j) {
                for (uint256 k = 0; k < 4; ++k) {
                    if (i == j || i == k || j == k) continue;
                    (legs[0], legs[1], legs[2], legs[3]) = (all[i], all[j], all[k], all[6 - i - j - k]);
                    authorize(withLegs(terms, legs));
                }
            }
        }
    }

    /// An order authorizes exactly where a plain reading of the agreement allows it.
    function testFuzz_agreement_authorizesWhereTheRangesSay(uint256 seed) external {
        Agreement memory agreed = agreement();
        agreed.parties = new Party[](1 + (seed % 9));
        for (uint256 i = 0; i < agreed.parties.length; ++i) {
            uint256 word = uint256(keccak256(abi.encode(seed, i)));
            uint24 most = uint24(1 + (word % 1000));
            uint24 least = uint24((word >> 16) % 3 == 0 ? (word >> 24) % (most + 1) : 0);
            agreed.parties[i] = Party(
                address(uint160(0x9000 + i / 2)),
                uint8(2 + (i % 2)),
                least,
                most,
                uint88((word >> 64) % 50)
            );
        }
        Terms memory terms = order();
        terms.agreement = accept(operator, agreed);
        accept(merchant, agreed);
        for (uint256 i = 0; i < agreed.parties.length; i += 2) accept(agreed.parties[i].account, agreed);

        bool may = _drawLegs(terms, agreed, seed);
        vm.prank(payer);
        (bool did, ) = address(escrow).call(callAuthorize(terms));
        assertTrue(did == may, "not as the agreement says");
    }

    /// @dev Gives terms random legs of the parties, now and then outside of the ranges, missing or repeated.
    function _drawLegs(Terms memory terms, Agreement memory agreed, uint256 seed) private view returns (bool may) {
        uint256 count = agreed.parties.length;
        uint256[] memory fixedLegs = new uint256[](4);
        uint256[] memory ppmLegs = new uint256[](count);
        uint256 fixedCount;
        uint256 ppmCount;
        may = true;
        for (uint256 i = 0; i < count; ++i) {
            uint256 word = uint256(keccak256(abi.encode(seed, "leg", i)));
            Party memory party = agreed.parties[i];
            if (word % 8 != 0 && ppmCount + fixedCount < 9) {
                uint256 share = party.leastPpm + ((word >> 8) % (uint256(party.mostPpm) - party.leastPpm + 1));
                if (share == 0) share = 1;
                if ((word >> 40) % 40 == 0) share = party.mostPpm + 1;
                if (share > party.mostPpm) may = false;
                ppmLegs[ppmCount++] = leg(party.account, share, party.kind);
            } else if (party.leastPpm > 0) {
                may = false;
            }
            if ((word >> 80) % 3 == 0 && fixedCount < 4 && ppmCount + fixedCount < 9) {
                uint256 amount = 1 + ((word >> 96) % 55);
                if (amount > party.mostFixed) may = false;
                fixedLegs[fixedCount++] = leg(party.account, amount, party.kind | 0x80);
            }
        }
        uint256[] memory legs = new uint256[](fixedCount + ppmCount);
        for (uint256 i = 0; i < fixedCount; ++i) legs[i] = fixedLegs[i];
        for (uint256 i = 0; i < ppmCount; ++i) legs[fixedCount + i] = ppmLegs[ppmCount - 1 - i];
        withLegs(terms, legs);
    }
}
