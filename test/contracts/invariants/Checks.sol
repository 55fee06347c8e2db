// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgreementView} from "../../../contracts/interfaces/IAgreementRegistry.sol";
import {Mandate} from "../../../contracts/interfaces/IRevenueDesk.sol";
import {OrderView, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {Assertions} from "../support/Assertions.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {vm} from "../support/Vm.sol";
import {Revenue} from "./Revenue.sol";
import {Rule} from "./Rule.sol";

/// @title What is true after every deed, by its number in docs/contracts/invariants.md: books against views and balances
abstract contract Checks is Revenue, Assertions {
    using PackedTerms for Terms;

    /// @dev What the views say in all, per token.
    struct Seen {
        uint256 inOrders;
        uint256 inCredits;
    }

    uint256 private constant EVERY = 10;

    /// @notice After every call, whether it was a surprise; after every tenth, the books of all orders and accounts. What
    ///         a call touches it compares by itself.
    function checkCall() external {
        assertEq(surprises, 0, surprise);
        if (_calls % EVERY == 0) checkBooks();
    }

    /// @notice 1, 2, 3, 4, 6 and 10, read from the contract's own views.
    function checkBooks() public {
        vm.warp(_now);
        assertEq(surprises, 0, surprise);
        Seen[TOKENS] memory seen;
        for (uint256 i = 0; i < _orders.length; ++i) {
            Terms memory terms = _orders[i];
            seen[_index(terms.token)].inOrders += _checkOrder(terms, _books[i]);
        }
        for (uint256 t = 0; t < TOKENS; ++t) {
            seen[t].inCredits = _checkCredits(_tokens[t]);
            _checkPurses(t);
            _10_everyCreditHasASource(_flows[_tokens[t]], seen[t].inCredits);
        }
        _1_balancesBackWhatIsOwed(seen);
        _4_agreementsNoncesAndMandates();
    }

    /// @dev To the unit where nobody but the rules moves the token; at least, where the token itself takes or keeps; not
    ///      at all where balances shrink by themselves.
    function _1_balancesBackWhatIsOwed(Seen[TOKENS] memory seen) private view {
        for (uint256 t = 0; t < TOKENS; ++t) {
            uint256 owed = seen[t].inOrders + seen[t].inCredits;
            assertEq(owed, _flows[_tokens[t]].owed, "1: the views owe what the books owe");
            if (t > ETH) continue;
            uint256 there = owed + _flows[_tokens[t]].uninvited;
            assertEq(_balance(t, address(escrow)), there, "1: the balance is what is owed and what came uninvited");
        }
        uint256 both = seen[ILL].inOrders + seen[ILL].inCredits + seen[DOOR].inOrders + seen[DOOR].inCredits;
        assertTrue(_balance(ILL, address(escrow)) >= both, "1: the balance backs both addresses of the token");
    }

    /// @return here H + P + D
    function _checkOrder(Terms memory terms, Book storage book) private view returns (uint256 here) {
        OrderView memory seen = escrow.orderOf(terms);
        _4_theViewIsTheBook(seen, book);
        here = uint256(seen.held) + seen.captured + seen.disputed;
        if (!book.used || book.cancelled) {
            assertEq(here + seen.returned + seen.refunded, 0, "4: nothing in an order that never authorized");
            return 0;
        }
        _2_quantitiesSumUp(terms, seen, book, here);
        _3_legsShareWhatIsReleased(terms, book);
    }

    function _2_quantitiesSumUp(
        Terms memory terms,
        OrderView memory seen,
        Book storage book,
        uint256 here
    ) private view {
        uint256 amount = terms.amount();
        assertEq(amount, here + seen.returned + book.released, "2: A = H + P + D + X + R");
        assertTrue(seen.refunded <= book.released, "2: Z <= R");
        uint256 captured = uint256(seen.captured) + seen.disputed + book.released + book.backFromCaptured;
        assertEq(book.everCaptured, captured, "2: captured = P + D + R + what went back of it");
        bool finished = seen.returned + book.released == amount;
        assertTrue(finished == (here == 0), "2: finished exactly when H = P = D = 0");
        assertTrue((seen.captured == 0) == (seen.releaseAt == 0), "2: a clock runs exactly while something waits");
        assertTrue((seen.disputed == 0) == (seen.rulingBy == 0), "2: a ruling is awaited exactly in a dispute");
    }

    /// @dev And 6: nobody earns more than its share of what was released and fewer units than there are legs.
    function _3_legsShareWhatIsReleased(Terms memory terms, Book storage book) private view {
        uint256[] memory parts = Rule.split(terms.legs, book.released);
        uint256 fixedSum = Rule.fixedSum(terms.legs);
        uint256 shared = book.released > fixedSum ? book.released - fixedSum : 0;
        uint256 sum;
        for (uint256 i = 0; i < parts.length; ++i) {
            sum += parts[i];
            uint256 share = Rule.shareOf(terms.legs[i]);
            if (i > 0 && Rule.isFixed(terms.legs[i])) {
                assertTrue(parts[i] <= share, "6: a fixed leg gets at most its amount");
                continue;
            }
            uint256 most = (shared * share) / 1_000_000 + parts.length;
            assertTrue(parts[i] <= most, "6: a leg gets at most its share and fewer units than there are legs");
        }
        assertEq(sum, book.released, "3: the parts sum up to what was released");
    }

    function _4_theViewIsTheBook(OrderView memory seen, Book storage book) private view {
        assertTrue(seen.used == book.used && seen.cancelled == book.cancelled, "4: used, once and for ever");
        assertEq(seen.held, book.held, "4: H");
        assertEq(seen.captured, book.captured, "4: P");
        assertEq(seen.releaseAt, book.releaseAt, "4: releaseAt");
        assertEq(seen.disputed, book.disputed, "4: D");
        assertEq(seen.rulingBy, book.rulingBy, "4: rulingBy");
        assertEq(seen.round, book.round, "4: round");
        assertEq(seen.returned, book.returned, "4: X");
        assertEq(seen.refunded, book.refunded, "4: Z");
    }

    /// @dev A credit in the books is the difference of one-shot splits, so equality is the third invariant.
    function _checkCredits(address token) private view returns (uint256 sum) {
        for (uint256 p = 0; p < PEOPLE; ++p) {
            uint256 credit = escrow.creditOf(_people[p], token);
            assertEq(credit, _credits[_people[p]][token], "3: a credit is the one-shot split of R, less what left");
            sum += credit;
        }
        address[5] memory others = [_operator, ARBITER, address(_illArbiter), STRANGER, address(escrow)];
        for (uint256 p = 0; p < others.length; ++p) {
            assertEq(escrow.creditOf(others[p], token), 0, "6: operator, arbiters and strangers earn nothing");
        }
    }

    /// @dev Nobody's own money moved but by what the owner consented to: the books take exactly the amounts signed.
    function _checkPurses(uint256 t) private view {
        if (t > ETH) return;
        for (uint256 p = 0; p < PEOPLE; ++p) {
            uint256 expected = _purses[_people[p]][_tokens[t]];
            assertEq(_balance(t, _people[p]), expected, "6: a purse loses what was signed, no more");
        }
        assertEq(_balance(t, ARBITER) + _balance(t, address(_illArbiter)), 0, "6: arbiters get nothing");
        assertEq(_balance(t, STRANGER) + _balance(t, _operator), 0, "6: strangers and operators get nothing");
    }

    function _10_everyCreditHasASource(Flow storage flow, uint256 credits) private view {
        uint256 sources = flow.released + flow.distributed + flow.deposited + flow.failedPushes;
        assertEq(credits + flow.withdrawn + flow.debited, sources, "10: credits come from somewhere and go somewhere");
    }

    function _4_agreementsNoncesAndMandates() private view {
        for (uint256 a = 0; a < AGREEMENTS; ++a) {
            AgreementBook storage book = _agreementBooks[a];
            AgreementView memory seen = escrow.agreementOf(book.id);
            bool active = book.accepted == SIGNATORIES && !book.revoked;
            assertTrue(seen.proposed && seen.active == active && seen.revoked == book.revoked, "4: agreement");
        }
        uint256 which = surprises + _orders.length; // another one now and then: all of them would be most of the work
        address account = _people[which % PEOPLE];
        assertTrue(escrow.isNonceUsed(account, which) == _nonces[account][which], "4: nonce");
        assertTrue(escrow.isDistributed(account, bytes32(which)) == _refs[account][bytes32(which)], "4: ref");
        for (uint256 t = 0; t < 2; ++t) _checkMandate(_mandates[account][_operator][_tokens[t]], account, _tokens[t]);
    }

    function _checkMandate(MandateBook storage book, address account, address token) private view {
        (Mandate memory mandate, uint256 left) = escrow.mandateOf(account, _operator, token);
        assertTrue(keccak256(abi.encode(mandate)) == keccak256(abi.encode(book.mandate)), "4: mandate");
        (bool good, uint256 window) = _window(book);
        if (!good) return;
        uint256 spent = window == book.window ? book.spent : 0;
        assertEq(left, book.mandate.perPeriod - spent, "4: what is left of a mandate");
    }

    function _index(address token) internal view returns (uint256 t) {
        while (_tokens[t] != token) ++t;
    }
}
