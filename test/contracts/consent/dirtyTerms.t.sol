// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {ISettlementEscrow, Permit, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {PackedTerms} from "../support/PackedTerms.sol";

/// Whoever meets terms for the first time asks whether their fields have bits above their types.
contract DirtyTermsTest is EscrowTest {
    using PackedTerms for Terms;

    /// @dev Words of the terms behind the payer's, and the bits that their fields have.
    uint256[5] private _words = [uint256(0), 1, 2, 4, 5];
    uint256[5] private _widths = [uint256(160), 160, 160, 160, 176];

    function firstMeetings(Terms memory terms) private pure returns (bytes[11] memory calls) {
        Terms[] memory orders = new Terms[](1);
        orders[0] = terms;
        calls[0] = callAuthorize(terms);
        calls[1] = abi.encodeCall(ISettlementEscrow.authorizeWithAllowance, (terms, ""));
        calls[2] = abi.encodeCall(ISettlementEscrow.authorizeWithPermit, (terms, "", Permit(1, 1, "")));
        calls[3] = abi.encodeCall(ISettlementEscrow.authorizeWithCredit, (terms, ""));
        calls[4] = abi.encodeCall(ISettlementEscrow.authorizeWithAuthorization, (terms, ""));
        calls[5] = abi.encodeCall(ISettlementEscrow.chargeWithAllowance, (terms, ""));
        calls[6] = abi.encodeCall(ISettlementEscrow.chargeWithCredit, (terms, ""));
        calls[7] = abi.encodeCall(ISettlementEscrow.chargeWithAuthorization, (terms, ""));
        calls[8] = abi.encodeCall(ISettlementEscrow.authorizeBasketWithAuthorization, (orders, ""));
        calls[9] = abi.encodeCall(IOrderDesk.cancelTerms, (terms));
        calls[10] = abi.encodeCall(IOrderDesk.cancelTermsWithSignature, (terms, START, ""));
    }

    function test_dirtyHighBitsRevert_whereverTermsAreMetFirst() external {
        bytes[11] memory calls = firstMeetings(order());
        for (uint256 i = 0; i < calls.length; ++i) {
            for (uint256 w = 0; w < _words.length; ++w) {
                bytes memory call_ = abi.encodePacked(calls[i]);
                dirty(call_, placeOf(call_, uint160(payer), 0) + 32 * _words[w], _widths[w]);
                refused(operator, call_, ISettlementEscrow.TermsDirty.selector);
                refused(payer, call_, ISettlementEscrow.TermsDirty.selector);
            }
        }
    }

    function test_dirtyHighBitsRevert_inTheSecondOfABasket() external {
        bytes memory call_ = abi.encodeCall(ISettlementEscrow.authorizeBasket, (ordersOf(2)));
        for (uint256 w = 0; w < _words.length; ++w) {
            bytes memory dirtied = abi.encodePacked(call_);
            dirty(dirtied, placeOf(dirtied, uint160(payer), 1) + 32 * _words[w], _widths[w]);
            refused(payer, dirtied, ISettlementEscrow.TermsDirty.selector);
        }
    }

    /// @dev Where the word comes in the call for the time `before` + 1.
    function placeOf(bytes memory call_, uint256 word, uint256 before) private pure returns (uint256 place) {
        for (place = 4; ; place += 32) {
            uint256 there;
            assembly {
                there := mload(add(add(call_, 0x20), place))
            }
            if (there != word) continue;
            if (before == 0) return place;
            --before;
        }
    }

    function dirty(bytes memory call_, uint256 place, uint256 bit) private pure {
        assembly {
            let word := add(add(call_, 0x20), place)
            mstore(word, or(mload(word), shl(bit, 1)))
        }
    }
}
