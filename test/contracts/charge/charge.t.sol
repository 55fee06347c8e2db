// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {HostileToken} from "../support/HostileToken.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {SignedRoute} from "../support/SignedRoute.sol";
import {Vm, vm} from "../support/Vm.sol";

contract ChargeTest is SignedRoute {
    using PackedTerms for Terms;

    function fund(Terms memory terms) internal override {
        usd.mint(terms.payer, terms.amount());
        vm.prank(terms.payer);
        usd.approve(address(escrow), type(uint256).max);
    }
    function callOn(Terms memory terms, bytes memory signature) internal pure override returns (bytes memory) {
        return abi.encodeCall(ISettlementEscrow.charge, (terms, signature));
    }
    function consentTo(Terms memory terms) internal view override returns (bytes32) {
        return escrow.idOf(terms);
    }
    function routeOf(Terms memory) internal pure override returns (uint8) {
        return 1;
    }
    function caller() internal view override returns (address) {
        return operator;
    }
    function captures() internal pure override returns (bool) {
        return true;
    }

    function test_byTheOperatorOnly() external {
        Terms memory terms = withFlags(order(), MERCHANT_MAY_CAPTURE);
        bytes memory call_ = paying(terms);
        address[5] memory others = [payer, merchant, channel, stranger, address(this)];
        for (uint256 i = 0; i < others.length; ++i) {
            refused(others[i], call_, ISettlementEscrow.NotOperator.selector);
        }
        allowed(operator, call_);
    }

    function test_needsAToken() external {
        refused(operator, paying(ethOrder()), ISettlementEscrow.AuthorizationNeedsToken.selector);
    }

    function test_withoutDelay_legsAreCreditedByTheSplit() external {
        allowed(operator, paying(instantOrder()));
        assertEq(credit(merchant), 82_000_003, "merchant");
        assertEq(credit(channel), 8_000_000, "channel");
        assertEq(credit(agent), 5_000_000, "agent");
        assertEq(credit(carrier), 3_000_000, "carrier");
        assertEq(credit(platform), 2_000_000, "platform");
        assertEq(usd.balanceOf(address(escrow)), AMOUNT, "the money is there");
    }

    function test_withADelay_itMayStillBeRefunded() external {
        Terms memory terms = order();
        allowed(operator, paying(terms));
        refused(stranger, callRelease(terms), ISettlementEscrow.ReleaseNotOpen.selector);
        refund(terms, 10);
        vm.warp(START + DELAY);
        allowed(stranger, callRelease(terms));
        assertOrder(terms, 0, 0, 10, AMOUNT - 10);
    }

    function test_allowanceTooSmallReverts() external {
        bytes memory call_ = paying(order());
        vm.prank(payer);
        usd.approve(address(escrow), AMOUNT - 1);
        refused(operator, call_, IRevenueLedger.TransferFailed.selector);
        assertFalse(escrow.orderOf(order()).used, "not made");
    }

    function test_token_hostileOnesAreRefused() external {
        HostileToken token = new HostileToken();
        token.mint(payer, AMOUNT);
        Terms memory terms = instantOrder();
        terms.token = address(token);
        token.set(HostileToken.Mode.KeepsFee);
        invalid(terms, ISettlementEscrow.ReceivedWrongAmount.selector);
        token.set(HostileToken.Mode.SaysFalse);
        invalid(terms, IRevenueLedger.TransferFailed.selector);
        assertEq(legCredits(terms), 0, "no leg has anything");
    }

    // Charged, or authorized and captured: the same

    /// @dev What the escrow says, of any order: topics without the id, and data.
    function _said() private returns (bytes memory all) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != address(escrow)) continue;
            all = abi.encode(all, logs[i].topics.length, logs[i].topics[0], logs[i].data);
        }
    }

    function _credits(Terms memory terms) private view returns (uint256[] memory credits) {
        credits = new uint256[](terms.legs.length);
        for (uint256 i = 0; i < credits.length; ++i) {
            credits[i] = escrow.creditOf(address(uint160(terms.legs[i] >> 96)), terms.token);
        }
    }

    /// Told on two paths from one state: the order, the credits, the balances and every event are the same.
    function testFuzz_charge_equalsAuthorizeAndCapture(uint256 amount, uint24 delay, bool fixedLegs) external {
        amount = 1_000 + (amount % (type(uint104).max - 1_000));
        Terms memory terms = order();
        terms.setAmount(amount);
        terms.schedule = schedule(START + 1 days, START + 14 days, delay % 90 days, 0);
        if (fixedLegs) {
            terms.legs[1] = leg(carrier, 1 + (amount % 900), 0x84);
            terms.legs[0] = leg(merchant, 900_000, 1);
            terms.legs[3] = leg(carrier, 30_000, 4);
        }
        fund(terms);
        bytes memory consent = signed(PAYER_KEY, escrow.idOf(terms));
        uint256 start = vm.snapshotState();

        vm.recordLogs();
        allowed(operator, callOn(terms, consent));
        bytes memory charged = abi.encode(
            _said(),
            escrow.orderOf(terms),
            _credits(terms),
            usd.balanceOf(payer),
            usd.balanceOf(address(escrow))
        );
        vm.revertToState(start);
        vm.recordLogs();
        allowed(operator, abi.encodeCall(ISettlementEscrow.authorizeWithSignature, (terms, consent)));
        allowed(operator, callCapture(terms, amount, amount));
        bytes memory captured_ = abi.encode(
            _said(),
            escrow.orderOf(terms),
            _credits(terms),
            usd.balanceOf(payer),
            usd.balanceOf(address(escrow))
        );
        assertTrue(keccak256(charged) == keccak256(captured_), "not the same");
        bool instant = delay % 90 days == 0;
        assertOrder(terms, 0, instant ? 0 : amount, 0, instant ? amount : 0);
    }
}
