// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A contract account that takes or refuses ETH, and signs as it is told
contract PayerWallet {
    enum Mode {
        Takes,
        Refuses,
        Bombs,
        BurnsGas
    }

    Mode public mode;
    bytes32 public agreesTo;
    uint256 public received;
    address private _target;
    bytes private _call;
    bytes public answer;

    function set(Mode mode_) external {
        mode = mode_;
    }
    function agree(bytes32 digest) external {
        agreesTo = digest;
    }
    /// @dev Calls `target` whenever ETH comes in.
    function setHook(address target, bytes calldata call_) external {
        _target = target;
        _call = call_;
        delete answer;
    }

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        return digest == agreesTo ? bytes4(0x1626ba7e) : bytes4(0xffffffff);
    }

    receive() external payable {
        if (mode == Mode.Refuses) revert("no");
        if (mode == Mode.BurnsGas) while (true) {}
        if (mode == Mode.Bombs) {
            assembly {
                revert(0, 1000000)
            }
        }
        ++received;
        if (_target != address(0)) {
            (, bytes memory said) = _target.call(_call);
            answer = said;
        }
    }
}
