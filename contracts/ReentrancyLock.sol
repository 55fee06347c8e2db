// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueLedger} from "./interfaces/IRevenueLedger.sol";

/// @title One lock for every function that moves money
/// @dev It lies in transient storage: a transaction cannot leave it shut, and it costs no storage write.
abstract contract ReentrancyLock {
    uint256 private transient _shut;

    /// @dev For functions that call out.
    modifier nonReentrant() {
        if (_shut != 0) revert IRevenueLedger.Reentered();
        _shut = 1;
        _;
        _shut = 0;
    }

    /// @dev For functions that call nobody, or by staticcall only: they need not shut, but must find the lock open.
    modifier whenOpen() {
        if (_shut != 0) revert IRevenueLedger.Reentered();
        _;
    }
}
