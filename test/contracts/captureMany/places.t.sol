// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CaptureRequest, ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {PackedTerms} from "../support/PackedTerms.sol";

/// A batch that pays more accounts than its sums have places, whatever their addresses end in.
contract CaptureManyPlacesTest is EscrowTest {
    using PackedTerms for Terms;

    uint256 private constant ORDERS = 8;
    uint256 private constant LEGS = 10;

    function earner(uint256 order_, uint256 at) private pure returns (address) {
        return address(uint160(0x100000 + order_ * LEGS + at));
    }

    function test_everyEndingOfAnAddress() external {
        CaptureRequest[] memory requests = new CaptureRequest[](ORDERS);
        for (uint256 i = 0; i < ORDERS; ++i) {
            Terms memory terms = instantOrder();
            terms.setSalt(i + 1);
            terms.setAmount(1_000_000);
            terms.legs = new uint256[](LEGS);
            terms.legs[0] = leg(earner(i, 0), 1_000_000 - 9 * 1_000, 1);
            for (uint256 at = 1; at < LEGS; ++at) terms.legs[at] = leg(earner(i, at), 1_000, 2);
            authorize(terms);
            requests[i] = CaptureRequest(terms, 1_000_000, 1_000_000);
        }
        allowed(operator, abi.encodeCall(ISettlementEscrow.captureMany, (requests)));
        for (uint256 i = 0; i < ORDERS; ++i) {
            assertEq(escrow.creditOf(earner(i, 0), address(usd)), 991_000, "merchant");
            for (uint256 at = 1; at < LEGS; ++at) {
                assertEq(escrow.creditOf(earner(i, at), address(usd)), 1_000, "leg");
            }
        }
    }
}
