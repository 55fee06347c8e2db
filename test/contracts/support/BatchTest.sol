// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CaptureRequest, ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {TestUSD} from "../../../contracts/mocks/TestUSD.sol";
import {EscrowTest} from "./EscrowTest.sol";
import {PackedTerms} from "./PackedTerms.sol";
import {Vm, vm} from "./Vm.sol";

/// @title Random orders whose legs meet: in accounts they share, and in accounts that look alike
/// @dev A batch sums what an account gets before it writes it down. Whatever it sums by, accounts here agree in it: in their
///      low bits, in their high bits, in both ends, or in everything but one bit.
abstract contract BatchTest is EscrowTest {
    using PackedTerms for Terms;

    uint256 internal constant POOL = 48;
    TestUSD internal other;
    address[] internal pool;

    function setUp() public virtual override {
        super.setUp();
        other = _another();
        other.mint(payer, 1e30);
        usd.mint(payer, 1e30);
        vm.prank(payer);
        other.approve(address(escrow), type(uint256).max);
        uint160 one = uint160(uint256(keccak256("an account")));
        for (uint256 i = 0; i < POOL; ++i) {
            uint160 account = uint160(uint256(keccak256(abi.encode(i))));
            if (i % 6 == 0) account = (account << 40) | uint40(one);
            if (i % 6 == 1) account = (account >> 40) | ((one >> 120) << 120);
            if (i % 6 == 2) account = one ^ uint160(1 << (i % 160));
            if (i % 6 == 3) account = one ^ (uint160(1) << uint160(159 - i));
            if (i % 6 == 4) account = uint160(0x1000 + i);
            pool.push(address(account));
        }
    }

    function _another() private returns (TestUSD) {
        return new TestUSD();
    }

    function random(uint256 seed, uint256 a, uint256 b) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, a, b)));
    }

    function tokens() internal view returns (address[3] memory) {
        return [address(usd), address(0), address(other)];
    }

    /// @dev Orders of 1 to 10 legs in three tokens. `spread` accounts of the pool share in them.
    function drawn(uint256 seed, uint256 count, uint256 spread) internal view returns (Terms[] memory orders) {
        orders = ordersOf(count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 word = random(seed, i, 0);
            orders[i].token = tokens()[word % 3];
            orders[i].setAmount(1 + ((word >> 8) % 1e12));
            orders[i].legs = drawnLegs(seed, i, 1 + ((word >> 64) % 10), spread, orders[i].amount());
        }
    }

    function drawnLegs(
        uint256 seed,
        uint256 number,
        uint256 count,
        uint256 spread,
        uint256 amount
    ) private view returns (uint256[] memory legs) {
        legs = new uint256[](count);
        uint256 ppm = 1_000_000;
        uint256 fixedCount = random(seed, number, 99) % 3;
        for (uint256 i = 1; i < count; ++i) {
            uint256 word = random(seed, number, i);
            uint256 share = i <= fixedCount ? 1 + (word % (amount / 8 + 1)) : 1 + (word % 90_000);
            if (i <= fixedCount && amount < 10) share = 1;
            bool inPpm = i > fixedCount || amount < 10;
            if (inPpm) ppm -= share;
            legs[i] = leg(pool[(word >> 128) % spread], share, inPpm ? 2 : 0x84);
        }
        legs[0] = leg(pool[random(seed, number, 100) % spread], ppm, 1);
    }

    /// @dev The credits of all in all tokens, by one hash, and their sums, which must be what is there.
    function creditsOfAll() internal view returns (bytes32 all) {
        for (uint256 t = 0; t < 3; ++t) {
            for (uint256 i = 0; i < POOL; ++i) {
                all = keccak256(abi.encode(all, escrow.creditOf(pool[i], tokens()[t])));
            }
        }
    }

    /// @dev What became of the orders, and of everybody's credits, and what was said of it.
    function outcome(Terms[] memory orders) internal returns (bytes32 all) {
        all = creditsOfAll();
        for (uint256 i = 0; i < orders.length; ++i) {
            all = keccak256(abi.encode(all, escrow.orderOf(orders[i])));
        }
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            all = keccak256(abi.encode(all, logs[i].topics, logs[i].data, logs[i].emitter));
        }
    }

    /// @dev All credits of a token, where every leg is of the pool.
    function sumOfCredits(address token) internal view returns (uint256 sum) {
        for (uint256 i = 0; i < POOL; ++i) sum += escrow.creditOf(pool[i], token);
    }

    function callMany(CaptureRequest[] memory requests) internal pure returns (bytes memory) {
        return abi.encodeCall(ISettlementEscrow.captureMany, (requests));
    }
}
