// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreementRegistry} from "./IAgreementRegistry.sol";
import {IOrderDesk} from "./IOrderDesk.sol";
import {IRevenueDesk} from "./IRevenueDesk.sol";
import {IRevenueLedger} from "./IRevenueLedger.sol";
import {ISettlementEscrow} from "./ISettlementEscrow.sol";

/// @title All that the escrow answers at its one address, by itself or through its desks
interface ITributary is ISettlementEscrow, IOrderDesk, IRevenueLedger, IRevenueDesk, IAgreementRegistry {
    /// @notice The EIP-712 domain as ERC-5267 wants it told: fields 0x0f are name, version, chain id and contract.
    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        );
}
