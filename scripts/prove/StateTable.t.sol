// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ITributary} from "../../contracts/interfaces/ITributary.sol";
import {OrderView, Terms} from "../../contracts/interfaces/ISettlementEscrow.sol";
import {TestUSD} from "../../contracts/mocks/TestUSD.sol";
import {Deployer} from "../../test/contracts/support/Deployer.sol";
import {vm} from "../../test/contracts/support/Vm.sol";

/// @title Walks the real escrow along every edge of the state table, as scripts/prove/walk.ts writes them down
/// @dev A record is 32 bytes; see `_read`. A table comes as the bytecode of an artifact that is no contract.
contract StateTableTest {
    uint256 private constant START = 1_800_000_000;
    uint256 private constant PURSE = 1000;
    uint256 private constant RECORD = 32;

    uint8 private constant REFUSED = 0;
    uint8 private constant ONCE = 1;
    uint8 private constant ENTER = 2;
    uint8 private constant LEAVE = 3;
    uint8 private constant END = 4;

    struct Record {
        uint256 kind;
        uint256 deed;
        uint256 actor;
        uint256 amount;
        bool stale;
        uint256 at;
        uint256 expected;
    }

    /// @dev Everything done in a frame is undone by this; `next` is the record behind it.
    error Done(uint256 next);
    error Disagrees(uint256 record, string what, uint256 expected, uint256 actual);

    ITributary private escrow;
    TestUSD private usd;
    Terms private terms;
    address private table;
    uint256 private calls;

    function test_case0() external {
        _agrees("Table0");
    }
    function test_case1() external {
        _agrees("Table1");
    }
    function test_case2() external {
        _agrees("Table2");
    }
    function test_case3() external {
        _agrees("Table3");
    }

    function _agrees(string memory name) private {
        vm.warp(START);
        escrow = Deployer.escrow();
        usd = TestUSD(Deployer.deploy("TestUSD.sol:TestUSD", ""));
        table = address(0x7AB1E);
        vm.etch(table, vm.getCode(string.concat("Table.sol:", name)));
        _makeTerms();
        for (uint256 payer = 1; payer <= 3; payer += 2) {
            usd.mint(_actor(payer - 1), PURSE);
            vm.prank(_actor(payer - 1));
            usd.approve(address(escrow), type(uint256).max);
        }
        _follow(1);
    }

    /// @dev The first record: amount, authorizeBy, captureBy, delay, rulingTime, arbiter's time and ppm, flags, agent's ppm.
    function _makeTerms() private {
        uint256 word = _word(0);
        uint256 rulingTime = uint32(word >> 96);
        terms.payer = _actor(0);
        terms.operator = _actor(1);
        terms.token = address(usd);
        terms.amountAndSalt = (7 << 104) | uint32(word >> 224);
        terms.arbiter = rulingTime == 0 ? address(0) : _actor(4);
        terms.schedule =
            ((START + uint32(word >> 192)) << 136) |
            ((START + uint32(word >> 160)) << 96) |
            (uint256(uint32(word >> 128)) << 64) |
            (rulingTime << 32) |
            (uint256(uint32(word >> 64)) << 8) |
            uint32(word >> 32);
        uint256 agents = uint32(word);
        terms.legs.push((uint256(uint160(_actor(2))) << 96) | ((1_000_000 - agents) << 8) | 1);
        terms.legs.push((uint256(uint160(_actor(3))) << 96) | (agents << 8) | 2);
    }

    /// @dev Follows the records from `next` on to the one that ends this frame.
    function _follow(uint256 next) private returns (uint256) {
        for (;;) {
            Record memory record = _read(next);
            if (record.kind == END || record.kind == LEAVE) return next + 1;
            if (record.kind == REFUSED) {
                if (_do(record)) revert Disagrees(next, "allowed", 0, 1);
                ++next;
            } else {
                try this.within(next) {
                    revert Disagrees(next, "frame", 0, 0);
                } catch (bytes memory why) {
                    if (bytes4(why) != Done.selector) {
                        assembly ("memory-safe") {
                            revert(add(why, 32), mload(why))
                        }
                    }
                    assembly ("memory-safe") {
                        next := mload(add(why, 36))
                    }
                }
            }
        }
    }

    /// @dev Does the deed, compares, does what follows from there, and takes everything back.
    function within(uint256 at) external {
        Record memory record = _read(at);
        if (!_do(record)) revert Disagrees(at, "refused", 1, 0);
        _compare(at, record.expected);
        revert Done(record.kind == ENTER ? _follow(at + 1) : at + 1);
    }

    function _do(Record memory record) private returns (bool ok) {
        vm.warp(START + record.at);
        bytes memory data = _call(record.deed, record.amount, record.stale ? 1 : 0);
        vm.prank(_actor(record.actor));
        (ok, ) = address(escrow).call(data);
    }

    function _call(uint256 deed, uint256 amount, uint256 off) private view returns (bytes memory) {
        OrderView memory order = escrow.orderOf(terms);
        if (deed == 0) return abi.encodeCall(escrow.authorize, (terms));
        if (deed == 1) return abi.encodeCall(escrow.cancelTerms, (terms));
        if (deed == 2) return abi.encodeCall(escrow.capture, (terms, amount, order.held + off));
        if (deed == 3) return abi.encodeCall(escrow.release, (terms));
        if (deed == 4) return abi.encodeCall(escrow.void, (terms, amount, order.held + off));
        if (deed == 5) return abi.encodeCall(escrow.reclaim, (terms));
        if (deed == 6) return abi.encodeCall(escrow.refund, (terms, amount, order.captured + off));
        if (deed == 7) return abi.encodeCall(escrow.dispute, (terms, amount, bytes32(0)));
        if (deed == 8) return abi.encodeCall(escrow.concede, (terms, order.round + off));
        if (deed == 9) return abi.encodeCall(escrow.rule, (terms, order.round + off, order.disputed, amount));
        if (deed == 10) return abi.encodeCall(escrow.endDispute, (terms));
        return abi.encodeCall(escrow.refundReleased, (terms, amount, order.refunded + off));
    }

    function _compare(uint256 at, uint256 expected) private view {
        OrderView memory order = escrow.orderOf(terms);
        uint256 credit0 = escrow.creditOf(_actor(0), address(usd));
        uint256 actual = order.held;
        actual = (actual << 4) | order.captured;
        actual = (actual << 4) | order.disputed;
        actual = (actual << 4) | order.returned;
        actual = (actual << 4) | order.refunded;
        actual = (actual << 4) | order.round;
        actual = (actual << 4) | (order.used ? 1 : 0) | (order.cancelled ? 2 : 0);
        actual = (actual << 4) | credit0;
        actual = (actual << 4) | escrow.creditOf(_actor(2), address(usd));
        actual = (actual << 4) | escrow.creditOf(_actor(3), address(usd));
        actual = (actual << 4) | (PURSE - usd.balanceOf(_actor(0)));
        actual = (actual << 4) | (PURSE - usd.balanceOf(_actor(2)));
        actual = (actual << 32) | (order.releaseAt == 0 ? 0 : order.releaseAt - START);
        actual = (actual << 32) | (order.rulingBy == 0 ? 0 : order.rulingBy - START);
        if (actual != expected) revert Disagrees(at, "quantities", expected, actual);
    }

    function _actor(uint256 index) private pure returns (address) {
        return address(uint160(0xAC700 + index));
    }

    /// @dev kind 4 | deed 4 | actor 4 | stale 4 | amount 32 | at 32 | unused 64 | expected 112, highest first.
    function _read(uint256 index) private view returns (Record memory record) {
        uint256 word = _word(index);
        record.kind = word >> 252;
        record.deed = (word >> 248) & 0xf;
        record.actor = (word >> 244) & 0xf;
        record.stale = (word >> 240) & 0xf != 0;
        record.amount = uint32(word >> 208);
        record.at = uint32(word >> 176);
        record.expected = uint112(word);
    }

    function _word(uint256 index) private view returns (uint256 word) {
        address from = table;
        assembly ("memory-safe") {
            extcodecopy(from, 0, mul(index, RECORD), RECORD)
            word := mload(0)
        }
    }
}
