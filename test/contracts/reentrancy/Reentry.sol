// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Whoever is called in the middle of a deed, and then tries others
/// @dev As a payer it takes ETH and agrees to every signature; a token calls it by `enter`. What it tries lies in code, and
///      what came of it in one word: a push has little gas, and most of it is for the attempts.
contract Reentry {
    bytes4 private constant REENTERED = bytes4(keccak256("Reentered()"));

    address private immutable _escrow;
    address private _calls;
    uint128 public entered;
    uint128 public letIn;

    constructor(address escrow) {
        _escrow = escrow;
    }

    /// @dev From now on it tries these, whenever it is called; none to be quiet.
    function arm(bytes[] memory calls) external {
        (entered, letIn) = (0, 0);
        _calls = address(0);
        if (calls.length == 0) return;
        bytes memory content = abi.encode(calls);
        bytes memory code = abi.encodePacked(hex"61", uint16(content.length + 1), hex"80600a5f395ff300", content);
        address place;
        assembly ("memory-safe") {
            place := create(0, add(code, 0x20), mload(code))
        }
        require(place != address(0), "too many calls");
        _calls = place;
    }

    /// @dev Counts itself, and every attempt that was answered by anything but `Reentered`.
    function enter() public {
        if (_calls == address(0)) return;
        bytes memory code = _calls.code;
        bytes memory content;
        assembly ("memory-safe") {
            content := add(code, 1) // behind the byte that stops whoever calls the code
            mstore(content, sub(mload(code), 1))
        }
        bytes[] memory calls = abi.decode(content, (bytes[]));
        uint128 through;
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool ok, bytes memory answer) = _escrow.call(calls[i]);
            if (ok || answer.length != 4 || bytes4(answer) != REENTERED) ++through;
        }
        (entered, letIn) = (entered + 1, letIn + through);
    }

    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return this.isValidSignature.selector;
    }

    receive() external payable {
        enter();
    }
}
