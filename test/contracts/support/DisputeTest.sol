// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {ISettlementEscrow, OrderView, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "./EscrowTest.sol";
import {HostileToken} from "./HostileToken.sol";
import {PackedTerms} from "./PackedTerms.sol";
import {PayerWallet} from "./PayerWallet.sol";
import {Vm, vm} from "./Vm.sol";

/// @title Orders that can be disputed, who disputes them, and what the escrow should say of it
abstract contract DisputeTest is EscrowTest {
    using PackedTerms for Terms;

    uint256 internal constant MERCHANT_KEY = 0x3E4C0;
    uint256 internal constant CAPTURE_BY = START + 14 days;
    uint256 internal constant RULING = 10 days;
    uint256 internal constant DEFAULT_PPM = 250_000;
    uint256 internal constant ALL = 1_000_000;
    uint256 internal constant NEVER = type(uint256).max;
    bytes32 internal constant EVIDENCE = bytes32("broken in transit");

    uint8 internal constant BY_PAYER = 1;
    uint8 internal constant BY_MERCHANT = 2;
    uint8 internal constant BY_ARBITER = 3;
    uint8 internal constant BY_TIME = 4;

    address internal arbiter = address(0xA4B1);

    function setUp() public virtual override {
        super.setUp();
        merchant = vm.addr(MERCHANT_KEY);
    }

    // Terms

    /// @dev The usual order with an arbiter, who has ten days; without a ruling a quarter goes back.
    function disputable() internal view returns (Terms memory terms) {
        terms = order();
        terms.arbiter = arbiter;
        terms.schedule = ruled(DELAY, RULING, DEFAULT_PPM, 0);
    }

    function ruled(uint256 delay, uint256 ruling, uint256 ppm, uint256 flags) internal pure returns (uint256) {
        return schedule(START + 1 days, CAPTURE_BY, delay, flags) | (ruling << 32) | (ppm << 8);
    }

    function withDefault(Terms memory terms, uint256 ppm) internal pure returns (Terms memory) {
        terms.schedule = (terms.schedule & ~(uint256(type(uint24).max) << 8)) | (ppm << 8);
        return terms;
    }

    function inEth(Terms memory terms) internal pure returns (Terms memory) {
        terms.token = address(0);
        return terms;
    }

    /// @dev The payer is a contract, which has money and lets the escrow have its tokens.
    function byWallet(Terms memory terms) internal returns (PayerWallet wallet, Terms memory) {
        wallet = new PayerWallet();
        terms.payer = address(wallet);
        vm.deal(address(wallet), terms.amount());
        usd.mint(address(wallet), terms.amount());
        vm.prank(address(wallet));
        usd.approve(address(escrow), type(uint256).max);
        return (wallet, terms);
    }

    /// @dev Paid in a token that will be told to behave badly.
    function inHostile(Terms memory terms) internal returns (HostileToken token, Terms memory) {
        token = new HostileToken();
        token.mint(terms.payer, terms.amount());
        terms.token = address(token);
        return (token, terms);
    }

    /// @dev Four orders that must fare alike: in dollars and in ETH, paid by a person and by a contract.
    uint256 internal constant VARIANTS = 4;

    function variant(uint256 which) internal returns (Terms memory terms) {
        terms = disputable();
        terms.setSalt(1000 + which);
        if (which & 1 != 0) terms = inEth(terms);
        if (which & 2 != 0) (, terms) = byWallet(terms);
    }

    // Deeds that succeed

    /// @dev All is captured, and `amount` of it disputed.
    function disputed(Terms memory terms, uint256 amount) internal returns (Terms memory) {
        captured(terms);
        dispute(terms, amount);
        return terms;
    }

    function dispute(Terms memory terms, uint256 amount) internal returns (uint256 round) {
        vm.prank(terms.payer);
        return escrow.dispute(terms, amount, EVIDENCE);
    }

    function rule(Terms memory terms, uint256 toPayerPpm) internal {
        OrderView memory seen = escrow.orderOf(terms);
        vm.prank(terms.arbiter);
        escrow.rule(terms, seen.round, seen.disputed, toPayerPpm);
    }

    function concede(address account, Terms memory terms) internal {
        uint256 round = escrow.orderOf(terms).round;
        vm.prank(account);
        escrow.concede(terms, round);
    }

    // Calls

    function callDispute(Terms memory terms, uint256 amount) internal pure returns (bytes memory) {
        return abi.encodeCall(IOrderDesk.dispute, (terms, amount, EVIDENCE));
    }
    function callDisputeSigned(
        Terms memory terms,
        uint256 amount,
        uint256 round,
        uint256 deadline,
        bytes memory signature
    ) internal pure returns (bytes memory) {
        return abi.encodeCall(IOrderDesk.disputeWithSignature, (terms, amount, round, EVIDENCE, deadline, signature));
    }
    function callConcede(Terms memory terms, uint256 round) internal pure returns (bytes memory) {
        return abi.encodeCall(IOrderDesk.concede, (terms, round));
    }
    function callConcedeSigned(
        Terms memory terms,
        address account,
        uint256 round,
        uint256 deadline,
        bytes memory signature
    ) internal pure returns (bytes memory) {
        return abi.encodeCall(IOrderDesk.concedeWithSignature, (terms, account, round, deadline, signature));
    }
    function callRule(
        Terms memory terms,
        uint256 round,
        uint256 amount,
        uint256 toPayerPpm
    ) internal pure returns (bytes memory) {
        return abi.encodeCall(IOrderDesk.rule, (terms, round, amount, toPayerPpm));
    }
    function callEnd(Terms memory terms) internal pure returns (bytes memory) {
        return abi.encodeCall(IOrderDesk.endDispute, (terms));
    }
    function callRefundSigned(
        Terms memory terms,
        uint256 amount,
        uint256 waiting,
        uint256 nonce,
        uint256 deadline,
        bytes memory signature
    ) internal pure returns (bytes memory) {
        return abi.encodeCall(IOrderDesk.refundWithSignature, (terms, amount, waiting, nonce, deadline, signature));
    }
    function callGiveBack(Terms memory terms, uint256 amount, uint256 before) internal pure returns (bytes memory) {
        return abi.encodeCall(IOrderDesk.refundReleased, (terms, amount, before));
    }
    function callGiveBackSigned(
        Terms memory terms,
        uint256 amount,
        uint256 before,
        uint256 deadline,
        bytes memory signature
    ) internal pure returns (bytes memory) {
        return abi.encodeCall(IOrderDesk.refundReleasedWithSignature, (terms, amount, before, deadline, signature));
    }

    /// @dev The call reverts with exactly this error.
    function refusedAs(address caller, bytes memory data, bytes memory expected) internal {
        refusedAs(caller, 0, data, expected);
    }
    function refusedAs(address caller, uint256 value, bytes memory data, bytes memory expected) internal {
        vm.prank(caller);
        (bool ok, bytes memory answer) = address(escrow).call{value: value}(data);
        assertFalse(ok, "the call should have been refused");
        assertEq(uint256(uint32(bytes4(answer))), uint256(uint32(bytes4(expected))), "refused by another error");
        assertTrue(keccak256(answer) == keccak256(expected), "refused with other arguments");
    }

    // Events: what the escrow should say of one order

    function saysDisputed(uint256 round, uint256 amount, uint256 rulingBy) internal pure returns (bytes memory) {
        return abi.encodePacked(IOrderDesk.Disputed.selector, abi.encode(round, amount, rulingBy, EVIDENCE));
    }
    function saysResolved(
        uint256 round,
        uint256 toPayer,
        uint256 toLegs,
        uint8 by
    ) internal pure returns (bytes memory) {
        return abi.encodePacked(IOrderDesk.Resolved.selector, abi.encode(round, toPayer, toLegs, by));
    }
    function saysGivenBack(uint256 amount, uint256 fromCredit) internal pure returns (bytes memory) {
        return abi.encodePacked(IOrderDesk.RefundedReleased.selector, abi.encode(amount, fromCredit));
    }
    function saysRefunded(uint256 amount) internal pure returns (bytes memory) {
        return abi.encodePacked(ISettlementEscrow.Refunded.selector, abi.encode(amount));
    }
    function saysCredited(uint256 amount) internal pure returns (bytes memory) {
        return abi.encodePacked(ISettlementEscrow.ReturnCredited.selector, abi.encode(amount));
    }

    /// @dev The caller does it, and this is all that the escrow says of the order, and of no other.
    function tells(address caller, bytes memory call_, Terms memory terms, bytes memory only) internal {
        tells(caller, 0, call_, terms, only, "");
    }
    function tells(
        address caller,
        bytes memory call_,
        Terms memory terms,
        bytes memory first,
        bytes memory second
    ) internal {
        tells(caller, 0, call_, terms, first, second);
    }
    function tells(
        address caller,
        uint256 value,
        bytes memory call_,
        Terms memory terms,
        bytes memory first,
        bytes memory second
    ) internal {
        bytes32 id = escrow.idOf(terms);
        vm.recordLogs();
        vm.prank(caller);
        (bool ok, ) = address(escrow).call{value: value}(call_);
        assertTrue(ok, "the call should have been allowed");
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256 said;
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != address(escrow)) continue;
            if (logs[i].topics[0] == ISettlementEscrow.NonceUsed.selector) continue;
            assertTrue(logs[i].topics.length == 2 && logs[i].topics[1] == id, "of the order");
            bytes32 heard = keccak256(abi.encodePacked(logs[i].topics[0], logs[i].data));
            assertTrue(heard == keccak256(said == 0 ? first : second), "the event");
            ++said;
        }
        assertEq(said, second.length == 0 ? 1 : 2, "events");
    }

    // Quantities

    /// @dev A = H + P + D + X + R, each as told.
    function assertQuantities(
        Terms memory terms,
        uint256 held,
        uint256 waiting,
        uint256 inDispute,
        uint256 returned,
        uint256 released
    ) internal view {
        OrderView memory seen = escrow.orderOf(terms);
        assertTrue(seen.used, "used");
        assertEq(seen.held, held, "held");
        assertEq(seen.captured, waiting, "captured");
        assertEq(seen.disputed, inDispute, "disputed");
        assertEq(seen.returned, returned, "returned");
        assertEq(held + waiting + inDispute + returned + released, terms.amount(), "released");
    }

    /// @dev Every leg has what the split gives it of `released`, by a second hand that knows the rule only; the merchant
    ///      has given `spent` away. The legs' accounts must differ, and have no other credit.
    function assertShared(Terms memory terms, uint256 released, uint256 spent) internal view {
        uint256 left = released;
        uint256 whole = ALL;
        for (uint256 i = 1; i < terms.legs.length; ++i) {
            uint256 share = (terms.legs[i] >> 8) & type(uint88).max;
            bool isFixed = terms.legs[i] & 0x80 != 0;
            uint256 part = isFixed ? (left < share ? left : share) : (left * share) / whole;
            if (!isFixed) whole -= share;
            left -= part;
            assertEq(creditIn(terms, accountOf(terms.legs[i])), part, "the leg's credit");
        }
        assertEq(creditIn(terms, accountOf(terms.legs[0])) + spent, left, "the merchant's credit");
    }
    function assertShared(Terms memory terms, uint256 released) internal view {
        assertShared(terms, released, 0);
    }

    function accountOf(uint256 leg_) internal pure returns (address) {
        return address(uint160(leg_ >> 96));
    }

    function creditIn(Terms memory terms, address account) internal view returns (uint256) {
        return escrow.creditOf(account, terms.token);
    }

    function balanceIn(Terms memory terms, address account) internal view returns (uint256) {
        return terms.token == address(0) ? account.balance : usd.balanceOf(account);
    }
}
