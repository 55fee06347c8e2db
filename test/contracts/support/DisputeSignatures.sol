// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {DisputeTest} from "./DisputeTest.sol";
import {vm} from "./Vm.sol";

/// @title What payers and merchants sign at the order desk, well and badly
abstract contract DisputeSignatures is DisputeTest {
    uint256 internal constant DEADLINE = START + 1 hours;
    uint256 private constant CURVE = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    uint256 internal constant BAD = 8;

    function disputeHash(
        Terms memory terms,
        uint256 amount,
        uint256 round,
        uint256 deadline
    ) internal view returns (bytes32) {
        bytes32 typehash = keccak256(
            "Dispute(bytes32 id,uint256 amount,uint256 round,bytes32 evidence,uint256 deadline)"
        );
        return keccak256(abi.encode(typehash, escrow.idOf(terms), amount, round, EVIDENCE, deadline));
    }

    function concedeHash(Terms memory terms, uint256 round, uint256 deadline) internal view returns (bytes32) {
        bytes32 typehash = keccak256("Concede(bytes32 id,uint256 round,uint256 deadline)");
        return keccak256(abi.encode(typehash, escrow.idOf(terms), round, deadline));
    }

    function refundHash(
        Terms memory terms,
        uint256 amount,
        uint256 waiting,
        uint256 nonce,
        uint256 deadline
    ) internal view returns (bytes32) {
        bytes32 typehash = keccak256(
            "Refund(bytes32 id,uint256 amount,uint256 captured,uint256 nonce,uint256 deadline)"
        );
        return keccak256(abi.encode(typehash, escrow.idOf(terms), amount, waiting, nonce, deadline));
    }

    function giveBackHash(
        Terms memory terms,
        uint256 amount,
        uint256 before,
        uint256 deadline
    ) internal view returns (bytes32) {
        bytes32 typehash = keccak256("RefundReleased(bytes32 id,uint256 amount,uint256 refunded,uint256 deadline)");
        return keccak256(abi.encode(typehash, escrow.idOf(terms), amount, before, deadline));
    }

    function signedHash(uint256 key, bytes32 structHash) internal view returns (bytes memory) {
        return signed(key, typedDigest(structHash));
    }

    /// @dev Eight ways to sign badly: another key, high s, 64 bytes, a bad v, nothing, a byte too many, for another chain,
    ///      for another contract.
    function badSignature(uint256 which, uint256 key, bytes32 structHash) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, typedDigest(structHash));
        if (which == 0) return signedHash(key + 1, structHash);
        if (which == 1) return abi.encodePacked(r, CURVE - uint256(s), v == 27 ? uint8(28) : uint8(27));
        if (which == 2) return abi.encodePacked(r, uint256(s) | (uint256(v - 27) << 255));
        if (which == 3) return abi.encodePacked(r, s, v - 27);
        if (which == 4) return "";
        if (which == 5) return abi.encodePacked(r, s, v, uint8(0));
        if (which == 6) return signed(key, digestIn(block.chainid + 1, address(escrow), structHash));
        return signed(key, digestIn(block.chainid, address(usd), structHash));
    }

    function digestIn(uint256 chain, address verifier, bytes32 structHash) private pure returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Tributary Settlement Escrow"),
                keccak256("1"),
                chain,
                verifier
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }
}
