// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgreementView, IAgreementRegistry} from "./interfaces/IAgreementRegistry.sol";
import {AgreementContent} from "./libraries/AgreementContent.sol";

/// @title Where it is kept how agreements stand
abstract contract AgreementBook is IAgreementRegistry {
    using AgreementContent for bytes;

    /// @dev Where the book lies, whatever else a contract stores: the escrow and its desk run on the same storage.
    bytes32 private constant SLOT = keccak256("tributary.agreements");

    /// @dev One word: where the content lies, which signatories accepted, by their bits, and whether that is all of
    ///      them, or one revoked.
    struct Standing {
        address content;
        uint16 accepted;
        bool complete;
        bool revoked;
    }

    struct Book {
        mapping(bytes32 id => Standing) standings;
    }

    /// @inheritdoc IAgreementRegistry
    function agreementOf(bytes32 id) external view returns (AgreementView memory seen) {
        Standing memory standing = _standings()[id];
        if (standing.content == address(0)) return seen;
        (uint256 from, uint256 until) = AgreementContent.load(standing.content).validity();
        seen.proposed = true;
        seen.active = _isActive(standing);
        seen.revoked = standing.revoked;
        seen.validFrom = uint40(from);
        seen.validUntil = uint40(until);
    }

    /// @inheritdoc IAgreementRegistry
    function hasAccepted(bytes32 id, address account) external view returns (bool) {
        Standing memory standing = _standings()[id];
        if (standing.content == address(0)) return false;
        return standing.accepted & AgreementContent.load(standing.content).bitsOf(account) != 0;
    }

    /// @dev How agreements stand; all zero where nobody accepted.
    function _standings() internal view returns (mapping(bytes32 id => Standing) storage) {
        Book storage book;
        bytes32 slot = SLOT;
        assembly ("memory-safe") {
            book.slot := slot
        }
        return book.standings;
    }

    /// @dev Every signatory accepted and none revoked.
    function _isActive(Standing memory standing) internal pure returns (bool) {
        return standing.complete && !standing.revoked;
    }
}
