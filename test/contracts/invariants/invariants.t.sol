// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ITributary} from "../../../contracts/interfaces/ITributary.sol";
import {Assertions} from "../support/Assertions.sol";
import {Deployer} from "../support/Deployer.sol";
import {vm} from "../support/Vm.sol";
import {Cast} from "./Cast.sol";
import {HandlerOfAll} from "./Handler.sol";

/// @dev Stands here because the runner knows the contracts of test files only.
contract Handler is HandlerOfAll {
    constructor(ITributary escrow_) HandlerOfAll(escrow_) {}
}

/// @title The ten invariants of docs/contracts/invariants.md, whatever anybody does
/// hardhat-config: invariant.runs = 500
/// hardhat-config: invariant.depth = 100
/// hardhat-config: invariant.failOnRevert = true
contract InvariantsTest is Assertions {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    HandlerOfAll private handler;

    function setUp() external {
        vm.warp(1_800_000_000);
        handler = HandlerOfAll(Deployer.deploy("invariants.t.sol:Handler", abi.encode(Deployer.escrow())));
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), handler.deeds());
    }

    /// After every call: 1, 2, 3, 4, 6 and 10.
    function invariant_booksEqualTheContract() external {
        handler.checkCall();
    }

    /// After every run: the logs give the same, then 5, 7, 8 and 9 from the state the run has reached.
    function afterInvariant() external {
        handler.checkBooks();
        handler.checkLogs();
        handler.checkEnds();
    }
}
