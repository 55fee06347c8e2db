// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreementRegistry} from "../../../contracts/interfaces/IAgreementRegistry.sol";
import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {vm} from "../support/Vm.sol";

contract TermsTest is EscrowTest {
    using PackedTerms for Terms;

    function invalid(Terms memory terms, bytes4 selector) private {
        refusedWith(terms.payer, terms.token == address(0) ? terms.amount() : 0, callAuthorize(terms), selector);
    }

    function test_amount_zeroReverts() external {
        Terms memory terms = order();
        terms.setAmount(0);
        invalid(terms, IRevenueLedger.AmountZero.selector);
    }

    function test_salt_ofAllItsBitsLeavesTheAmountAlone() external {
        Terms memory terms = order();
        terms.setSalt((1 << 152) - 1);
        authorize(terms);
        assertOrder(terms, AMOUNT, 0, 0, 0);
        terms.setAmount(0);
        invalid(terms, IRevenueLedger.AmountZero.selector);
    }

    function test_times_boundaries() external {
        Terms memory terms = order();
        terms.schedule = schedule(START, START + 1 days, 0, 0);
        invalid(terms, ISettlementEscrow.AuthorizeClosed.selector);
        terms.schedule = schedule(START + 2, START + 1, 0, 0);
        invalid(terms, ISettlementEscrow.CaptureByOutOfRange.selector);
        terms.schedule = schedule(START + 1, START + 180 days + 1, 0, 0);
        invalid(terms, ISettlementEscrow.CaptureByOutOfRange.selector);
        terms.schedule = schedule(START + 1, START + 1, 90 days + 1, 0);
        invalid(terms, ISettlementEscrow.ReleaseDelayTooLong.selector);

        terms.schedule = schedule(START + 1, START + 1, 90 days, 0);
        authorize(terms);
        terms.schedule = schedule(START + 180 days, START + 180 days, 0, 3);
        authorize(terms);
    }

    function test_agreement_unknownOneIsRefused() external {
        Terms memory terms = order();
        terms.agreement = bytes32(uint256(1));
        invalid(terms, IAgreementRegistry.AgreementNotActive.selector);
    }

    function test_flags_unknownBitsRevert() external {
        for (uint256 bit = 2; bit < 8; ++bit) {
            invalid(withFlags(order(), 1 << bit), ISettlementEscrow.FlagsUnknown.selector);
        }
    }

    function test_terms_twoMerchantsOrWrongRemainderRevert() external {
        Terms memory terms = order();
        terms.legs[1] = leg(channel, 80_000, 1);
        invalid(terms, ISettlementEscrow.LegKindRefused.selector);
        terms = order();
        terms.legs[0] = leg(merchant, 820_001, 1);
        invalid(terms, ISettlementEscrow.MerchantShareWrong.selector);
        terms.legs[0] = leg(merchant, 819_999, 1);
        invalid(terms, ISettlementEscrow.MerchantShareWrong.selector);
        terms.legs[0] = leg(merchant, 820_000, 0x81);
        invalid(terms, ISettlementEscrow.LegKindRefused.selector);
        terms.legs[0] = leg(merchant, 820_000, 2);
        invalid(terms, ISettlementEscrow.LegKindRefused.selector);
        terms = order();
        terms.legs[1] = leg(channel, 900_001, 2);
        invalid(terms, ISettlementEscrow.PpmAboveWhole.selector);
    }

    function test_legs_countKindsZeroAndOrder() external {
        Terms memory terms = order();
        terms.legs = new uint256[](0);
        invalid(terms, ISettlementEscrow.LegCountOutOfRange.selector);
        terms.legs = new uint256[](11);
        invalid(terms, ISettlementEscrow.LegCountOutOfRange.selector);
        terms = order();
        terms.legs[4] = leg(platform, 20_000, 0);
        invalid(terms, ISettlementEscrow.LegKindRefused.selector);
        terms.legs[4] = leg(platform, 20_000, 6);
        invalid(terms, ISettlementEscrow.LegKindRefused.selector);
        terms.legs[4] = leg(platform, 0, 5);
        invalid(terms, ISettlementEscrow.LegZero.selector);
        terms.legs[4] = leg(platform, 20_000, 0x85);
        invalid(terms, ISettlementEscrow.LegOutOfOrder.selector);
    }

    function test_legs_fixedSumAtTheAmountAndAbove() external {
        Terms memory terms = order();
        terms.legs = new uint256[](3);
        terms.legs[0] = leg(merchant, 1_000_000, 1);
        terms.legs[1] = leg(carrier, AMOUNT - 1, 0x84);
        terms.legs[2] = leg(platform, 2, 0x85);
        invalid(terms, ISettlementEscrow.FixedAboveAmount.selector);
        terms.legs[2] = leg(platform, 1, 0x85);
        authorize(terms);
    }

    function test_legs_merchantMayHaveNothingAndBeAlone() external {
        Terms memory terms = order();
        terms.legs = new uint256[](2);
        terms.legs[0] = leg(merchant, 0, 1);
        terms.legs[1] = leg(channel, 1_000_000, 2);
        authorize(terms);
        capture(terms, AMOUNT);
        release(terms);
        assertEq(credit(channel), AMOUNT, "channel has all");

        terms.legs = new uint256[](1);
        terms.legs[0] = leg(merchant, 1_000_000, 1);
        authorize(terms);
    }

    function test_addresses_zeroSelfTokenRefusedEverywhere() external {
        address[3] memory bad = [address(0), address(escrow), address(usd)];
        for (uint256 i = 0; i < bad.length; ++i) {
            Terms memory terms = order();
            terms.operator = bad[i];
            invalid(terms, ISettlementEscrow.AddressRefused.selector);
            for (uint256 j = 0; j < 5; ++j) {
                terms = order();
                terms.legs[j] = (terms.legs[j] & type(uint96).max) | (uint256(uint160(bad[i])) << 96);
                invalid(terms, ISettlementEscrow.AddressRefused.selector);
            }
            terms = order();
            terms.payer = bad[i];
            invalid(terms, ISettlementEscrow.AddressRefused.selector);
            refused(
                payer,
                abi.encodeCall(IRevenueLedger.withdrawTo, (address(usd), bad[i], 1)),
                IRevenueLedger.DestinationRefused.selector
            );
        }
    }

    /// Every field narrower than its word, with its lowest unused bit set, and legs read wherever the offset points.
    function test_dirtyHighBitsRevert() external {
        Terms memory terms = order();
        authorize(terms);
        // Words of the terms in calldata: the head starts behind selector and offset. Amount and salt fill theirs.
        uint256[5] memory word = [uint256(0), 1, 2, 4, 5];
        uint256[5] memory width = [uint256(160), 160, 160, 160, 176];
        for (uint256 i = 0; i < word.length; ++i) {
            bytes memory call_ = callAuthorize(terms);
            _dirty(call_, 32 + word[i] * 32, width[i]);
            refused(payer, call_, ISettlementEscrow.TermsDirty.selector);

            call_ = abi.encodeCall(IOrderDesk.idOf, (terms));
            _dirty(call_, 32 + word[i] * 32, width[i]);
            refused(payer, call_, ISettlementEscrow.TermsDirty.selector);

            call_ = callVoid(terms, AMOUNT, AMOUNT);
            _dirty(call_, 96 + word[i] * 32, width[i]);
            // An operator with more bits is nobody's account.
            bool isOperator = word[i] == 1;
            bytes4 why = isOperator ? ISettlementEscrow.NotVoider.selector : ISettlementEscrow.UnknownOrder.selector;
            refused(operator, call_, why);
            call_ = callRelease(terms);
            _dirty(call_, 32 + word[i] * 32, width[i]);
            refused(payer, call_, ISettlementEscrow.UnknownOrder.selector);
        }
    }

    function test_aChangeOfAnyFieldIsAnotherOrder() external view {
        bytes32 id = escrow.idOf(order());
        Terms memory terms = order();
        for (uint256 bit = 0; bit < 176; ++bit) {
            terms.schedule = order().schedule ^ (1 << bit);
            assertTrue(escrow.idOf(terms) != id, "schedule");
        }
        terms = order();
        for (uint256 bit = 0; bit < 256; ++bit) {
            terms.amountAndSalt = order().amountAndSalt ^ (1 << bit);
            assertTrue(escrow.idOf(terms) != id, "amount and salt");
        }
        terms = order();
        for (uint256 i = 0; i < 5; ++i) {
            for (uint256 bit = 0; bit < 256; bit += 5) {
                terms.legs[i] ^= 1 << bit;
                assertTrue(escrow.idOf(terms) != id, "leg");
                terms.legs[i] ^= 1 << bit;
            }
        }
        (terms.legs[1], terms.legs[2]) = (terms.legs[2], terms.legs[1]);
        assertTrue(escrow.idOf(terms) != id, "order of legs");
    }

    function _dirty(bytes memory call_, uint256 place, uint256 bit) private pure {
        assembly {
            let word := add(add(call_, 0x24), place)
            mstore(word, or(mload(word), shl(bit, 1)))
        }
    }
}
