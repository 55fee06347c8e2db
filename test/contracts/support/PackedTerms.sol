// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";

/// @title The word of terms that holds their amount and their salt
library PackedTerms {
    uint256 private constant AMOUNT_BITS = 104;

    function amount(Terms memory terms) internal pure returns (uint256) {
        return uint104(terms.amountAndSalt);
    }

    function setAmount(Terms memory terms, uint256 value) internal pure {
        terms.amountAndSalt = pack(value, terms.amountAndSalt >> AMOUNT_BITS);
    }

    function setSalt(Terms memory terms, uint256 value) internal pure {
        terms.amountAndSalt = pack(amount(terms), value);
    }

    function pack(uint256 amount_, uint256 salt) internal pure returns (uint256) {
        return (salt << AMOUNT_BITS) | amount_;
    }
}
