// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EscrowDomain} from "./EscrowDomain.sol";
import {KeptDomain} from "./KeptDomain.sol";
import {OrderAuthorization} from "./OrderAuthorization.sol";
import {OrderCapture} from "./OrderCapture.sol";
import {OrderReturn} from "./OrderReturn.sol";
import {RevenueLedger} from "./RevenueLedger.sol";
import {Desk} from "./desks/Desk.sol";

/// @title Settlement escrow
/// @notice Takes the payment of an order, keeps it until the terms say whose it is, and credits or returns it.
/// @dev No owner, no upgrade, no sweep, no pause, no `receive`. An order is known by the hash of its terms, so callers
///      bring the terms along and only quantities are stored. What is done for every order is here, in the order of a
///      payment's life; everything else this address answers lies at its desks (ITributary has all of it).
contract SettlementEscrow is Desk, KeptDomain, OrderAuthorization, OrderCapture, OrderReturn, RevenueLedger {
    /// @param orderDesk the first of the desks, the OrderDesk
    constructor(address orderDesk) Desk(orderDesk) {}

    /// @dev The domain's hash is asked in every call.
    function _kept() internal view override(EscrowDomain, KeptDomain) returns (uint256, bytes32) {
        return KeptDomain._kept();
    }
}
