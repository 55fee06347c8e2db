// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Terms} from "../interfaces/ISettlementEscrow.sol";
import {ISettlementEscrow} from "../interfaces/ISettlementEscrow.sol";
import {IRevenueLedger} from "../interfaces/IRevenueLedger.sol";
import {SplitLib} from "./SplitLib.sol";

/// @title Terms of an order: their fields, and which of them are valid
library TermsLib {
    uint256 internal constant MOST_LEGS = 10;
    uint256 internal constant LONGEST_HOLD = 180 days;
    uint256 internal constant LONGEST_DELAY = 90 days;
    uint256 internal constant SHORTEST_RULING = 1 days;
    uint256 internal constant LONGEST_RULING = 90 days;

    /// @dev Flags of the terms.
    uint256 internal constant MERCHANT_MAY_CAPTURE = 1;
    uint256 internal constant OPERATOR_MAY_REFUND = 2;
    uint256 internal constant KNOWN_FLAGS = MERCHANT_MAY_CAPTURE | OPERATOR_MAY_REFUND;

    /// @dev Kinds of a leg: 1 merchant, 2 channel, 3 agent, 4 carrier, 5 platform; the high bit is SplitLib.FIXED.
    uint256 internal constant MERCHANT = 1;
    uint256 internal constant LAST_KIND = 5;

    // Fields are read as they lie in calldata. That is safe behind the id of an order that exists, which only clean
    // terms have, and behind `checkClean`; it spares a check each time.

    /// @notice Who pays, and who gets back whatever is not released.
    function payerOf(Terms calldata terms) internal pure returns (address value) {
        assembly ("memory-safe") {
            value := calldataload(terms)
        }
    }

    /// @notice Who may capture and void.
    function operatorOf(Terms calldata terms) internal pure returns (address value) {
        assembly ("memory-safe") {
            value := calldataload(add(terms, 0x20))
        }
    }

    /// @notice Whether the caller is the operator.
    function isByOperator(Terms calldata terms) internal view returns (bool so) {
        assembly ("memory-safe") {
            so := eq(caller(), calldataload(add(terms, 0x20)))
        }
    }

    /// @notice What is paid in; zero is ETH.
    function tokenOf(Terms calldata terms) internal pure returns (address value) {
        assembly ("memory-safe") {
            value := calldataload(add(terms, 0x40))
        }
    }

    /// @notice Who rules disputes; zero for nobody.
    function arbiterOf(Terms calldata terms) internal pure returns (address value) {
        assembly ("memory-safe") {
            value := calldataload(add(terms, 0x80))
        }
    }

    /// @notice Base units of the token, below 2^104.
    function amountOf(Terms calldata terms) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(calldataload(add(terms, 0x60)), 0xffffffffffffffffffffffffff)
        }
    }

    /// @notice Who earns what, the merchant first, at the very place where their hash reads them (TermsHash).
    function legsOf(Terms calldata terms) internal pure returns (uint256[] calldata legs) {
        assembly ("memory-safe") {
            let from := add(terms, calldataload(add(terms, 0xe0)))
            legs.length := calldataload(from)
            legs.offset := add(from, 0x20)
        }
    }

    /// @notice Second before which the terms may authorize.
    function authorizeBy(Terms calldata terms) internal pure returns (uint256) {
        return terms.schedule >> 136;
    }

    /// @notice Second at which captures end and reclaims begin.
    function captureBy(Terms calldata terms) internal pure returns (uint256) {
        return (terms.schedule >> 96) & type(uint40).max;
    }

    /// @notice Seconds between a capture and its public release; 0 releases at once.
    function releaseDelay(Terms calldata terms) internal pure returns (uint256) {
        return (terms.schedule >> 64) & type(uint32).max;
    }

    /// @notice Seconds an arbiter has to rule.
    function rulingTime(Terms calldata terms) internal pure returns (uint256) {
        return (terms.schedule >> 32) & type(uint32).max;
    }

    /// @notice What the payer gets of a dispute nobody rules, in ppm.
    function defaultToPayerPpm(Terms calldata terms) internal pure returns (uint256) {
        return (terms.schedule >> 8) & type(uint24).max;
    }

    /// @notice Whether the terms carry the flag `which`.
    function flagged(Terms calldata terms, uint256 which) internal pure returns (bool) {
        return terms.schedule & which != 0;
    }

    /// @notice The account of the first leg.
    function merchant(Terms calldata terms) internal pure returns (address) {
        return SplitLib.account(legsOf(terms)[0]);
    }

    /// @notice Reverts where a field has bits above its type. Such terms never authorize, and dirty variants of terms
    ///         that did have another id, so only the functions that meet terms for the first time need to ask.
    function checkClean(Terms calldata terms) internal pure {
        uint256 dirty;
        assembly ("memory-safe") {
            dirty := or(calldataload(terms), calldataload(add(terms, 0x20))) // payer, operator
            dirty := or(dirty, or(calldataload(add(terms, 0x40)), calldataload(add(terms, 0x80)))) // token, arbiter
            dirty := shr(160, dirty)
            dirty := or(dirty, shr(176, calldataload(add(terms, 0xa0)))) // schedule
        }
        if (dirty != 0) revert ISettlementEscrow.TermsDirty();
    }

    /// @notice Reverts, by the name of the rule that is broken, unless an order may be made on these terms now.
    function validate(Terms calldata terms) internal view {
        uint256 amount = amountOf(terms);
        if (amount == 0) revert IRevenueLedger.AmountZero();
        _validateSchedule(terms);
        (address token, address arbiter) = (tokenOf(terms), arbiterOf(terms));
        validateAddress(payerOf(terms), token);
        validateAddress(operatorOf(terms), token);
        if (arbiter != address(0)) {
            validateAddress(arbiter, token);
            if (arbiter == payerOf(terms) || arbiter == operatorOf(terms)) {
                revert ISettlementEscrow.ArbiterIsParty(arbiter);
            }
        }
        validateLegs(terms.legs, token, amount, arbiter);
    }

    function _validateSchedule(Terms calldata terms) private view {
        uint256 open = authorizeBy(terms);
        if (block.timestamp >= open) revert ISettlementEscrow.AuthorizeClosed(block.timestamp, open);
        uint256 closes = captureBy(terms);
        uint256 latest = block.timestamp + LONGEST_HOLD;
        if (closes < open || closes > latest) revert ISettlementEscrow.CaptureByOutOfRange(closes, open, latest);
        uint256 delay = releaseDelay(terms);
        if (delay > LONGEST_DELAY) revert ISettlementEscrow.ReleaseDelayTooLong(delay, LONGEST_DELAY);
        _validateRuling(arbiterOf(terms), delay, rulingTime(terms));
        uint256 ppm = defaultToPayerPpm(terms);
        if (ppm > SplitLib.WHOLE_PPM) revert ISettlementEscrow.PpmAboveWhole(ppm, SplitLib.WHOLE_PPM);
        uint256 flags = terms.schedule & type(uint8).max;
        if (flags > KNOWN_FLAGS) revert ISettlementEscrow.FlagsUnknown(flags, KNOWN_FLAGS);
    }

    function _validateRuling(address arbiter, uint256 delay, uint256 ruling) private pure {
        if (arbiter == address(0)) {
            if (ruling != 0) revert ISettlementEscrow.RulingTimeWithoutArbiter(ruling);
            return;
        }
        if (delay == 0) revert ISettlementEscrow.ArbiterNeedsDelay(arbiter);
        if (ruling < SHORTEST_RULING || ruling > LONGEST_RULING) {
            revert ISettlementEscrow.RulingTimeOutOfRange(ruling, SHORTEST_RULING, LONGEST_RULING);
        }
    }

    /// @notice Reverts unless the legs are those of a merchant, then fixed ones, then ppm ones, none of them the arbiter's.
    /// @dev At most ten shares below 2^88: their sums cannot overflow.
    /// @param arbiter zero for nobody, which no leg is
    function validateLegs(uint256[] calldata legs, address token, uint256 amount, address arbiter) internal view {
        uint256 count = legs.length;
        if (count == 0 || count > MOST_LEGS) revert ISettlementEscrow.LegCountOutOfRange(count, MOST_LEGS);
        uint256 first = legs[0];
        if (uint8(first) != MERCHANT) revert ISettlementEscrow.LegKindRefused(0, uint8(first));
        _validateEarner(SplitLib.account(first), token, arbiter);

        uint256 fixedSum;
        uint256 ppmSum;
        for (uint256 i = 1; i < count; ++i) {
            uint256 leg = legs[i];
            uint256 share = SplitLib.share(leg);
            uint256 kind = leg & 0x7f;
            _validateEarner(SplitLib.account(leg), token, arbiter);
            if (kind <= MERCHANT || kind > LAST_KIND) revert ISettlementEscrow.LegKindRefused(i, uint8(leg));
            if (share == 0) revert ISettlementEscrow.LegZero(i);
            unchecked {
                if (leg & SplitLib.FIXED == 0) {
                    ppmSum += share;
                } else {
                    if (ppmSum != 0) revert ISettlementEscrow.LegOutOfOrder(i);
                    fixedSum += share;
                }
            }
        }
        if (fixedSum > amount) revert ISettlementEscrow.FixedAboveAmount(fixedSum, amount);
        if (ppmSum > SplitLib.WHOLE_PPM) revert ISettlementEscrow.PpmAboveWhole(ppmSum, SplitLib.WHOLE_PPM);
        uint256 rest = SplitLib.WHOLE_PPM - ppmSum;
        if (SplitLib.share(first) != rest) revert ISettlementEscrow.MerchantShareWrong(SplitLib.share(first), rest);
    }

    function _validateEarner(address account, address token, address arbiter) private view {
        validateAddress(account, token);
        if (account == arbiter) revert ISettlementEscrow.ArbiterIsParty(arbiter);
    }

    /// @notice Refuses the zero address, this contract and the token as somebody who acts or earns.
    function validateAddress(address account, address token) internal view {
        if (account == address(0) || account == address(this) || account == token) {
            revert ISettlementEscrow.AddressRefused(account);
        }
    }
}
