// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISettlementEscrow} from "./interfaces/ISettlementEscrow.sol";
import {Signatures} from "./libraries/Signatures.sol";

/// @title EIP-712 domain of the escrow
/// @notice Ids of orders and signatures count on one chain and one address only, also after the chain has split.
abstract contract EscrowDomain {
    string private constant NAME = "Tributary Settlement Escrow";
    string private constant VERSION = "1";
    bytes32 private constant DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );

    address private immutable _escrow;
    uint256 private immutable _bornOn;
    bytes32 private immutable _bornWith;

    /// @param escrow where the domain's signatures count: this contract, or the one whose code it is a part of
    constructor(address escrow) {
        _escrow = escrow;
        _bornOn = block.chainid;
        _bornWith = _buildSeparator();
    }

    /// @notice The domain as ERC-5267 wants it told: fields 0x0f are name, version, chain id and contract.
    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        )
    {
        return (0x0f, NAME, VERSION, block.chainid, _escrow, bytes32(0), new uint256[](0));
    }

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
        if (!Signatures.isSignedBy(account, _digest(structHash), signature)) {
            revert ISettlementEscrow.SignatureRefused(account);
        }
    }

    /// @dev The domain's hash; made anew where the chain id is no longer the one of deployment.
    function _separator() internal view returns (bytes32) {
        return block.chainid == _bornOn ? _bornWith : _buildSeparator();
    }

    function _buildSeparator() private view returns (bytes32) {
        return
            keccak256(
                abi.encode(DOMAIN_TYPEHASH, keccak256(bytes(NAME)), keccak256(bytes(VERSION)), block.chainid, _escrow)
            );
    }
}
