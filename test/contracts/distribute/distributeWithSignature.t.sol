// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueDesk, Sale} from "../../../contracts/interfaces/IRevenueDesk.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {SaleTest} from "../support/SaleTest.sol";
import {SignedDeed} from "../support/SignedDeed.sol";
import {vm} from "../support/Vm.sol";

contract DistributeWithSignatureTest is SaleTest, SignedDeed {
    uint256 private constant DEADLINE = START + 1 days;

    function setUp() public override(SaleTest, EscrowTest) {
        SaleTest.setUp();
    }

    function numbered(address account, uint256 number) private view returns (Sale memory sold) {
        sold = saleOf(account);
        sold.ref = bytes32(number);
    }

    function prepare(address account, uint256) internal override {
        give(account, address(usd), GROSS);
    }
    function digestOf(address account, uint256 number) internal view override returns (bytes32) {
        return distributeDigest(numbered(account, number), DEADLINE);
    }
    function deed(
        address account,
        uint256 number,
        bytes memory signature
    ) internal view override returns (bytes memory) {
        return callDistributeSigned(numbered(account, number), DEADLINE, signature);
    }
    function isDone(address account, uint256 number) internal view override returns (bool) {
        return escrow.isDistributed(account, bytes32(number));
    }
    function doneBefore() internal pure override returns (bytes4) {
        return IRevenueDesk.RefUsed.selector;
    }

    function test_relayedByAStranger_debitsTheAccount() external {
        bytes memory signature = signed(MERCHANT_KEY, distributeDigest(sale(), DEADLINE));
        give(merchant, address(usd), 180_000);
        give(stranger, address(usd), 180_000);
        vm.recordLogs();
        vm.expectEmit(address(escrow));
        emit IRevenueDesk.Distributed(merchant, sale().ref, sale(), 180_000);
        vm.prank(stranger);
        assertEq(escrow.distributeWithSignature(sale(), DEADLINE, signature), 180_000, "answer");
        assertEq(said(), 1, "events");
        assertEq(credit(merchant), 0, "merchant");
        assertEq(credit(stranger), 180_000, "not the relayer");
        assertEq(credit(channel), 80_000, "channel");
    }

    function test_deadlineIsItsLastSecond() external {
        give(merchant, address(usd), 180_000);
        bytes memory call_ = callDistributeSigned(
            sale(),
            DEADLINE,
            signed(MERCHANT_KEY, distributeDigest(sale(), DEADLINE))
        );
        vm.warp(DEADLINE + 1);
        refused(stranger, call_, ISettlementEscrow.DeadlinePassed.selector);
        vm.warp(DEADLINE);
        allowed(stranger, call_);
    }

    /// Once by a call, never again by the signature made before, and the other way round.
    function test_distribute_refOnce_byWhicheverWay() external {
        give(merchant, address(usd), GROSS);
        bytes memory call_ = callDistributeSigned(
            sale(),
            DEADLINE,
            signed(MERCHANT_KEY, distributeDigest(sale(), DEADLINE))
        );
        distribute(merchant, sale());
        refused(stranger, call_, IRevenueDesk.RefUsed.selector);
        assertEq(credit(merchant), GROSS - 180_000, "once");
    }

    function test_everyFieldIsSigned() external {
        address account = vm.addr(SIGNER_KEY);
        prepare(account, 1);
        prepare(merchant, 1);
        bytes memory signature = signed(SIGNER_KEY, digestOf(account, 1));
        for (uint256 i = 0; i < 6; ++i) {
            Sale memory sold = numbered(account, 1);
            if (i == 0) sold.account = merchant;
            if (i == 1) sold.gross -= 1;
            if (i == 2) sold.ref = bytes32(uint256(2));
            if (i == 3) (sold.legs[1], sold.legs[2]) = (sold.legs[2], sold.legs[1]);
            if (i == 4) (sold.legs[0], sold.legs[1]) = (leg(merchant, 819_999, 1), leg(channel, 80_001, 2));
            if (i == 5) sold.agreement = inForce(agreementOfVersion(2));
            bytes memory bent = callDistributeSigned(sold, DEADLINE, signature);
            refused(stranger, bent, ISettlementEscrow.SignatureRefused.selector);
        }
        refused(
            stranger,
            callDistributeSigned(numbered(account, 1), DEADLINE + 1, signature),
            ISettlementEscrow.SignatureRefused.selector
        );
        allowed(stranger, callDistributeSigned(numbered(account, 1), DEADLINE, signature));
    }

    /// A mandate limits its spender, not the account's own word; and what the account spends is not the spender's.
    function test_noMandateIsNeededOrUsed() external {
        give(courier, address(usd), 2 * GROSS);
        mandate(courier, stranger, 10, 10, 1 days);
        distribute(courier, saleOf(courier));
        assertEq(left(courier, stranger, address(usd)), 10, "not spent");
        refused(
            stranger,
            callDistributeSigned(saleOf(courier), DEADLINE, ""),
            ISettlementEscrow.SignatureRefused.selector
        );
    }

    function test_creditTooSmall_keepsTheSignature() external {
        bytes memory call_ = callDistributeSigned(
            sale(),
            DEADLINE,
            signed(MERCHANT_KEY, distributeDigest(sale(), DEADLINE))
        );
        refused(stranger, call_, IRevenueLedger.CreditTooSmall.selector);
        give(merchant, address(usd), 180_000);
        allowed(stranger, call_);
    }
}
