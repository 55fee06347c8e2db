// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Sale} from "../interfaces/IRevenueDesk.sol";
import {SplitLib} from "./SplitLib.sol";
import {TermsHash} from "./TermsHash.sol";

/// @title What is signed of a sale
library SaleLib {
    bytes32 private constant SALE_TYPEHASH = keccak256(
        "Sale(address account,address operator,address token,uint256 gross,bytes32 agreement,bytes32 ref,Leg[] legs)"
        "Leg(address account,uint88 share,uint8 kind)"
    );

    /// @notice EIP-712 struct hash of the typed form.
    function structHash(Sale calldata sale) internal pure returns (bytes32) {
        bytes32[] memory legs = new bytes32[](sale.legs.length);
        for (uint256 i = 0; i < legs.length; ++i) {
            uint256 leg = sale.legs[i];
            legs[i] = keccak256(
                abi.encode(TermsHash.LEG_TYPEHASH, SplitLib.account(leg), SplitLib.share(leg), uint8(leg))
            );
        }
        return
            keccak256(
                abi.encode(
                    SALE_TYPEHASH,
                    sale.account,
                    sale.operator,
                    sale.token,
                    sale.gross,
                    sale.agreement,
                    sale.ref,
                    keccak256(abi.encodePacked(legs))
                )
            );
    }
}
