// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Whether an account signed a digest: by its key first, then by what its contract says
/// @dev The key comes first so that an account with EIP-7702 code signs as before, whatever that code answers.
library Signatures {
    /// @dev Above it a second signature of equal meaning exists, so it is refused (EIP-2).
    uint256 private constant HIGHEST_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;
    /// @dev isValidSignature(bytes32,bytes), which is also what a wallet answers with when it agrees (ERC-1271).
    bytes4 private constant MAGIC = 0x1626ba7e;
    /// @dev What a wallet may spend on its answer; only 32 bytes of that answer are ever copied.
    uint256 private constant WALLET_GAS = 300_000;

    /// @notice Whether `account` signed `digest`.
    /// @param signature 65 bytes r, s, v with low s of an account's key, else what its ERC-1271 contract takes
    function isSignedBy(address account, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        if (signature.length == 65) {
            (bytes32 r, bytes32 s, uint8 v) = parts(signature);
            if (uint256(s) <= HIGHEST_S) {
                address signer = ecrecover(digest, v, r, s);
                if (signer != address(0) && signer == account) return true;
            }
        }
        return account.code.length != 0 && _walletAgrees(account, digest, signature);
    }

    /// @notice Takes 65 bytes apart. Callers have checked the length.
    function parts(bytes calldata signature) internal pure returns (bytes32 r, bytes32 s, uint8 v) {
        r = bytes32(signature[0:32]);
        s = bytes32(signature[32:64]);
        v = uint8(signature[64]);
    }

    function _walletAgrees(
        address wallet,
        bytes32 digest,
        bytes calldata signature
    ) private view returns (bool agrees) {
        bytes memory question = abi.encodeWithSelector(MAGIC, digest, signature);
        assembly ("memory-safe") {
            mstore(0x00, 0)
            let answered := staticcall(WALLET_GAS, wallet, add(question, 0x20), mload(question), 0x00, 0x20)
            agrees := and(and(answered, gt(returndatasize(), 0x1f)), eq(mload(0x00), MAGIC))
        }
    }
}
