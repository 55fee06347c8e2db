// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISettlementEscrow, OrderView, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {PackedTerms} from "./PackedTerms.sol";
import {PayingRoute} from "./PayingRoute.sol";
import {SignedDeed} from "./SignedDeed.sol";

/// @title A way to pay on a signature that the escrow itself looks at
abstract contract SignedRoute is PayingRoute, SignedDeed {
    using PackedTerms for Terms;

    /// @dev The call on any signature.
    function callOn(Terms memory terms, bytes memory signature) internal view virtual returns (bytes memory);
    /// @dev What the payer of these terms signs for this way to pay.
    function consentTo(Terms memory terms) internal view virtual returns (bytes32);

    function paying(Terms memory terms) internal view virtual override returns (bytes memory) {
        return callOn(terms, signed(PAYER_KEY, consentTo(terms)));
    }

    function termsOf(address account, uint256 number) internal view returns (Terms memory terms) {
        terms = order();
        terms.payer = account;
        terms.setSalt(1000 + number);
    }

    function prepare(address account, uint256 number) internal override {
        fund(termsOf(account, number));
    }
    function digestOf(address account, uint256 number) internal view override returns (bytes32) {
        return consentTo(termsOf(account, number));
    }
    function deed(
        address account,
        uint256 number,
        bytes memory signature
    ) internal view override returns (bytes memory) {
        return callOn(termsOf(account, number), signature);
    }
    function isDone(address account, uint256 number) internal view override returns (bool) {
        OrderView memory seen = escrow.orderOf(termsOf(account, number));
        return seen.held + seen.captured == AMOUNT;
    }
    function doneBefore() internal pure override returns (bytes4) {
        return ISettlementEscrow.AlreadyAuthorized.selector;
    }
    function relayer() internal view override returns (address) {
        return caller();
    }
}
