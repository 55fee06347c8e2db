// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISettlementEscrow} from "./interfaces/ISettlementEscrow.sol";
import {Signatures} from "./libraries/Signatures.sol";

/// @title EIP-712 domain of the escrow
/// @notice Ids of orders and signatures count on one chain and one address only, also after the chain has split.
abstract contract EscrowDomain {
    string internal constant NAME = "Tributary Settlement Escrow";
    string internal constant VERSION = "1";
    bytes32 private constant DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );

    /// @dev What is signed when `structHash` is signed in this domain.
    function _digest(bytes32 structHash) internal view returns (bytes32 digest) {
        bytes32 separator = _separator();
        assembly ("memory-safe") {
            let m := mload(0x40)
            mstore(m, hex"1901")
            mstore(add(m, 0x02), separator)
            mstore(add(m, 0x22), structHash)
            digest := keccak256(m, 0x42)
        }
    }

    /// @dev Reverts unless `account` signed `structHash` in this domain; `deadline` is the last second that takes it.
    function _checkSigned(
        address account,
        bytes32 structHash,
        uint256 deadline,
        bytes calldata signature
    ) internal view {
        if (block.timestamp > deadline) revert ISettlementEscrow.DeadlinePassed(block.timestamp, deadline);
        _checkDigest(account, _digest(structHash), signature);
    }

    /// @dev Reverts unless `account` signed `digest`.
    function _checkDigest(address account, bytes32 digest, bytes calldata signature) internal view {
        if (!Signatures.isSignedBy(account, digest, signature)) revert ISettlementEscrow.SignatureRefused(account);
    }

    /// @dev The domain's hash, at whatever address this code runs.
    function _separator() internal view returns (bytes32 separator) {
        uint256 chain;
        (chain, separator) = _kept();
        if (block.chainid != chain) separator = _buildSeparator();
    }

    /// @dev A hash of the domain that was made before, and the chain on which it counts; no chain, where none was.
    function _kept() internal view virtual returns (uint256 chain, bytes32 separator) {
        return (0, 0);
    }

    function _buildSeparator() internal view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    DOMAIN_TYPEHASH,
                    keccak256(bytes(NAME)),
                    keccak256(bytes(VERSION)),
                    block.chainid,
                    address(this)
                )
            );
    }
}
