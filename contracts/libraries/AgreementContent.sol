// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreementRegistry} from "../interfaces/IAgreementRegistry.sol";
import {Sale} from "../interfaces/IRevenueDesk.sol";
import {Terms} from "../interfaces/ISettlementEscrow.sol";
import {SplitLib} from "./SplitLib.sol";
import {TermsLib} from "./TermsLib.sol";

/// @title What orders are judged by of an agreement, where it is kept, and the judgement
/// @dev It is kept as the code of an account of its own, written once, so that one access brings all of it:
///      operator 20 | arbiter 20 | token 20 | merchant 20 | validFrom 5 | validUntil 5 | parties with a least share 2
///      bytes, then for each party account 20 | kind 1 | leastPpm 3 | mostPpm 3 | mostFixed 11.
///      Signatories are counted as bits: 0 the operator, 1 the merchant, 2 the first party, and so on.
library AgreementContent {
    using TermsLib for Terms;

    // Where fields begin: `OBLIGED` ends at byte 92, so it is the end of the word from 60 on.
    uint256 private constant OPERATOR = 0;
    uint256 private constant ARBITER = 20;
    uint256 private constant TOKEN = 40;
    uint256 private constant MERCHANT = 60;
    uint256 private constant VALIDITY = 80;
    uint256 private constant OBLIGED = 60;
    uint256 private constant HEAD = 92;
    uint256 private constant PARTY = 38;

    // ---------------------------------------------------------------------------------------------- where it lies

    /// @notice Writes the content down, behind a byte that stops whoever calls the new account.
    function store(bytes memory content) internal returns (address place) {
        // PUSH2 size, DUP1, PUSH1 10, PUSH0, CODECOPY, PUSH0, RETURN: hands out what stands behind these ten bytes.
        bytes memory code = abi.encodePacked(hex"61", uint16(content.length + 1), hex"80600a5f395ff300", content);
        assembly ("memory-safe") {
            place := create(0, add(code, 0x20), mload(code))
        }
        if (place == address(0)) revert IAgreementRegistry.AgreementNotStored();
    }

    /// @notice What `store` wrote.
    function load(address place) internal view returns (bytes memory content) {
        assembly ("memory-safe") {
            content := mload(0x40)
            let size := sub(extcodesize(place), 1)
            mstore(content, size)
            extcodecopy(place, add(content, 0x20), 1, size)
            mstore(0x40, add(content, and(add(size, 0x3f), not(0x1f))))
        }
    }

    // ------------------------------------------------------------------------------------------------- what it says

    /// @notice The bits of the roles that `account` has; none for no signatory.
    function bitsOf(bytes memory content, address account) internal pure returns (uint256 bits) {
        if (_address(content, OPERATOR) == account) bits = 1;
        if (_address(content, MERCHANT) == account) bits |= 2;
        for (uint256 i = 0; i < _parties(content); ++i) {
            if (_address(content, HEAD + PARTY * i) == account) bits |= 4 << i;
        }
    }

    /// @notice The bits of all signatories.
    function allBits(bytes memory content) internal pure returns (uint256) {
        return (4 << _parties(content)) - 1;
    }

    /// @notice First second of the agreement's validity, and the second that is its first no more.
    function validity(bytes memory content) internal pure returns (uint256 from, uint256 until) {
        uint256 word = _word(content, VALIDITY);
        return (word >> 216, uint40(word >> 176));
    }

    // ------------------------------------------------------------------------------------------------ the judgement

    /// @notice Reverts, by the name of the rule that is broken, unless valid terms keep to the agreement now.
    function check(bytes memory content, Terms calldata terms) internal view {
        _checkTime(content);
        address merchant = terms.merchant();
        bool same;
        assembly ("memory-safe") {
            // Operator, arbiter, token and merchant, at 20 bytes each behind the length, in one test where all is well.
            let others := xor(calldataload(add(terms, 0x20)), shr(96, mload(add(content, 0x20))))
            others := or(others, xor(calldataload(add(terms, 0x80)), shr(96, mload(add(content, 0x34)))))
            others := or(others, xor(calldataload(add(terms, 0x40)), shr(96, mload(add(content, 0x48)))))
            others := or(others, xor(merchant, shr(96, mload(add(content, 0x5c)))))
            same := iszero(others)
        }
        if (!same) _refuseOthers(content, terms);
        _checkLegs(content, terms.legsOf());
    }

    /// @notice The same for a sale that was paid elsewhere, where nothing can be disputed and so no arbiter is judged.
    function checkSale(bytes memory content, Sale calldata sale) internal view {
        _checkTime(content);
        _checkSame(sale.operator, _address(content, OPERATOR));
        _checkSame(sale.token, _address(content, TOKEN));
        _checkSame(SplitLib.account(sale.legs[0]), _address(content, MERCHANT));
        _checkLegs(content, sale.legs);
    }

    function _checkTime(bytes memory content) private view {
        (uint256 from, uint256 until) = validity(content);
        if (block.timestamp < from || block.timestamp >= until) {
            revert IAgreementRegistry.AgreementNotInTime(block.timestamp, from, until);
        }
    }

    /// @dev Names the first of the four who is another.
    function _refuseOthers(bytes memory content, Terms calldata terms) private pure {
        _checkSame(terms.operatorOf(), _address(content, OPERATOR));
        _checkSame(terms.arbiter, _address(content, ARBITER));
        _checkSame(terms.tokenOf(), _address(content, TOKEN));
        _checkSame(terms.merchant(), _address(content, MERCHANT));
    }

    function _checkSame(address actual, address expected) private pure {
        if (actual != expected) revert IAgreementRegistry.AgreementOfOthers(actual, expected);
    }

    /// @dev Each leg but the merchant's is of a party and inside its range. `met` has a bit for each ppm leg met, and 16
    ///      bits higher one for each fixed leg.
    function _checkLegs(bytes memory content, uint256[] calldata legs) private pure {
        uint256 met;
        uint256 start = 0;
        for (uint256 i = 1; i < legs.length; ++i) {
            uint256 leg = legs[i];
            (bool found, uint256 party, uint256 range) = _partyOf(content, leg, start);
            if (!found) revert IAgreementRegistry.LegOfNoParty(i);
            start = party + 1;

            uint256 share = SplitLib.share(leg);
            uint256 bit = 1 << party;
            if (leg & SplitLib.FIXED != 0) {
                bit <<= 16;
                if (share > uint88(range)) _refuseLeg(i, share, 0, uint88(range));
            } else if (share < uint24(range >> 112) || share > uint24(range >> 88)) {
                _refuseLeg(i, share, uint24(range >> 112), uint24(range >> 88));
            }
            if (met & bit != 0) revert IAgreementRegistry.LegRepeated(i);
            met |= bit;
        }
        uint256 missing = uint16(_word(content, OBLIGED)) & ~met;
        if (missing != 0) _refuseMissing(missing);
    }

    function _refuseLeg(uint256 index, uint256 share, uint256 least, uint256 most) private pure {
        revert IAgreementRegistry.LegOutsideRange(index, share, least, most);
    }

    /// @dev The party that a leg is of, and its range: leastPpm 24 | mostPpm 24 | mostFixed 88 in the low bits. Looks at
    ///      the party `start` first, then at those behind it, then at all: legs mostly come as the parties do.
    function _partyOf(
        bytes memory content,
        uint256 leg,
        uint256 start
    ) private pure returns (bool found, uint256 party, uint256 range) {
        assembly ("memory-safe") {
            // Account and kind, as a party begins: the leg without its share and without the bit of a fixed one.
            let key := or(shl(8, shr(96, leg)), and(leg, 0x7f))
            let parties := add(content, 0x7c) // 32 of length and 92 of head
            let count := div(sub(mload(content), 92), 38)
            let place
            party := start
            for {
                let left := add(count, count)
            } left {
                left := sub(left, 1)
            } {
                if iszero(lt(party, count)) {
                    party := 0
                }
                place := add(parties, mul(party, 38))
                found := eq(shr(88, mload(place)), key)
                if found {
                    break
                }
                party := add(party, 1)
            }
            range := mload(add(place, 6))
        }
    }

    /// @dev Names the first party whose least share the order lacks.
    function _refuseMissing(uint256 missing) private pure {
        uint256 party = 0;
        while ((missing >> party) & 1 == 0) ++party;
        revert IAgreementRegistry.LeastShareMissing(party);
    }

    // ---------------------------------------------------------------------------------------------------- internals

    function _parties(bytes memory content) private pure returns (uint256) {
        return (content.length - HEAD) / PARTY;
    }

    function _address(bytes memory content, uint256 offset) private pure returns (address) {
        return address(bytes20(bytes32(_word(content, offset))));
    }

    /// @dev 32 bytes from `offset` on; what is read behind the end is of no meaning, and callers drop it.
    function _word(bytes memory content, uint256 offset) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(content, 0x20), offset))
        }
    }
}
