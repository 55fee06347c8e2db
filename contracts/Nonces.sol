// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISettlementEscrow} from "./interfaces/ISettlementEscrow.sol";

/// @title One-time nonces in no order
/// @dev 256 to a word, so signed forms of one account do not wait for one another.
abstract contract Nonces {
    /// @dev Where they lie, whatever else a contract stores: the escrow and its desk run on the same storage.
    bytes32 private constant SLOT = keccak256("tributary.nonces");

    struct Spent {
        mapping(address account => mapping(uint256 word => uint256 bits)) words;
    }

    /// @dev Spends a nonce for ever, or says that it was.
    function _spend(address account, uint256 nonce) internal {
        mapping(uint256 word => uint256 bits) storage words = _spent().words[account];
        uint256 bits = words[nonce >> 8];
        uint256 bit = 1 << (nonce & 0xff);
        if (bits & bit != 0) revert ISettlementEscrow.NonceSpent(account, nonce);
        words[nonce >> 8] = bits | bit;
        emit ISettlementEscrow.NonceUsed(account, nonce);
    }

    function _isSpent(address account, uint256 nonce) internal view returns (bool) {
        return _spent().words[account][nonce >> 8] & (1 << (nonce & 0xff)) != 0;
    }

    function _spent() private pure returns (Spent storage spent) {
        bytes32 slot = SLOT;
        assembly ("memory-safe") {
            spent.slot := slot
        }
    }
}
