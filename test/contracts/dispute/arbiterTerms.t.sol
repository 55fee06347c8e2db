// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {DisputeTest} from "../support/DisputeTest.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {vm} from "../support/Vm.sol";

contract ArbiterTermsTest is DisputeTest {
    using PackedTerms for Terms;

    uint256 private _salt;

    /// @dev Terms with this arbiter, this delay and this time to rule; each time another order.
    function arbitrated(address who, uint256 delay, uint256 ruling) private returns (Terms memory terms) {
        terms = order();
        terms.setSalt(++_salt);
        terms.arbiter = who;
        terms.schedule = ruled(delay, ruling, DEFAULT_PPM, 0);
    }

    function invalid(Terms memory terms, bytes memory expected) private {
        refusedAs(terms.payer, callAuthorize(terms), expected);
    }

    function outOfRange(uint256 ruling) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(
                ISettlementEscrow.RulingTimeOutOfRange.selector,
                ruling,
                uint256(1 days),
                uint256(90 days)
            );
    }

    /// Arbiter or none, by delay or none, by every end of the time to rule.
    function test_terms_arbiterWindowMatrix() external {
        uint256[6] memory rulings = [uint256(0), 1 days - 1, 1 days, 90 days, 90 days + 1, type(uint32).max];
        uint256[3] memory delays = [uint256(0), 1, 90 days];
        for (uint256 i = 0; i < rulings.length; ++i) {
            uint256 ruling = rulings[i];
            for (uint256 j = 0; j < delays.length; ++j) {
                Terms memory terms = arbitrated(address(0), delays[j], ruling);
                if (ruling == 0) authorize(terms);
                else
                    invalid(terms, abi.encodeWithSelector(ISettlementEscrow.RulingTimeWithoutArbiter.selector, ruling));

                terms = arbitrated(arbiter, delays[j], ruling);
                bool inRange = ruling >= 1 days && ruling <= 90 days;
                if (delays[j] > 0 && inRange) authorize(terms);
                else if (delays[j] > 0) invalid(terms, outOfRange(ruling));
                else if (!inRange) invalidEitherWay(terms);
                else invalid(terms, abi.encodeWithSelector(ISettlementEscrow.ArbiterNeedsDelay.selector, arbiter));
            }
        }
    }

    /// @dev Breaks two rules: either may be named.
    function invalidEitherWay(Terms memory terms) private {
        vm.prank(payer);
        (bool ok, ) = address(escrow).call(callAuthorize(terms));
        assertFalse(ok, "refused");
    }

    function test_arbiter_isNoParty() external {
        address[7] memory parties = [payer, operator, merchant, channel, agent, carrier, platform];
        for (uint256 i = 0; i < parties.length; ++i) {
            Terms memory terms = arbitrated(parties[i], DELAY, RULING);
            invalid(terms, abi.encodeWithSelector(ISettlementEscrow.ArbiterIsParty.selector, parties[i]));
        }
        authorize(arbitrated(stranger, DELAY, RULING));
    }

    /// The last of ten legs is looked at as the first is, and fixed ones as those in ppm.
    function test_arbiter_isNoneOfTenLegs() external {
        for (uint256 i = 0; i < 10; ++i) {
            Terms memory terms = arbitrated(arbiter, DELAY, RULING);
            terms.legs = new uint256[](10);
            terms.legs[0] = leg(merchant, 999_995, 1);
            for (uint256 j = 1; j < 10; ++j) terms.legs[j] = leg(address(uint160(0x1000 + j)), 1, j < 5 ? 0x84 : 4);
            uint256 fair = terms.legs[i];
            terms.legs[i] = (fair & type(uint96).max) | (uint256(uint160(arbiter)) << 96);
            invalid(terms, abi.encodeWithSelector(ISettlementEscrow.ArbiterIsParty.selector, arbiter));
            terms.legs[i] = fair;
            authorize(terms);
        }
    }

    /// Zero is no arbiter; the others act for nobody.
    function test_addresses_arbiterIsNeitherTheEscrowNorTheToken() external {
        address[2] memory bad = [address(escrow), address(usd)];
        for (uint256 i = 0; i < 2; ++i) {
            Terms memory terms = arbitrated(bad[i], DELAY, RULING);
            invalid(terms, abi.encodeWithSelector(ISettlementEscrow.AddressRefused.selector, bad[i]));
        }
    }

    function test_default_fromNothingToAll() external {
        authorize(withDefault(arbitrated(arbiter, DELAY, RULING), 0));
        authorize(withDefault(arbitrated(arbiter, DELAY, RULING), ALL));
        bytes memory above = abi.encodeWithSelector(ISettlementEscrow.PpmAboveWhole.selector, ALL + 1, ALL);
        invalid(withDefault(arbitrated(arbiter, DELAY, RULING), ALL + 1), above);
        // It means nothing without an arbiter, and keeps to its range all the same.
        invalid(withDefault(arbitrated(address(0), DELAY, 0), ALL + 1), above);
        authorize(withDefault(arbitrated(address(0), DELAY, 0), ALL));
    }

    /// Every way in knows the rule: here by ERC-3009 and in a basket.
    function test_arbiter_isJudgedOnEveryRoute() external {
        Terms memory bad = arbitrated(merchant, DELAY, RULING);
        bytes memory call_ = abi.encodeCall(ISettlementEscrow.authorizeWithAuthorization, (bad, authorization(bad)));
        refused(stranger, call_, ISettlementEscrow.ArbiterIsParty.selector);
        Terms[] memory basket = new Terms[](2);
        basket[0] = arbitrated(arbiter, DELAY, RULING);
        basket[1] = bad;
        call_ = abi.encodeCall(ISettlementEscrow.authorizeBasket, (basket));
        refused(payer, call_, ISettlementEscrow.ArbiterIsParty.selector);

        Terms memory good = arbitrated(arbiter, DELAY, RULING);
        allowed(stranger, abi.encodeCall(ISettlementEscrow.authorizeWithAuthorization, (good, authorization(good))));
    }

    function test_dirtyHighBitsRevert() external {
        bytes memory call_ = callAuthorize(arbitrated(arbiter, DELAY, RULING));
        call_[4 + 32 + 4 * 32] = 0x01;
        refused(payer, call_, ISettlementEscrow.TermsDirty.selector);
    }
}
