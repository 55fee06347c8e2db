// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A wallet contract that answers for signatures as its mood is, whatever they are
/// @dev It may lie at an address of its own, or be what an account with a key points to by EIP-7702.
contract SigningWallet {
    enum Mood {
        Agrees,
        AgreesAtLength,
        Refuses,
        AnotherWord,
        SaysTrue,
        DirtyWord,
        ShortWord,
        SaysNothing,
        Reverts,
        RevertsAgreeing,
        Bombs,
        BurnsGas
    }

    uint256 internal constant MAGIC = 0x1626ba7e << 224;

    Mood public mood;
    bytes32 private _only;

    function set(Mood mood_) external {
        mood = mood_;
    }
    /// @dev From now on about nothing but this digest; of all else it says no.
    function agreeOnlyTo(bytes32 digest) external {
        _only = digest;
    }

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        Mood now_ = mood;
        if (_only != 0 && digest != _only) return 0xffffffff;
        if (now_ == Mood.Refuses) return 0xffffffff;
        if (now_ == Mood.AnotherWord) return 0x20c13b0b; // of the draft of ERC-1271
        if (now_ == Mood.SaysTrue) _answer(1, 0x20);
        if (now_ == Mood.DirtyWord) _answer(MAGIC | 1, 0x20);
        if (now_ == Mood.ShortWord) _answer(MAGIC, 0x04);
        if (now_ == Mood.SaysNothing) _answer(0, 0);
        if (now_ == Mood.AgreesAtLength) _answer(MAGIC, 0x400);
        if (now_ == Mood.BurnsGas) while (true) {}
        if (now_ == Mood.Reverts) revert("no");
        if (now_ == Mood.Bombs) _fail(0, 1_000_000);
        if (now_ == Mood.RevertsAgreeing) _fail(MAGIC, 0x20);
        return bytes4(bytes32(MAGIC));
    }

    receive() external payable {}

    function _answer(uint256 word, uint256 length) private pure {
        assembly ("memory-safe") {
            let m := mload(0x40)
            mstore(m, word)
            return(m, length)
        }
    }

    function _fail(uint256 word, uint256 length) private pure {
        assembly ("memory-safe") {
            let m := mload(0x40)
            mstore(m, word)
            revert(m, length)
        }
    }
}
