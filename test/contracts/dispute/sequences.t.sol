// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OrderView, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {DisputeTest} from "../support/DisputeTest.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {vm} from "../support/Vm.sol";

/// Random deeds against books that know the rules and nothing of the contract: what the rules allow is done, all else
/// is refused, and after every step quantities, credits and the escrow's balance are what the books say.
contract DisputeSequencesTest is DisputeTest {
    using PackedTerms for Terms;

    struct Book {
        uint256 amount;
        uint256 held;
        uint256 waiting;
        uint256 releaseAt;
        uint256 inDispute;
        uint256 rulingBy;
        uint256 round;
        uint256 returned;
        uint256 released;
        uint256 refunded;
        uint256 fromCredit;
        uint256 payerCredit;
    }

    uint256 private constant DEEDS = 11;
    Book private _book;
    uint256 private _now;

    /// @dev Up to six legs, the first of them fixed.
    function anyTerms(uint256 seed, uint256 amount) private view returns (Terms memory terms) {
        terms = withDefault(disputable(), (seed >> 200) % (ALL + 1));
        terms.setAmount(amount);
        uint256 fixedCount = seed % 3;
        uint256 count = 1 + fixedCount + ((seed >> 8) % 4);
        terms.legs = new uint256[](count);
        uint256 ppm = ALL;
        for (uint256 i = 1; i < count; ++i) {
            bool isFixed = i <= fixedCount;
            uint256 most = isFixed ? amount / 4 : ppm / 2;
            if (most > type(uint88).max) most = type(uint88).max;
            uint256 share = 1 + (uint256(keccak256(abi.encode(seed, "leg", i))) % (most > 0 ? most : 1));
            terms.legs[i] = leg(address(uint160(0x1000 + i)), share, isFixed ? 0x84 : 2);
            if (!isFixed) ppm -= share;
        }
        terms.legs[0] = leg(merchant, ppm, 1);
    }

    function begin(Terms memory terms) private {
        usd.mint(payer, terms.amount());
        usd.mint(merchant, terms.amount());
        vm.prank(merchant);
        usd.approve(address(escrow), NEVER);
        authorize(terms);
        Book memory book;
        (book.amount, book.held) = (terms.amount(), terms.amount());
        _book = book;
        _now = START;
    }

    function testFuzz_anySequenceKeepsTheBooks(uint256 seed, uint104 amount) external {
        vm.assume(amount >= 8);
        Terms memory terms = anyTerms(seed, amount);
        begin(terms);
        for (uint256 i = 0; i < 24; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            _now += random % 5 == 0 ? random % 4 days : random % 2;
            vm.warp(_now);
            step(terms, random >> 8);
            kept(terms);
        }
    }

    /// @dev Often all there is, now and then one too much or nothing.
    function upTo(uint256 random, uint256 most) private pure returns (uint256) {
        if (random % 8 == 0) return most;
        if (random % 16 == 1) return most + 1;
        return most == 0 ? 0 : (random >> 4) % (most + 1);
    }

    function step(Terms memory terms, uint256 random) private {
        Book storage book = _book;
        uint256 which = random % DEEDS;
        random = random / DEEDS;
        if (which == 0 || which == 1) {
            uint256 a = upTo(random, book.held);
            bool may = a > 0 && a <= book.held && _now < CAPTURE_BY;
            if (attempt(operator, callCapture(terms, a, book.held), may)) captures(a);
        } else if (which == 2) {
            uint256 a = upTo(random, book.held);
            if (attempt(operator, callVoid(terms, a, book.held), a > 0 && a <= book.held)) {
                (book.held, book.returned) = (book.held - a, book.returned + a);
            }
        } else if (which == 3) {
            uint256 a = upTo(random, book.waiting);
            bool may = a > 0 && a <= book.waiting && _now < book.releaseAt;
            if (attempt(merchant, callRefund(terms, a, book.waiting), may)) {
                (book.waiting, book.returned) = (book.waiting - a, book.returned + a);
            }
        } else if (which == 4) {
            bool self = random % 2 == 0;
            bool may = book.waiting > 0 && (self || _now >= book.releaseAt);
            if (attempt(self ? payer : stranger, callRelease(terms), may)) releases();
        } else if (which == 5 || which == 6) {
            uint256 a = upTo(random, book.waiting);
            bool may = a > 0 && book.waiting > 0 && book.inDispute == 0 && _now < book.releaseAt;
            if (attempt(payer, callDispute(terms, a), may)) disputes(a);
        } else if (which == 7) {
            bool self = random % 2 == 0;
            uint256 inDispute = book.inDispute;
            if (attempt(self ? payer : merchant, callConcede(terms, book.round), inDispute > 0)) {
                resolves(self ? 0 : inDispute, false);
            }
        } else if (which == 8) {
            uint256 ppm = upTo(random, ALL);
            bool may = book.inDispute > 0 && _now < book.rulingBy && ppm <= ALL;
            uint256 back = (book.inDispute * ppm) / ALL;
            if (attempt(arbiter, callRule(terms, book.round, book.inDispute, ppm), may)) resolves(back, false);
        } else if (which == 9) {
            bool self = random % 2 == 0;
            uint256 back = (book.inDispute * uint24(terms.schedule >> 8)) / ALL;
            bool may = book.inDispute > 0 && _now >= book.rulingBy;
            if (attempt(self ? payer : stranger, callEnd(terms), may)) resolves(back, !self);
        } else {
            uint256 left = book.released - book.refunded;
            uint256 a = upTo(random, left);
            uint256 has = credit(merchant);
            if (attempt(merchant, callGiveBack(terms, a, book.refunded), a > 0 && a <= left)) {
                book.refunded += a;
                book.fromCredit += a < has ? a : has;
            }
        }
    }

    function attempt(address caller, bytes memory data, bool may) private returns (bool did) {
        vm.prank(caller);
        (did, ) = address(escrow).call(data);
        assertTrue(did == may, may ? "the rules allow it" : "the rules forbid it");
    }

    function captures(uint256 a) private {
        if (_book.waiting > 0 && _now >= _book.releaseAt) releases();
        _book.held -= a;
        _book.waiting += a;
        _book.releaseAt = _now + DELAY;
    }

    function releases() private {
        (_book.released, _book.waiting) = (_book.released + _book.waiting, 0);
    }

    function disputes(uint256 a) private {
        if (a > _book.waiting) a = _book.waiting;
        (_book.waiting, _book.inDispute) = (_book.waiting - a, a);
        (_book.round, _book.rulingBy) = (_book.round + 1, _now + RULING);
    }

    function resolves(uint256 back, bool asCredit) private {
        _book.returned += back;
        _book.released += _book.inDispute - back;
        _book.inDispute = 0;
        if (asCredit) _book.payerCredit += back;
    }

    function kept(Terms memory terms) private view {
        Book memory book = _book;
        assertQuantities(terms, book.held, book.waiting, book.inDispute, book.returned, book.released);
        OrderView memory seen = escrow.orderOf(terms);
        assertEq(seen.releaseAt, book.waiting > 0 ? book.releaseAt : 0, "releaseAt");
        assertEq(seen.rulingBy, book.inDispute > 0 ? book.rulingBy : 0, "rulingBy");
        assertEq(seen.round, book.round, "round");
        assertEq(seen.refunded, book.refunded, "refunded");
        assertLe(seen.refunded, book.released, "Z <= R");
        assertShared(terms, book.released, book.fromCredit);
        assertEq(credit(payer), book.payerCredit, "the payer's credit");
        uint256 owed = book.held + book.waiting + book.inDispute + legCredits(terms) + book.payerCredit;
        assertEq(usd.balanceOf(address(escrow)), owed, "backed to the unit");
    }

    /// Fixed legs fill first, whatever was captured, disputed, ruled and refunded on the way to R.
    function testFuzz_split_fixedWaterfall_partialCaptureDisputeRefund(
        uint104 amount,
        uint256[3] calldata takes,
        uint256[3] calldata parts,
        uint256[3] calldata ppms
    ) external {
        vm.assume(amount >= 100);
        Terms memory terms = disputable();
        terms.setAmount(amount);
        usd.mint(payer, amount);
        uint256 large = amount / 4 > type(uint88).max ? type(uint88).max : amount / 4;
        terms.legs = new uint256[](4);
        terms.legs[0] = leg(merchant, 900_000, 1);
        terms.legs[1] = leg(carrier, large, 0x84);
        terms.legs[2] = leg(platform, 13, 0x85);
        terms.legs[3] = leg(channel, 100_000, 2);
        authorize(terms);
        uint256 released;
        uint256 held = amount;
        for (uint256 i = 0; i < 3 && held > 0; ++i) {
            uint256 a = 1 + (takes[i] % held);
            held -= a;
            capture(terms, a);
            uint256 inDispute = 1 + (parts[i] % a);
            dispute(terms, inDispute);
            uint256 back = a - inDispute > 1 ? (a - inDispute) / 2 : 0;
            if (back > 0) refund(terms, back);
            uint256 ppm = ppms[i] % (ALL + 1);
            rule(terms, ppm);
            released += inDispute - (inDispute * ppm) / ALL;
            assertShared(terms, released);
            if (a - inDispute > back) release(terms);
            released += a - inDispute - back;
            assertShared(terms, released);
        }
        assertQuantities(terms, held, 0, 0, amount - held - released, released);
    }
}
