// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title An arbiter that is a contract: it rules what it is told, and once more when the money it awarded calls it
/// @notice For tests only: anyone may make it rule.
contract IllArbiter {
    error NeverRuled();
    error RuledOut();

    address private _escrow;
    bytes private _ruling;

    /// @notice Sends `ruling` to `escrow` and remembers it.
    function decide(address escrow, bytes calldata ruling) external {
        (_escrow, _ruling) = (escrow, ruling);
        again();
    }

    /// @notice Sends its last ruling once more.
    function again() public {
        if (_escrow == address(0)) revert NeverRuled();
        (bool did, ) = _escrow.call(_ruling);
        if (!did) revert RuledOut();
    }
}
