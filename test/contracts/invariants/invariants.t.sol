// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ITributary} from "../../../contracts/interfaces/ITributary.sol";
import {AgreementView} from "../../../contracts/interfaces/IAgreementRegistry.sol";
import {OrderView, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {TestUSD} from "../../../contracts/mocks/TestUSD.sol";
import {SplitHarness} from "../split/SplitHarness.sol";
import {Assertions} from "../support/Assertions.sol";
import {Deployer} from "../support/Deployer.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {vm} from "../support/Vm.sol";
import {Books} from "./Books.sol";
import {Handler} from "./Handler.sol";

/// Numbers as in docs/contracts: what stays true whatever anybody does.
/// hardhat-config: invariant.runs = 200
/// hardhat-config: invariant.depth = 100
contract InvariantsTest is Assertions {
    using PackedTerms for Terms;

    ITributary private escrow;
    TestUSD private usd;
    Handler private handler;
    SplitHarness private rule;

    function setUp() external {
        vm.warp(1_800_000_000);
        escrow = Deployer.escrow();
        usd = new TestUSD();
        rule = new SplitHarness();
        handler = new Handler(escrow, usd);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// 1, 2, 3, 4, 8 and 10 together, since all of them read the same books.
    function invariant_booksEqualTheContract() external view {
        _check(address(usd), usd.balanceOf(address(escrow)));
        _check(address(0), address(escrow).balance);
        for (uint256 i = 0; i < 2; ++i) _checkAgreement(handler.agreementBookOf(i));
        assertEq(handler.surprises(), 0, "a deed went other than by the table (4, 8)");
    }

    function _check(address token, uint256 balance) private view {
        address[] memory people = handler.people();
        uint256[] memory credits = new uint256[](people.length);
        uint256 owed;
        for (uint256 i = 0; i < handler.orders(); ++i) {
            Terms memory terms = handler.termsOf(i);
            if (terms.token != token) continue;
            owed += _checkOrder(terms, handler.bookOf(i));
            uint256[] memory earned = rule.between(terms.legs, 0, handler.bookOf(i).released);
            for (uint256 leg = 0; leg < earned.length; ++leg) {
                for (uint256 p = 0; p < people.length; ++p) {
                    if (people[p] == address(uint160(terms.legs[leg] >> 96))) credits[p] += earned[leg];
                }
            }
        }
        for (uint256 p = 0; p < people.length; ++p) {
            uint256 expected =
                credits[p] + handler.failedPushes(people[p], token) - handler.withdrawn(people[p], token);
            assertEq(escrow.creditOf(people[p], token), expected, "credit is the one-shot split of R (3, 10)");
            owed += expected;
        }
        assertEq(balance, owed + handler.uninvited(token), "the balance is what is owed, to the unit (1)");
    }

    function _checkOrder(Terms memory terms, Books.Book memory book) private view returns (uint256) {
        OrderView memory seen = escrow.orderOf(terms);
        assertTrue(seen.used == book.used, "used, once and for ever (4, 8)");
        assertTrue(seen.cancelled == book.cancelled, "cancelled, for ever");
        assertEq(seen.held, book.held, "H");
        assertEq(seen.captured, book.captured, "P");
        assertEq(seen.releaseAt, book.releaseAt, "releaseAt");
        assertEq(seen.returned, book.returned, "X");
        if (!book.used || book.cancelled) return 0;
        assertEq(terms.amount(), book.held + book.captured + book.returned + book.released, "A = H + P + X + R (2)");
        return book.held + book.captured;
    }

    function _checkAgreement(Books.AgreementBook memory book) private view {
        AgreementView memory seen = escrow.agreementOf(book.id);
        assertTrue(seen.proposed == (book.accepted > 0), "proposed");
        assertTrue(seen.active == (book.accepted == 5 && !book.revoked), "active once all accepted, until one revokes");
        assertTrue(seen.revoked == book.revoked, "revoked, for ever");
    }
}
