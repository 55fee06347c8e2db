// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreementRegistry} from "../interfaces/IAgreementRegistry.sol";
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
        if (_address(content, 0) == account) bits = 1;
        if (_address(content, 60) == account) bits |= 2;
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
        uint256 word = _word(content, 80);
        return (word >> 216, uint40(word >> 176));
    }

    // ------------------------------------------------------------------------------------------------ the judgement

    /// @notice Reverts, by the name of the rule that is broken, unless valid terms keep to the agreement now.
    function check(bytes memory content, Terms calldata terms) internal view {
        (uint256 from, uint256 until) = validity(content);
        if (block.timestamp < from || block.timestamp >= until) {
            revert IAgreementRegistry.AgreementNotInTime(block.timestamp, from, until);
        }
        _checkSame(terms.operatorOf(), _address(content, 0));
        _checkSame(terms.arbiter, _address(content, 20));
        _checkSame(terms.tokenOf(), _address(content, 40));
        _checkSame(terms.merchant(), _address(content, 60));
        _checkLegs(content, terms.legsOf());
    }

    function _checkSame(address actual, address expected) private pure {
        if (actual != expected) revert IAgreementRegistry.AgreementOfOthers(actual, expected);
    }

    /// @dev Each leg but the merchant's is of a party, inside its range; `met` has a bit for each ppm leg met, and 16
    ///      bits higher one for each fixed leg.
    function _checkLegs(bytes memory content, uint256[] calldata legs) private pure {
        uint256 count = _parties(content);
        uint256 met;
        for (uint256 i = 1; i < legs.length; ++i) {
            uint256 leg = legs[i];
            // Account and kind of a party, and of a leg without its share and the bit of a fixed one, in 168 bits.
            uint256 key = ((leg >> 96) << 8) | (leg & 0x7f);
            uint256 party = 0;
            while (party < count && _word(content, HEAD + PARTY * party) >> 88 != key) ++party;
            if (party == count) revert IAgreementRegistry.LegOfNoParty(i);

            bool fixedLeg = leg & SplitLib.FIXED != 0;
            uint256 bit = 1 << (fixedLeg ? party + 16 : party);
            if (met & bit != 0) revert IAgreementRegistry.LegRepeated(i);
            met |= bit;

            uint256 share = SplitLib.share(leg);
            uint256 range = _word(content, HEAD + PARTY * party + 6);
            uint256 least = fixedLeg ? 0 : uint24(range >> 112);
            uint256 most = fixedLeg ? uint88(range) : uint24(range >> 88);
            if (share < least || share > most) revert IAgreementRegistry.LegOutsideRange(i, share, least, most);
        }
        uint256 missing = uint16(_word(content, 60)) & ~met;
        if (missing != 0) _refuseMissing(missing);
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
