// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OrderView, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {vm} from "../support/Vm.sol";
import {Cast} from "./Cast.sol";
import {DEEDS, Deed} from "./Deed.sol";
import {Rule} from "./Rule.sol";

/// @title Ghost books: what became of every order, credit and purse, by the rules alone
/// @dev They know nothing of the contract's storage. A deed that the rules forbid must revert; one that they allow must
///      not, unless it calls a token that behaves ill. `surprises` counts what went the other way.
abstract contract Books is Cast {
    using PackedTerms for Terms;

    struct Book {
        bytes32 id;
        bool used;
        bool cancelled;
        uint256 held;
        uint256 captured;
        uint256 releaseAt;
        uint256 disputed;
        uint256 rulingBy;
        uint256 round;
        uint256 returned;
        uint256 released;
        uint256 refunded;
        uint256 everCaptured;
        uint256 backFromCaptured;
    }

    /// @dev Sums per token, over the run. `owed` is what the escrow owes now.
    struct Flow {
        uint256 owed;
        uint256 uninvited;
        uint256 withdrawn;
        uint256 debited;
        uint256 released;
        uint256 distributed;
        uint256 deposited;
        uint256 failedPushes;
    }

    Terms[] internal _orders;
    mapping(uint256 order => Book) internal _books;
    mapping(address account => mapping(address token => uint256)) internal _credits;
    /// @dev What people own outside of the escrow; kept for the dollar and ETH only.
    mapping(address account => mapping(address token => uint256)) internal _purses;
    mapping(address token => Flow) internal _flows;
    mapping(address account => mapping(uint256 nonce => bool)) internal _nonces;

    uint256 internal _calls;
    uint256 public surprises;
    string public surprise;
    uint256[DEEDS] private _tried;
    uint256[DEEDS] private _done;

    constructor() {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            _purses[_people[i]][address(_usd)] = PURSE;
            _purses[_people[i]][address(0)] = PURSE;
        }
    }

    /// @dev Time is what the books say, also where the runner forgets it between two calls.
    modifier inTime() {
        ++_calls;
        vm.warp(_now);
        _;
    }

    // Doing

    /// @dev Does it as `caller` and compares with what the rules say.
    /// @param may   the rules allow it
    /// @param sure  nothing but the rules decides; false where a token that behaves ill is called
    function _do(
        Deed deed,
        address caller,
        uint256 value,
        bytes memory data,
        bool may,
        bool sure
    ) internal returns (bool did) {
        return _doAt(address(escrow), deed, caller, value, data, may, sure);
    }

    /// @dev The same through a contract that calls the escrow.
    function _doAt(
        address target,
        Deed deed,
        address caller,
        uint256 value,
        bytes memory data,
        bool may,
        bool sure
    ) internal returns (bool did) {
        vm.recordLogs();
        vm.prank(caller);
        (did, ) = target.call{gas: 20_000_000, value: value}(data);
        if (did) _foldLogs(); // the recorder keeps those of calls that reverted, too
        _count(deed, did);
        if (did == may || (may && !sure)) return did;
        string memory how = did ? "went through against the rules: deed " : "refused against the rules: deed ";
        _surprised(string.concat("4: ", how, _text(uint256(deed))));
        return false;
    }

    function _surprised(string memory what) internal {
        ++surprises;
        surprise = what;
    }

    /// @dev Takes the logs that were recorded into a fold of their own.
    function _foldLogs() internal virtual;

    function _count(Deed deed, bool did) internal {
        ++_tried[uint256(deed)];
        if (did) ++_done[uint256(deed)];
    }

    /// @notice How often each deed was tried in this run, and how often it went through.
    function counts() external view returns (uint256[DEEDS] memory tried, uint256[DEEDS] memory done) {
        return (_tried, _done);
    }

    function _text(uint256 number) internal pure returns (string memory) {
        if (number < 10) return string(abi.encodePacked(uint8(48 + number)));
        return string.concat(_text(number / 10), _text(number % 10));
    }

    // Choosing an order

    /// @dev What a deed needs of an order, time included.
    enum Want {
        Unused,
        Held,
        Capturable,
        Reclaimable,
        Captured,
        Open,
        Disputable,
        Disputed,
        Rulable,
        Silent,
        Released
    }

    /// @dev Mostly one of which what is wanted can be asked, else any.
    function _pick(uint256 seed, Want want) internal view returns (uint256 i, Terms memory terms, Book storage book) {
        uint256 count = _orders.length;
        i = _roll(seed, 0xC0, count);
        if (_roll(seed, 0xC1, 12) != 0) {
            for (uint256 step = 0; step < count; ++step) {
                uint256 candidate = (i + step) % count;
                if (_has(candidate, want)) {
                    i = candidate;
                    break;
                }
            }
        }
        return (i, _orders[i], _books[i]);
    }

    function _has(uint256 i, Want want) private view returns (bool) {
        Book storage book = _books[i];
        if (want == Want.Unused) return !book.used;
        if (want == Want.Held) return book.held > 0;
        if (want <= Want.Reclaimable) {
            bool late = _now >= uint40(_orders[i].schedule >> 96);
            return book.held > 0 && late == (want == Want.Reclaimable);
        }
        if (want == Want.Captured) return book.captured > 0;
        bool open = book.captured > 0 && _now < book.releaseAt;
        if (want == Want.Open) return open;
        if (want == Want.Disputable) return open && book.disputed == 0 && _orders[i].arbiter != address(0);
        if (want == Want.Released) return book.released > book.refunded;
        if (want == Want.Disputed) return book.disputed > 0;
        return book.disputed > 0 && (_now < book.rulingBy) == (want == Want.Rulable);
    }

    /// @dev Somebody with a credit in the token, where there is one.
    function _holder(uint256 seed, address token) internal view returns (address account) {
        uint256 first = _roll(seed, 0xC2, PEOPLE);
        for (uint256 step = 0; step < PEOPLE; ++step) {
            account = _people[(first + step) % PEOPLE];
            if (_credits[account][token] > 0) return account;
        }
    }

    /// @dev Somebody with a credit in some token.
    function _someCredit(uint256 seed) internal view returns (address account, address token) {
        uint256 first = _roll(seed, 0xC3, TOKENS);
        for (uint256 step = 0; step < TOKENS; ++step) {
            token = _tokens[(first + step) % TOKENS];
            account = _holder(seed, token);
            if (_credits[account][token] > 0) return (account, token);
        }
    }

    // What deeds do to the books

    /// @dev R += amount: each leg gets the difference of two one-shot splits, which must not be negative.
    function _earn(Terms memory terms, Book storage book, uint256 amount) internal {
        uint256[] memory before = Rule.split(terms.legs, book.released);
        book.released += amount;
        uint256[] memory afterwards = Rule.split(terms.legs, book.released);
        for (uint256 i = 0; i < before.length; ++i) {
            _credits[Rule.accountOf(terms.legs[i])][terms.token] += afterwards[i] - before[i];
        }
        _flows[terms.token].released += amount;
    }

    /// @dev All that waits is released.
    function _mature(Terms memory terms, Book storage book) internal {
        uint256 waiting = book.captured;
        (book.captured, book.releaseAt) = (0, 0);
        _earn(terms, book, waiting);
    }

    function _captures(Terms memory terms, Book storage book, uint256 amount) internal {
        if (book.captured > 0 && _now >= book.releaseAt) _mature(terms, book);
        uint256 delay = _delayOf(terms);
        book.held -= amount;
        book.everCaptured += amount;
        if (delay == 0) _earn(terms, book, amount);
        else (book.captured, book.releaseAt) = (book.captured + amount, _now + delay);
    }

    /// @dev X += amount, out of what was held (`captured` false) or captured.
    function _giveBack(Terms memory terms, Book storage book, uint256 amount, bool captured, bool pushed) internal {
        book.returned += amount;
        if (captured) book.backFromCaptured += amount;
        _payTo(terms.payer, terms.token, amount, pushed);
    }

    /// @dev The escrow pays, or credits what it cannot push. Whether a token that behaves ill took the push is asked of
    ///      the credit: it must have grown by all or nothing.
    function _payTo(address account, address token, uint256 amount, bool pushed) internal {
        if (amount == 0) return;
        bool paid = pushed;
        if (paid && token == address(0)) paid = _takesEther(account);
        else if (paid && !_isFair(token)) paid = escrow.creditOf(account, token) == _credits[account][token];
        if (paid) return _leave(account, token, amount);
        _credits[account][token] += amount;
        _flows[token].failedPushes += amount;
    }

    /// @dev Money comes out of a purse into the escrow.
    function _enter(address account, address token, uint256 amount) internal {
        _flows[token].owed += amount;
        if (token == address(_usd) || token == address(0)) _purses[account][token] -= amount;
    }

    function _leave(address account, address token, uint256 amount) internal {
        _flows[token].owed -= amount;
        if (token == address(_usd) || token == address(0)) _purses[account][token] += amount;
    }

    /// @dev A credit pays for something.
    function _debit(address account, address token, uint256 amount) internal {
        _credits[account][token] -= amount;
        _flows[token].debited += amount;
    }

    /// @dev Whether the purse has it; those in tokens that behave ill are too full to be emptied.
    function _affords(address account, address token, uint256 amount) internal view returns (bool) {
        return (token != address(_usd) && token != address(0)) || _purses[account][token] >= amount;
    }

    // After the deed: what it touched is as the books say, at once

    /// @dev The order by its view (4, 8), and the token by what backs it (1).
    function _checkTouched(uint256 i) internal {
        OrderView memory seen = escrow.orderOf(_orders[i]);
        Book storage book = _books[i];
        bool same = seen.used == book.used && seen.cancelled == book.cancelled && seen.held == book.held;
        same = same && seen.captured == book.captured && seen.releaseAt == book.releaseAt;
        same = same && seen.disputed == book.disputed && seen.rulingBy == book.rulingBy && seen.round == book.round;
        same = same && seen.returned == book.returned && seen.refunded == book.refunded;
        if (!same) _surprised(string.concat("4: the view left the books: order ", _text(i)));
    }
}
