// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SplitLib} from "../../../contracts/libraries/SplitLib.sol";

/// @title The split rule by itself
contract SplitHarness {
    function between(
        uint256[] calldata legs,
        uint256 before,
        uint256 afterwards
    ) external pure returns (uint256[] memory) {
        return SplitLib.between(legs, before, afterwards);
    }
}
