// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Code that is only run at the escrow's address
abstract contract RunAtEscrow {
    address private immutable _here = address(this);

    /// @notice A desk was called at its own address; call the escrow.
    error CallTheEscrow();

    /// @dev Money that somebody sent to a desk itself would be lost there.
    modifier atEscrow() {
        if (address(this) == _here) revert CallTheEscrow();
        _;
    }
}
