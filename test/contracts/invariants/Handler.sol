// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ITributary} from "../../../contracts/interfaces/ITributary.sol";
import {Authorizing} from "./Authorizing.sol";
import {Batches} from "./Batches.sol";
import {Cast} from "./Cast.sol";
import {Disputes} from "./Disputes.sol";
import {LogFold} from "./LogFold.sol";
import {Moods} from "./Moods.sol";
import {Refunds} from "./Refunds.sol";

/// @title Everything that may be done, by everybody, well meant or not
abstract contract HandlerOfAll is Authorizing, Batches, Disputes, Refunds, Moods, LogFold {
    constructor(ITributary escrow_) Cast(escrow_) {}

    /// @notice What a run draws from; deeds on which many others depend are there twice.
    function deeds() external pure returns (bytes4[] memory list) {
        bytes4[50] memory all = [
            this.authorize.selector,
            this.authorize.selector,
            this.authorizeBy3009.selector,
            this.authorizeBySignature.selector,
            this.authorizeByPermit.selector,
            this.authorizeWithCredit.selector,
            this.charge.selector,
            this.chargeWithCredit.selector,
            this.basket.selector,
            this.cancel.selector,
            this.capture.selector,
            this.capture.selector,
            this.capture.selector,
            this.captureMany.selector,
            this.release.selector,
            this.releaseSigned.selector,
            this.releaseMany.selector,
            this.void_.selector,
            this.reclaim.selector,
            this.reclaimSigned.selector,
            this.refund.selector,
            this.refundSigned.selector,
            this.dispute.selector,
            this.dispute.selector,
            this.dispute.selector,
            this.disputeSigned.selector,
            this.concede.selector,
            this.concedeSigned.selector,
            this.rule.selector,
            this.rule.selector,
            this.endDispute.selector,
            this.endDispute.selector,
            this.refundReleased.selector,
            this.refundReleasedSigned.selector,
            this.deposit.selector,
            this.depositBy3009.selector,
            this.distribute.selector,
            this.distributeByMandate.selector,
            this.distributeSigned.selector,
            this.setMandate.selector,
            this.withdraw.selector,
            this.withdrawSigned.selector,
            this.withdrawMany.selector,
            this.acceptAgreement.selector,
            this.acceptAgreementSigned.selector,
            this.wait.selector,
            this.wait.selector,
            this.wait.selector,
            this.wait.selector,
            this.moodOfTheWallet.selector
        ];
        bytes4[5] memory rare = [
            this.revokeAgreement.selector,
            this.useNonce.selector,
            this.moodOfTheToken.selector,
            this.sendUninvited.selector,
            this.shrink.selector
        ];
        list = new bytes4[](all.length + rare.length);
        for (uint256 i = 0; i < all.length; ++i) list[i] = all[i];
        for (uint256 i = 0; i < rare.length; ++i) list[all.length + i] = rare[i];
    }
}
