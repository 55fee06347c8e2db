// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ITributary} from "../../../contracts/interfaces/ITributary.sol";
import {vm} from "./Vm.sol";

/// @title Makes contracts from their artifacts, so that no test has to be compiled together with them
library Deployer {
    error NotDeployed(string name);

    /// @notice The escrow with its desks.
    function escrow() internal returns (ITributary) {
        address desk = deploy("AgreementDesk.sol:AgreementDesk", "");
        desk = deploy("RevenueDesk.sol:RevenueDesk", abi.encode(desk));
        desk = deploy("OrderDesk.sol:OrderDesk", abi.encode(desk));
        return ITributary(payable(deploy("SettlementEscrow.sol:SettlementEscrow", abi.encode(desk))));
    }

    /// @notice A contract by the name of its file and its own, with its constructor's arguments encoded.
    function deploy(string memory name, bytes memory arguments) internal returns (address made) {
        bytes memory code = abi.encodePacked(vm.getCode(name), arguments);
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
        }
        if (made == address(0)) revert NotDeployed(name);
    }
}
