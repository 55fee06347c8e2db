// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Acceptance, Agreement, IAgreementRegistry} from "../../../contracts/interfaces/IAgreementRegistry.sol";
import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {IRevenueDesk, Mandate, Sale, Withdrawal} from "../../../contracts/interfaces/IRevenueDesk.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {CaptureRequest, ISettlementEscrow, Permit, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";

/// @title Every function of the escrow that changes anything, as a call about an order
/// @dev But useNonce: it is open at all times, for it touches nothing but a nonce of its caller.
abstract contract Deeds is EscrowTest {
    uint256 internal constant NEVER = type(uint256).max;
    bytes internal constant ANY = "its own way";

    function only(Terms memory terms) internal pure returns (Terms[] memory orders) {
        orders = new Terms[](1);
        orders[0] = terms;
    }

    function onlyOne(address token, address to) internal pure returns (Withdrawal[] memory list) {
        list = new Withdrawal[](1);
        list[0] = Withdrawal(token, 1, to);
    }

    /// @dev All of them: on the order, on its return, on credits, on sales and mandates, on agreements.
    function everyDeed(Terms memory terms) internal pure returns (bytes[] memory calls) {
        bytes[][5] memory parts = [_payments(terms), _orders(terms), _desk(terms), _credits(terms), _agreements(terms)];
        uint256 count;
        for (uint256 i = 0; i < parts.length; ++i) count += parts[i].length;
        calls = new bytes[](count);
        count = 0;
        for (uint256 i = 0; i < parts.length; ++i) {
            for (uint256 j = 0; j < parts[i].length; ++j) calls[count++] = parts[i][j];
        }
    }

    function _payments(Terms memory terms) private pure returns (bytes[] memory calls) {
        calls = new bytes[](10);
        calls[0] = callAuthorize(terms);
        calls[1] = abi.encodeCall(ISettlementEscrow.authorizeWithAuthorization, (terms, ANY));
        calls[2] = abi.encodeCall(ISettlementEscrow.authorizeWithAllowance, (terms, ANY));
        calls[3] = abi.encodeCall(ISettlementEscrow.authorizeWithPermit, (terms, ANY, Permit(1, NEVER, ANY)));
        calls[4] = abi.encodeCall(ISettlementEscrow.authorizeWithCredit, (terms, ANY));
        calls[5] = abi.encodeCall(ISettlementEscrow.chargeWithAllowance, (terms, ANY));
        calls[6] = abi.encodeCall(ISettlementEscrow.chargeWithAuthorization, (terms, ANY));
        calls[7] = abi.encodeCall(ISettlementEscrow.chargeWithCredit, (terms, ANY));
        calls[8] = abi.encodeCall(ISettlementEscrow.authorizeBasket, (only(terms)));
        calls[9] = abi.encodeCall(ISettlementEscrow.authorizeBasketWithAuthorization, (only(terms), ANY));
    }

    function _orders(Terms memory terms) private pure returns (bytes[] memory calls) {
        calls = new bytes[](11);
        calls[0] = abi.encodeCall(IOrderDesk.cancelTerms, (terms));
        calls[1] = abi.encodeCall(IOrderDesk.cancelTermsWithSignature, (terms, NEVER, ANY));
        calls[2] = callCapture(terms, 1, 1);
        CaptureRequest[] memory requests = new CaptureRequest[](1);
        requests[0] = CaptureRequest(terms, 1, 1);
        calls[3] = abi.encodeCall(ISettlementEscrow.captureMany, (requests));
        calls[4] = callRelease(terms);
        calls[5] = abi.encodeCall(ISettlementEscrow.releaseWithSignature, (terms, 1, 1, NEVER, ANY));
        calls[6] = abi.encodeCall(ISettlementEscrow.releaseMany, (only(terms)));
        calls[7] = callVoid(terms, 1, 1);
        calls[8] = callReclaim(terms);
        calls[9] = abi.encodeCall(IOrderDesk.reclaimWithSignature, (terms, NEVER, ANY));
        calls[10] = callRefund(terms, 1, 1);
    }

    function _desk(Terms memory terms) private pure returns (bytes[] memory calls) {
        calls = new bytes[](9);
        calls[0] = abi.encodeCall(IOrderDesk.dispute, (terms, 1, 0));
        calls[1] = abi.encodeCall(IOrderDesk.disputeWithSignature, (terms, 1, 1, 0, NEVER, ANY));
        calls[2] = abi.encodeCall(IOrderDesk.concede, (terms, 1));
        calls[3] = abi.encodeCall(IOrderDesk.concedeWithSignature, (terms, terms.payer, 1, NEVER, ANY));
        calls[4] = abi.encodeCall(IOrderDesk.rule, (terms, 1, 1, 1));
        calls[5] = abi.encodeCall(IOrderDesk.endDispute, (terms));
        calls[6] = abi.encodeCall(IOrderDesk.refundWithSignature, (terms, 1, 1, 1, NEVER, ANY));
        calls[7] = abi.encodeCall(IOrderDesk.refundReleased, (terms, 1, 0));
        calls[8] = abi.encodeCall(IOrderDesk.refundReleasedWithSignature, (terms, 1, 0, NEVER, ANY));
    }

    function _credits(Terms memory terms) private pure returns (bytes[] memory calls) {
        (address token, address payer_) = (terms.token, terms.payer);
        calls = new bytes[](11);
        calls[0] = callWithdraw(token, 1);
        calls[1] = abi.encodeCall(IRevenueLedger.withdrawTo, (token, address(0xBEEF), 1));
        calls[2] = abi.encodeCall(IRevenueLedger.withdrawWithSignature, (payer_, token, 1, payer_, 1, NEVER, ANY));
        calls[3] = abi.encodeCall(IRevenueDesk.withdrawMany, (onlyOne(token, payer_)));
        calls[4] = abi.encodeCall(
            IRevenueDesk.withdrawManyWithSignature,
            (payer_, onlyOne(token, payer_), 1, NEVER, ANY)
        );
        calls[5] = abi.encodeCall(IRevenueDesk.deposit, (payer_, token, 1));
        calls[6] = abi.encodeCall(IRevenueDesk.depositWithAuthorization, (payer_, payer_, token, 1, NEVER, 1, ANY));
        Sale memory sold = Sale(payer_, terms.operator, token, 1000, bytes32(uint256(1)), 0, terms.legs);
        calls[7] = abi.encodeCall(IRevenueDesk.distribute, (sold));
        calls[8] = abi.encodeCall(IRevenueDesk.distributeWithSignature, (sold, NEVER, ANY));
        Mandate memory mandate = Mandate(1, 1, 1, type(uint40).max);
        calls[9] = abi.encodeCall(IRevenueDesk.setMandate, (payer_, token, mandate));
        calls[10] = abi.encodeCall(
            IRevenueDesk.setMandateWithSignature,
            (payer_, payer_, token, mandate, 1, NEVER, ANY)
        );
    }

    function _agreements(Terms memory terms) private pure returns (bytes[] memory calls) {
        calls = new bytes[](4);
        Agreement memory agreed;
        calls[0] = abi.encodeCall(IAgreementRegistry.acceptAgreement, (agreed));
        calls[1] = abi.encodeCall(IAgreementRegistry.acceptAgreementWithSignatures, (agreed, new Acceptance[](0)));
        calls[2] = abi.encodeCall(IAgreementRegistry.revokeAgreement, (bytes32(0)));
        calls[3] = abi.encodeCall(
            IAgreementRegistry.revokeAgreementWithSignature,
            (bytes32(0), terms.payer, 1, NEVER, ANY)
        );
    }
}
