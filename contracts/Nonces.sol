// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISettlementEscrow} from "./interfaces/ISettlementEscrow.sol";

/// @title One-time nonces in no order
/// @dev 256 to a word, so signed forms of one account do not wait for one another.
abstract contract Nonces {
    mapping(address account => mapping(uint256 word => uint256 bits)) private _spent;

    /// @dev Spends a nonce for ever, or says that it was.
    function _spend(address account, uint256 nonce) internal {
        uint256 bits = _spent[account][nonce >> 8];
        uint256 bit = 1 << (nonce & 0xff);
        if (bits & bit != 0) revert ISettlementEscrow.NonceSpent(account, nonce);
        _spent[account][nonce >> 8] = bits | bit;
        emit ISettlementEscrow.NonceUsed(account, nonce);
    }

    function _isSpent(address account, uint256 nonce) internal view returns (bool) {
        return _spent[account][nonce >> 8] & (1 << (nonce & 0xff)) != 0;
    }
}
