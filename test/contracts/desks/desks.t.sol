// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Agreement, IAgreementRegistry} from "../../../contracts/interfaces/IAgreementRegistry.sol";
import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {IRevenueDesk, Mandate, Withdrawal} from "../../../contracts/interfaces/IRevenueDesk.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {ITributary} from "../../../contracts/interfaces/ITributary.sol";
import {Deployer} from "../support/Deployer.sol";
import {DisputeSignatures} from "../support/DisputeSignatures.sol";
import {HostileToken} from "../support/HostileToken.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

contract DesksTest is DisputeSignatures {
    using PackedTerms for Terms;

    error UnknownFunction(bytes4 selector);
    error PlainEtherRefused();
    error CallTheEscrow();

    address[3] private _desks;

    /// @dev The same escrow, of which the desks are known.
    function setUp() public override {
        super.setUp();
        _desks[2] = Deployer.deploy("AgreementDesk.sol:AgreementDesk", "");
        _desks[1] = Deployer.deploy("RevenueDesk.sol:RevenueDesk", abi.encode(_desks[2]));
        _desks[0] = Deployer.deploy("OrderDesk.sol:OrderDesk", abi.encode(_desks[1]));
        escrow = ITributary(Deployer.deploy("SettlementEscrow.sol:SettlementEscrow", abi.encode(_desks[0])));
        vm.prank(payer);
        usd.approve(address(escrow), NEVER);
    }

    /// @dev 1,000 released, 1,000 disputed, 1,000 waiting, the rest held.
    function mixed(Terms memory terms) private returns (Terms memory) {
        authorize(terms);
        capture(terms, 1000);
        release(terms);
        capture(terms, 2000);
        dispute(terms, 1000);
        return terms;
    }

    function test_unknownFunctionIsRefusedByName() external {
        bytes4[4] memory unknown = [bytes4(0xdeadbeef), 0x00000000, 0xffffffff, 0xf2fde38b]; // the last: transferOwnership
        for (uint256 i = 0; i < 4; ++i) {
            bytes memory expected = abi.encodeWithSelector(UnknownFunction.selector, unknown[i]);
            refusedAs(stranger, abi.encodePacked(unknown[i]), expected);
            refusedAs(stranger, abi.encodePacked(unknown[i], new bytes(1000)), expected);
        }
        refusedAs(stranger, hex"aabbcc", abi.encodeWithSelector(UnknownFunction.selector, bytes4(0xaabbcc00)));
    }

    function test_plainEthIsRefused() external {
        vm.deal(stranger, 10);
        refusedAs(stranger, 1, "", abi.encodeWithSelector(PlainEtherRefused.selector));
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(stranger);
            (bool ok, ) = _desks[i].call{value: 1}("");
            assertFalse(ok, "nor does a desk take any");
        }
        vm.prank(stranger);
        (bool taken, ) = address(escrow).call{value: 1}(hex"deadbeef");
        assertFalse(taken, "nor with a selector that nobody knows");
        assertEq(stranger.balance, 10, "all of it is still there");
    }

    function test_ethWithDeedsThatTakeNone() external {
        Terms memory terms = mixed(inEth(disputable()));
        address[6] memory callers = [arbiter, payer, merchant, merchant, stranger, payer];
        bytes[6] memory calls = [
            callRule(terms, 1, 1000, 0),
            callDispute(terms, 10),
            callConcede(terms, 2),
            callRefund(terms, 1, 990),
            abi.encodeCall(IOrderDesk.useNonce, (5)),
            abi.encodeCall(IRevenueDesk.setMandate, (stranger, address(0), Mandate(1, 1, 1, type(uint40).max)))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.deal(callers[i], 1);
            uint256 owned = address(escrow).balance;
            vm.prank(callers[i]);
            (bool ok, ) = address(escrow).call{value: 1}(calls[i]);
            assertFalse(ok, "with ETH it is refused");
            assertEq(address(escrow).balance, owned, "nothing came in");
            allowed(callers[i], calls[i]);
        }
    }

    /// A desk itself has no orders and no credits, and takes no money that could get lost there.
    function test_deskCalledItself_hasNothingAndTakesNothing() external {
        Terms memory terms = mixed(disputable());
        Terms memory eth = inEth(disputable());
        vm.deal(merchant, 10);
        vm.deal(payer, 10);
        bytes4 unknown = ISettlementEscrow.UnknownOrder.selector;
        deskRefuses(_desks[0], payer, 0, callDispute(terms, 1), unknown);
        deskRefuses(_desks[0], merchant, 0, callConcede(terms, 1), unknown);
        deskRefuses(_desks[0], arbiter, 0, callRule(terms, 1, 1000, 0), unknown);
        deskRefuses(_desks[0], stranger, 0, callEnd(terms), unknown);
        deskRefuses(_desks[0], merchant, 0, callGiveBack(terms, 1, 0), unknown);
        deskRefuses(_desks[0], merchant, 10, callGiveBack(eth, 10, 0), unknown);
        // Cancelled at the desk itself the terms are known there, yet nothing of them was released.
        vm.prank(payer);
        ITributary(payable(_desks[0])).cancelTerms(eth);
        bytes4 above = ISettlementEscrow.AmountAboveAvailable.selector;
        deskRefuses(_desks[0], merchant, 10, callGiveBack(eth, 10, 0), above);

        bytes memory deposit = abi.encodeCall(IRevenueDesk.deposit, (payer, address(0), 10));
        deskRefuses(_desks[1], payer, 10, deposit, CallTheEscrow.selector);
        deskRefuses(_desks[0], payer, 10, deposit, CallTheEscrow.selector); // and is no escrow to the next
        deposit = abi.encodeCall(IRevenueDesk.deposit, (payer, address(usd), 10));
        deskRefuses(_desks[1], payer, 0, deposit, CallTheEscrow.selector);
        bytes memory byNote = abi.encodeCall(
            IRevenueDesk.depositWithAuthorization,
            (payer, payer, address(usd), 10, NEVER, 1, "")
        );
        deskRefuses(_desks[1], payer, 0, byNote, CallTheEscrow.selector);
        Withdrawal[] memory withdrawals = new Withdrawal[](1);
        withdrawals[0] = Withdrawal(address(usd), 1, merchant);
        bytes memory withdrawal = abi.encodeCall(IRevenueDesk.withdrawMany, (withdrawals));
        deskRefuses(_desks[1], merchant, 0, withdrawal, IRevenueLedger.CreditTooSmall.selector);
        for (uint256 i = 0; i < 3; ++i) assertEq(_desks[i].balance, 0, "no ETH got into a desk");
        assertQuantities(terms, AMOUNT - 3000, 1000, 1000, 0, 1000);
    }

    function deskRefuses(address desk, address caller, uint256 value, bytes memory data, bytes4 error_) private {
        vm.prank(caller);
        (bool ok, bytes memory answer) = desk.call{value: value}(data);
        assertFalse(ok, "the desk should have refused");
        assertTrue(bytes4(answer) == error_, "by its name");
    }

    /// The desks' deeds count in the domain of the escrow that runs them, not in their own.
    function test_signaturesAreForTheEscrowThatRunsTheDesk() external {
        Terms memory terms = disputable();
        bytes32 here = escrow.idOf(terms);
        assertTrue(ITributary(payable(_desks[0])).idOf(terms) != here, "a desk's own ids are others");
        // A second escrow with the very same desks.
        address second = Deployer.deploy("SettlementEscrow.sol:SettlementEscrow", abi.encode(_desks[0]));
        assertTrue(ITributary(payable(second)).idOf(terms) != here, "and a second escrow's too");
        disputed(terms, 10);
        bytes memory signature = signedHash(PAYER_KEY, concedeHash(terms, 1, NEVER));
        bytes memory call_ = callConcedeSigned(terms, payer, 1, NEVER, signature);
        vm.prank(stranger);
        (bool ok, bytes memory answer) = second.call(call_);
        assertFalse(ok, "it knows no such order");
        assertTrue(bytes4(answer) == ISettlementEscrow.UnknownOrder.selector, "by its name");
        allowed(stranger, call_);
    }

    // One lock

    uint256 private constant INNER = 14;

    function inner(uint256 which, Terms memory terms) private pure returns (bytes memory) {
        if (which == 0) return callCapture(terms, 1, 1);
        if (which == 1) return callRelease(terms);
        if (which == 2) return callVoid(terms, 1, 1);
        if (which == 3) return callAuthorize(terms);
        if (which == 4) return callWithdraw(terms.token, 1);
        if (which == 5) return callDispute(terms, 1);
        if (which == 6) return callConcede(terms, 1);
        if (which == 7) return callRule(terms, 1, 1, 1);
        if (which == 8) return callEnd(terms);
        if (which == 9) return callGiveBack(terms, 1, 0);
        if (which == 10) return abi.encodeCall(IRevenueDesk.deposit, (terms.payer, terms.token, 1));
        if (which == 11) return abi.encodeCall(IRevenueDesk.withdrawMany, (new Withdrawal[](0)));
        Agreement memory agreed;
        if (which == 12) return abi.encodeCall(IAgreementRegistry.acceptAgreement, (agreed));
        return callDisputeSigned(terms, 1, 1, NEVER, "");
    }

    /// @dev One deed of the escrow's own and three of the desk's, each of which calls out.
    function outer(uint256 which, Terms memory terms) private {
        if (which == 0) void_(terms, 1);
        if (which == 1) rule(terms, 500_000);
        if (which == 2) concede(merchant, terms);
        if (which == 3) {
            uint256 before = escrow.orderOf(terms).refunded;
            allowed(merchant, callGiveBack(terms, 1, before));
        }
    }

    function test_oneLockOverEscrowAndDesks_inThePayee() external {
        for (uint256 o = 0; o < 4; ++o) {
            for (uint256 i = 0; i < INNER; ++i) {
                (PayerWallet wallet, Terms memory terms) = byWallet(inEth(disputable()));
                mixed(terms);
                wallet.setHook(address(escrow), inner(i, terms));
                outer(o, terms);
                assertEq(wallet.received(), 1, "it was paid");
                assertTrue(bytes4(wallet.answer()) == IRevenueLedger.Reentered.selector, "the inner call was let in");
            }
        }
    }

    function test_oneLockOverEscrowAndDesks_inTheToken() external {
        for (uint256 o = 0; o < 4; ++o) {
            for (uint256 i = 0; i < INNER; ++i) {
                (HostileToken token, Terms memory terms) = inHostile(disputable());
                mixed(terms);
                token.setHook(address(escrow), inner(i, terms));
                outer(o, terms);
                assertTrue(bytes4(token.answer()) == IRevenueLedger.Reentered.selector, "the inner call was let in");
            }
        }
    }

    /// The lock is open again afterwards, whichever contract's code shut it.
    function test_oneTransaction_manyCalls() external {
        Terms memory terms = mixed(disputable());
        rule(terms, 500_000);
        void_(terms, 1);
        dispute(terms, 10);
        concede(merchant, terms);
        allowed(merchant, callGiveBack(terms, 1, 0));
        refund(terms, 1);
        release(terms);
    }
}
