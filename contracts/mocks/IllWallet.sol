// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A contract account that takes ETH and signs well or badly, as it is told
/// @notice For tests only: anyone may switch it.
contract IllWallet {
    /// @dev What it does with ETH. It takes it in the first two.
    enum Mode {
        Takes,
        Reenters,
        Refuses,
        Bombs,
        BurnsGas
    }
    /// @dev What it says when it is asked whether it signed (ERC-1271). It agrees in the first.
    enum Voice {
        Signs,
        Denies,
        Reverts,
        Bombs,
        BurnsGas
    }

    error No();

    Mode public mode;
    Voice public voice;
    bytes32 public agreesTo;
    /// @notice How often it was given ETH, taken or not: counts only what it took.
    uint256 public received;
    /// @notice How often a call out of the middle of a payment came through.
    uint256 public reentries;
    address private _target;
    bytes private _call;

    /// @notice Behaves like this from now on.
    function set(Mode mode_, Voice voice_) external {
        (mode, voice) = (mode_, voice_);
    }

    /// @notice Signs `digest`, and nothing it signed before.
    function agree(bytes32 digest) external {
        agreesTo = digest;
    }

    /// @notice In the mode `Reenters`, what is called whenever ETH comes in.
    function hook(address target, bytes calldata call_) external {
        (_target, _call) = (target, call_);
    }

    /// @notice ERC-1271, or what it makes of it.
    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        if (voice == Voice.Denies) return 0xffffffff;
        if (voice == Voice.Reverts) revert No();
        if (voice == Voice.Bombs) {
            assembly {
                mstore(0, shl(224, 0x1626ba7e))
                revert(0, 200000)
            }
        }
        if (voice == Voice.BurnsGas) {
            assembly {
                invalid()
            }
        }
        return digest == agreesTo ? bytes4(0x1626ba7e) : bytes4(0xffffffff);
    }

    // solhint-disable-next-line no-complex-fallback
    receive() external payable {
        if (mode == Mode.Refuses) revert No();
        if (mode == Mode.BurnsGas) {
            assembly {
                invalid()
            }
        }
        if (mode == Mode.Bombs) {
            assembly {
                revert(0, 200000)
            }
        }
        ++received;
        if (mode == Mode.Reenters && _target != address(0)) {
            (bool came, ) = _target.call(_call);
            if (came) ++reentries;
        }
    }
}
