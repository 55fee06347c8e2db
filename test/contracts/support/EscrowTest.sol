// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, OrderView, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {ITributary} from "../../../contracts/interfaces/ITributary.sol";
import {TestUSD} from "../../../contracts/mocks/TestUSD.sol";
import {Assertions} from "./Assertions.sol";
import {Deployer} from "./Deployer.sol";
import {PackedTerms} from "./PackedTerms.sol";
import {Vm, vm} from "./Vm.sol";

/// @title An escrow, a dollar, and the people of an order
abstract contract EscrowTest is Assertions {
    using PackedTerms for Terms;

    uint256 internal constant PAYER_KEY = 0xA11CE;
    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant AMOUNT = 100_000_003;
    uint256 internal constant DELAY = 7 days;
    uint8 internal constant MERCHANT_MAY_CAPTURE = 1;
    uint8 internal constant OPERATOR_MAY_REFUND = 2;

    ITributary internal escrow;
    TestUSD internal usd;

    address internal payer = vm.addr(PAYER_KEY);
    address internal operator = address(0x0937);
    address internal merchant = address(0x3E4C);
    address internal channel = address(0xC4A7);
    address internal agent = address(0xA6E7);
    address internal carrier = address(0xCA44);
    address internal platform = address(0x91A7);
    address internal stranger = address(0x5774);

    function setUp() public virtual {
        vm.warp(START);
        escrow = Deployer.escrow();
        usd = new TestUSD();
        usd.mint(payer, 1e15);
        vm.prank(payer);
        usd.approve(address(escrow), type(uint256).max);
        vm.deal(payer, 1e24);
    }

    // Terms

    /// @dev Five legs in TestUSD with a delay; tests change what they are about.
    function order() internal view returns (Terms memory terms) {
        terms.payer = payer;
        terms.operator = operator;
        terms.token = address(usd);
        terms.setAmount(AMOUNT);
        terms.schedule = schedule(START + 1 days, START + 14 days, DELAY, 0);
        terms.setSalt(1);
        terms.legs = new uint256[](5);
        terms.legs[0] = leg(merchant, 820_000, 1);
        terms.legs[1] = leg(channel, 80_000, 2);
        terms.legs[2] = leg(agent, 50_000, 3);
        terms.legs[3] = leg(carrier, 30_000, 4);
        terms.legs[4] = leg(platform, 20_000, 5);
    }

    /// @dev The same, released in the moment of its capture.
    function instantOrder() internal view returns (Terms memory terms) {
        terms = order();
        terms.schedule = schedule(START + 1 days, START + 14 days, 0, 0);
    }

    function ethOrder() internal view returns (Terms memory terms) {
        terms = order();
        terms.token = address(0);
    }

    function schedule(
        uint256 authorizeBy,
        uint256 captureBy,
        uint256 delay,
        uint256 flags
    ) internal pure returns (uint256) {
        return (authorizeBy << 136) | (captureBy << 96) | (delay << 64) | flags;
    }

    function withFlags(Terms memory terms, uint256 flags) internal pure returns (Terms memory) {
        terms.schedule |= flags;
        return terms;
    }

    function leg(address account, uint256 share, uint256 kind) internal pure returns (uint256) {
        return (uint256(uint160(account)) << 96) | (share << 8) | kind;
    }

    // Deeds that succeed

    function authorize(Terms memory terms) internal returns (bytes32) {
        vm.prank(terms.payer);
        return escrow.authorize{value: terms.token == address(0) ? terms.amount() : 0}(terms);
    }

    function capture(Terms memory terms, uint256 amount) internal {
        OrderView memory now_ = escrow.orderOf(terms);
        vm.prank(terms.operator);
        escrow.capture(terms, amount, now_.held);
    }

    function release(Terms memory terms) internal {
        vm.prank(terms.payer);
        escrow.release(terms);
    }

    function void_(Terms memory terms, uint256 amount) internal {
        OrderView memory now_ = escrow.orderOf(terms);
        vm.prank(terms.operator);
        escrow.void(terms, amount, now_.held);
    }

    function refund(Terms memory terms, uint256 amount) internal {
        OrderView memory now_ = escrow.orderOf(terms);
        vm.prank(address(uint160(terms.legs[0] >> 96)));
        escrow.refund(terms, amount, now_.captured);
    }

    /// @dev `count` usual orders that differ in their salts, from 1 on.
    function ordersOf(uint256 count) internal view returns (Terms[] memory orders) {
        orders = new Terms[](count);
        for (uint256 i = 0; i < count; ++i) {
            orders[i] = order();
            orders[i].setSalt(i + 1);
        }
    }

    /// @dev An order of which all is captured and waits.
    function captured(Terms memory terms) internal returns (Terms memory) {
        authorize(terms);
        capture(terms, terms.amount());
        return terms;
    }

    // Deeds that fail

    /// @dev The call reverts with an error of this selector.
    function refused(address caller, bytes memory data, bytes4 selector) internal {
        refusedWith(caller, 0, data, selector);
    }

    function refusedWith(address caller, uint256 value, bytes memory data, bytes4 selector) internal {
        vm.prank(caller);
        (bool ok, bytes memory answer) = address(escrow).call{value: value}(data);
        assertFalse(ok, "the call should have been refused");
        assertEq(uint256(uint32(bytes4(answer))), uint256(uint32(selector)), "refused by another error");
    }

    function allowed(address caller, bytes memory data) internal {
        vm.prank(caller);
        (bool ok, ) = address(escrow).call(data);
        assertTrue(ok, "the call should have been allowed");
    }

    function callAuthorize(Terms memory terms) internal pure returns (bytes memory) {
        return abi.encodeCall(ISettlementEscrow.authorize, (terms));
    }
    function callCapture(Terms memory terms, uint256 amount, uint256 held) internal pure returns (bytes memory) {
        return abi.encodeCall(ISettlementEscrow.capture, (terms, amount, held));
    }
    function callRelease(Terms memory terms) internal pure returns (bytes memory) {
        return abi.encodeCall(ISettlementEscrow.release, (terms));
    }
    function callVoid(Terms memory terms, uint256 amount, uint256 held) internal pure returns (bytes memory) {
        return abi.encodeCall(ISettlementEscrow.void, (terms, amount, held));
    }
    function callReclaim(Terms memory terms) internal pure returns (bytes memory) {
        return abi.encodeCall(ISettlementEscrow.reclaim, (terms));
    }
    function callRefund(Terms memory terms, uint256 amount, uint256 waiting) internal pure returns (bytes memory) {
        return abi.encodeCall(ISettlementEscrow.refund, (terms, amount, waiting));
    }
    function callWithdraw(address token, uint256 amount) internal pure returns (bytes memory) {
        return abi.encodeCall(IRevenueLedger.withdraw, (token, amount));
    }

    // Signatures

    function separator() internal view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                    keccak256("Tributary Settlement Escrow"),
                    keccak256("1"),
                    block.chainid,
                    address(escrow)
                )
            );
    }

    function releaseDigest(
        bytes32 id,
        uint256 waiting,
        uint256 nonce,
        uint256 deadline
    ) internal view returns (bytes32) {
        bytes32 typehash = keccak256("Release(bytes32 id,uint256 captured,uint256 nonce,uint256 deadline)");
        return typedDigest(keccak256(abi.encode(typehash, id, waiting, nonce, deadline)));
    }

    /// @dev What is signed of a struct in the escrow's domain.
    function typedDigest(bytes32 structHash) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", separator(), structHash));
    }

    function signed(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev The payer's ERC-3009 authorization for the order.
    function authorization(Terms memory terms) internal view returns (bytes memory) {
        return receiving(terms.payer, terms.amount(), terms.schedule >> 136, escrow.idOf(terms));
    }

    /// @dev The payer's ERC-3009 authorization of an amount for the escrow.
    function receiving(
        address from,
        uint256 amount,
        uint256 until,
        bytes32 nonce
    ) internal view returns (bytes memory) {
        bytes32 typehash = keccak256(
            "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,"
            "bytes32 nonce)"
        );
        bytes32 structHash = keccak256(abi.encode(typehash, from, address(escrow), amount, 0, until, nonce));
        return signed(PAYER_KEY, keccak256(abi.encodePacked(hex"1901", usd.DOMAIN_SEPARATOR(), structHash)));
    }

    // Expectations

    /// @dev How many events the escrow has emitted since `vm.recordLogs`.
    function said() internal returns (uint256 count) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) if (logs[i].emitter == address(escrow)) ++count;
    }

    /// @dev The caller does it, and the escrow says by `topic` that `amount` went back, and whether that became credit.
    function saysReturn(
        address caller,
        bytes memory call_,
        bytes32 topic,
        Terms memory terms,
        uint256 amount,
        bool credited
    ) internal {
        vm.recordLogs();
        allowed(caller, call_);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256 count;
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != address(escrow)) continue;
            bytes32 expected = count == 0 ? topic : ISettlementEscrow.ReturnCredited.selector;
            assertTrue(logs[i].topics.length == 2 && logs[i].topics[0] == expected, "event");
            assertTrue(logs[i].topics[1] == escrow.idOf(terms), "of the order");
            assertTrue(keccak256(logs[i].data) == keccak256(abi.encode(amount)), "amount");
            ++count;
        }
        assertEq(count, credited ? 2 : 1, "events");
    }

    function assertOrder(
        Terms memory terms,
        uint256 held,
        uint256 waiting,
        uint256 returned,
        uint256 released
    ) internal view {
        OrderView memory seen = escrow.orderOf(terms);
        assertTrue(seen.used, "used");
        assertEq(seen.held, held, "held");
        assertEq(seen.captured, waiting, "captured");
        assertEq(seen.returned, returned, "returned");
        assertEq(terms.amount() - seen.held - seen.captured - seen.returned, released, "released");
    }

    function credit(address account) internal view returns (uint256) {
        return escrow.creditOf(account, address(usd));
    }

    function legCredits(Terms memory terms) internal view returns (uint256 sum) {
        for (uint256 i = 0; i < terms.legs.length; ++i) {
            sum += escrow.creditOf(address(uint160(terms.legs[i] >> 96)), terms.token);
        }
    }
}
