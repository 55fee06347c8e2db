// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Who hands calls that it does not know on to the next desk
/// @notice The escrow has room for 24,576 bytes of code, so what is done rarely lies in contracts of its own, the desks.
///         The escrow runs their code on its own storage, at its own address; to its callers it is one contract.
/// @dev Each desk knows the next one for ever, so the whole is as unchangeable as one contract. A desk stores nothing but
///      what the escrow's bases store, each at a place named by a hash or by an order's id.
abstract contract Desk {
    address private immutable _next;

    /// @notice ETH comes in by a call that says whose it is: authorize, or deposit.
    error PlainEtherRefused();

    /// @param next the desk that is asked what this contract does not answer
    constructor(address next) {
        _next = next;
    }

    /// @dev Nobody could say whose it is.
    receive() external payable {
        revert PlainEtherRefused();
    }

    /// @dev Payable for the deeds of desks that are; all others refuse ETH, and so does the last desk.
    fallback() external payable virtual {
        _handOn();
    }

    /// @dev Runs the next desk's code here and ends with what it answers.
    function _handOn() internal {
        address next = _next;
        assembly ("memory-safe") {
            let m := mload(0x40)
            calldatacopy(m, 0, calldatasize())
            let done := delegatecall(gas(), next, m, calldatasize(), 0, 0)
            returndatacopy(m, 0, returndatasize())
            if done {
                return(m, returndatasize())
            }
            revert(m, returndatasize())
        }
    }
}
