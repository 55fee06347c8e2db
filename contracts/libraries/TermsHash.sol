// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISettlementEscrow, Terms} from "../interfaces/ISettlementEscrow.sol";
import {TermsLib} from "./TermsLib.sol";

/// @title The EIP-712 hash of terms, which is the id of their order
library TermsHash {
    bytes32 internal constant LEG_TYPEHASH = keccak256("Leg(address account,uint88 share,uint8 kind)");
    bytes32 internal constant TERMS_TYPEHASH = keccak256(
        "Terms(address payer,address operator,address token,uint104 amount,uint40 authorizeBy,uint40 captureBy,"
        "uint32 releaseDelay,address arbiter,uint32 rulingTime,uint24 defaultToPayerPpm,uint8 flags,"
        "bytes32 agreement,Leg[] legs,uint256 salt)Leg(address account,uint88 share,uint8 kind)"
    );

    /// @notice Sets memory aside for `digest`, for whoever allocates any before the last digest that is taken.
    function reserve() internal pure {
        assembly ("memory-safe") {
            if eq(mload(0x40), 0x80) {
                mstore(0x40, 0x280)
            }
        }
    }

    /// @notice EIP-712 digest of the typed form in the domain of `separator`, expanded from the packed form in one pass.
    /// @dev Fields enter the hash with all their bits, so terms that differ from valid ones in unused bits only would
    ///      have another id. Where the legs lie in calldata is not judged here:
    ///      whatever is read is what is hashed, and every other reader of legs looks at the same place.
    ///      It works from 0x80 to 0x280, since literal places spare some 75 gas in every call: nothing may have been
    ///      allocated there but by `reserve`, and there is room for ten legs, so more are refused.
    // One pass over the terms, and no call in it.
    // solhint-disable-next-line function-max-lines
    function digest(Terms calldata terms, bytes32 separator) internal pure returns (bytes32 result) {
        uint256 count = TermsLib.legsOf(terms).length;
        if (count > TermsLib.MOST_LEGS) revert ISettlementEscrow.LegCountOutOfRange(count, TermsLib.MOST_LEGS);
        bytes32 legType = LEG_TYPEHASH;
        bytes32 termsType = TERMS_TYPEHASH;
        assembly ("memory-safe") {
            // Each leg in the four words from 0x80 on, their hashes from 0x100 on; by fives, one of each kind, which spares
            // most of the loop. A leg's word starts with its account, so storing it 12 bytes into its word puts the
            // account right; what runs over is overwritten.
            let from := add(terms, calldataload(add(terms, 0xe0)))
            let last := add(from, shl(5, count))
            let end := 0x100
            mstore(0x80, legType)
            mstore(0xa0, 0)
            mstore(0xe0, 0)
            for {} lt(add(from, 0x80), last) {} {
                let leg := calldataload(add(from, 0x20))
                mstore(0xac, leg)
                mstore(0xc0, and(shr(8, leg), 0xffffffffffffffffffffff))
                mstore8(0xff, leg)
                mstore(end, keccak256(0x80, 0x80))
                leg := calldataload(add(from, 0x40))
                mstore(0xac, leg)
                mstore(0xc0, and(shr(8, leg), 0xffffffffffffffffffffff))
                mstore8(0xff, leg)
                mstore(add(end, 0x20), keccak256(0x80, 0x80))
                leg := calldataload(add(from, 0x60))
                mstore(0xac, leg)
                mstore(0xc0, and(shr(8, leg), 0xffffffffffffffffffffff))
                mstore8(0xff, leg)
                mstore(add(end, 0x40), keccak256(0x80, 0x80))
                leg := calldataload(add(from, 0x80))
                mstore(0xac, leg)
                mstore(0xc0, and(shr(8, leg), 0xffffffffffffffffffffff))
                mstore8(0xff, leg)
                mstore(add(end, 0x60), keccak256(0x80, 0x80))
                leg := calldataload(add(from, 0xa0))
                mstore(0xac, leg)
                mstore(0xc0, and(shr(8, leg), 0xffffffffffffffffffffff))
                mstore8(0xff, leg)
                mstore(add(end, 0x80), keccak256(0x80, 0x80))
                from := add(from, 0xa0)
                end := add(end, 0xa0)
            }
            for {} lt(from, last) {} {
                from := add(from, 0x20)
                let leg := calldataload(from)
                mstore(0xac, leg)
                mstore(0xc0, and(shr(8, leg), 0xffffffffffffffffffffff))
                mstore8(0xff, leg)
                mstore(end, keccak256(0x80, 0x80))
                end := add(end, 0x20)
            }
            let legsHash := keccak256(0x100, sub(end, 0x100))

            let schedule := calldataload(add(terms, 0xa0))
            mstore(0x80, termsType)
            let amountAndSalt := calldataload(add(terms, 0x60))
            calldatacopy(0xa0, terms, 0x60) // payer, operator, token
            mstore(0x100, and(amountAndSalt, 0xffffffffffffffffffffffffff)) // amount
            mstore(0x120, shr(136, schedule)) // authorizeBy
            mstore(0x140, and(shr(96, schedule), 0xffffffffff)) // captureBy
            mstore(0x160, and(shr(64, schedule), 0xffffffff)) // releaseDelay
            mstore(0x180, calldataload(add(terms, 0x80))) // arbiter
            mstore(0x1a0, and(shr(32, schedule), 0xffffffff)) // rulingTime
            mstore(0x1c0, and(shr(8, schedule), 0xffffff)) // defaultToPayerPpm
            mstore(0x1e0, and(schedule, 0xff)) // flags
            mstore(0x200, calldataload(add(terms, 0xc0))) // agreement
            mstore(0x220, legsHash)
            mstore(0x240, shr(104, amountAndSalt)) // salt
            let structHash := keccak256(0x80, 0x1e0)
            mstore(0x80, hex"1901")
            mstore(0x82, separator)
            mstore(0xa2, structHash)
            result := keccak256(0x80, 0x42)
        }
    }
}
