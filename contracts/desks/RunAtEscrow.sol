// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Desk} from "./Desk.sol";

/// @title A desk behind the escrow, whose code is only run at the escrow's address
/// @dev Money that somebody sent to a desk itself would lie there and not in the escrow.
abstract contract RunAtEscrow is Desk {
    address private immutable _here = address(this);

    /// @notice A desk was called at its own address; call the escrow.
    error CallTheEscrow();

    modifier atEscrow() {
        if (address(this) == _here) revert CallTheEscrow();
        _;
    }

    /// @param next the desk that is asked what this one does not answer
    constructor(address next) Desk(next) {}

    /// @dev Called itself it hands nothing on: the next desk would take this address for the escrow's.
    fallback() external payable override atEscrow {
        _handOn();
    }
}
