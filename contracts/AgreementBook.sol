// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreementRegistry} from "./interfaces/IAgreementRegistry.sol";
import {AgreementContent} from "./libraries/AgreementContent.sol";

/// @title Where it is kept how agreements stand
abstract contract AgreementBook {
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

    /// @dev How agreements stand; all zero where nobody accepted.
    function _standings() internal view returns (mapping(bytes32 id => Standing) storage) {
        Book storage book;
        bytes32 slot = SLOT;
        assembly ("memory-safe") {
            book.slot := slot
        }
        return book.standings;
    }

    /// @dev What is to be judged by the agreement of this id, which every signatory accepted and none revoked.
    function _contentInForce(bytes32 id) internal view returns (bytes memory) {
        Standing memory standing = _standings()[id];
        if (!_isActive(standing)) revert IAgreementRegistry.AgreementNotActive(id);
        return AgreementContent.load(standing.content);
    }

    /// @dev Every signatory accepted and none revoked.
    function _isActive(Standing memory standing) internal pure returns (bool) {
        return standing.complete && !standing.revoked;
    }
}
