// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EscrowDomain} from "./EscrowDomain.sol";

/// @title The domain with its hash kept in code, for who needs it in every call
abstract contract KeptDomain is EscrowDomain {
    uint256 private immutable _bornOn = block.chainid;
    bytes32 private immutable _bornWith = _buildSeparator();

    /// @notice The domain as ERC-5267 wants it told: fields 0x0f are name, version, chain id and contract.
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
        )
    {
        return (0x0f, NAME, VERSION, block.chainid, address(this), bytes32(0), new uint256[](0));
    }

    function _kept() internal view virtual override returns (uint256 chain, bytes32 separator) {
        return (_bornOn, _bornWith);
    }
}
