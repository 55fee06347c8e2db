// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Deployer} from "../support/Deployer.sol";
import {EscrowTest} from "../support/EscrowTest.sol";

/// TermsHash hashes terms in memory from 0x80 on, which must be free when a call begins: a compiler that keeps variables
/// in memory would begin with another free memory pointer.
contract MemoryTest is EscrowTest {
    /// @dev PUSH1 0x80, PUSH1 0x40, MSTORE.
    bytes5 private constant FREE_FROM_0X80 = 0x6080604052;

    function test_freeMemoryBeginsWhereTermsAreHashed() external {
        assertTrue(bytes5(address(escrow).code) == FREE_FROM_0X80, "the escrow");
        address desk = Deployer.deploy("OrderDesk.sol:OrderDesk", abi.encode(stranger));
        assertTrue(bytes5(desk.code) == FREE_FROM_0X80, "the desk that hashes terms, too");
    }
}
