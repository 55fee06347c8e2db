// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ITributary} from "../../../contracts/interfaces/ITributary.sol";
import {Agreement, Party} from "../../../contracts/interfaces/IAgreementRegistry.sol";
import {Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {TestUSD} from "../../../contracts/mocks/TestUSD.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

/// @title The people, their orders and agreements, and books of what happened to them
/// @dev The books know nothing of the contract's storage. A deed that the rules forbid must revert, one that they allow
///      must not; `surprises` counts what went the other way.
abstract contract Books {
    using PackedTerms for Terms;

    struct Book {
        bool used;
        bool cancelled;
        uint256 held;
        uint256 captured;
        uint256 releaseAt;
        uint256 returned;
        uint256 released;
    }

    /// @dev `accepted` counts signatories, of whom there are five.
    struct AgreementBook {
        bytes32 id;
        uint256 accepted;
        bool revoked;
    }

    uint256 internal constant ORDERS = 6;
    uint256 internal constant SIGNATORIES = 5;
    uint256 internal constant KEYS = 0x7000;
    uint256 internal constant WALLET = 7;
    address internal constant OPERATOR = address(0x0937);
    address internal constant STRANGER = address(0x5774);

    ITributary public immutable escrow;
    TestUSD public immutable usd;
    uint256 internal _now = 1_800_000_000;

    Terms[] internal _orders;
    mapping(uint256 order => Book) internal _books;
    /// @dev One in TestUSD, one in ETH; orders 2 and 5 name them.
    Agreement[2] internal _agreements;
    AgreementBook[2] internal _agreementBooks;
    mapping(uint256 agreement => mapping(address account => bool)) internal _accepted;
    address[] internal _people;
    mapping(address account => mapping(uint256 nonce => bool)) internal _nonces;
    mapping(address account => mapping(address token => uint256)) public withdrawn;
    mapping(address account => mapping(address token => uint256)) public failedPushes;
    mapping(address token => uint256) public uninvited;
    uint256 public surprises;

    constructor(ITributary escrow_, TestUSD usd_) {
        escrow = escrow_;
        usd = usd_;
        for (uint256 i = 0; i < WALLET; ++i) _people.push(vm.addr(KEYS + i));
        _people.push(address(new PayerWallet())); // pays in ETH and may refuse to take any back
        _makeAgreement(0, address(usd));
        _makeAgreement(1, address(0));
        for (uint256 i = 0; i < ORDERS; ++i) _makeOrder(i);
        for (uint256 i = 0; i < _people.length; ++i) {
            usd.mint(_people[i], 1e12);
            vm.deal(_people[i], 1e12);
            vm.prank(_people[i]);
            usd.approve(address(escrow), type(uint256).max);
        }
    }

    /// @dev Signed by the operator, the merchant (3) and the parties (5, 6 and the wallet); ends while orders may still
    ///      authorize.
    function _makeAgreement(uint256 i, address token) private {
        Agreement storage agreed = _agreements[i];
        agreed.token = token;
        agreed.operator = OPERATOR;
        agreed.validFrom = uint40(_now + 1 hours);
        agreed.validUntil = uint40(_now + 15 days);
        agreed.merchant = _people[3];
        agreed.parties.push(Party(_people[5], 5, 0, 0, 7));
        agreed.parties.push(Party(_people[6], 3, 0, 1, 0));
        agreed.parties.push(Party(_people[WALLET], 2, 600_000, 700_000, 0));
        // All but the wallet have accepted, so that it comes in force now and then.
        address[4] memory early = [OPERATOR, _people[3], _people[5], _people[6]];
        for (uint256 j = 0; j < early.length; ++j) {
            vm.prank(early[j]);
            _agreementBooks[i].id = escrow.acceptAgreement(agreed);
            _accepted[i][early[j]] = true;
        }
        _agreementBooks[i].accepted = early.length;
    }

    /// @dev Tokens, delays, flags, amounts and legs all differ; people are payers here and legs there.
    function _makeOrder(uint256 i) private {
        Terms storage terms = _orders.push();
        terms.payer = i % 2 == 0 ? _people[i / 2] : _people[WALLET];
        terms.operator = OPERATOR;
        terms.token = i % 2 == 0 ? address(usd) : address(0);
        terms.amountAndSalt = PackedTerms.pack(97 + 10_007 * i, i);
        uint256 delay = i < 2 ? 0 : 3 days;
        terms.schedule = ((_now + 20 days) << 136) | ((_now + 40 days) << 96) | (delay << 64) | (i % 4);
        if (i % 3 == 2) terms.agreement = _agreementBooks[i % 2].id;
        terms.legs.push(_leg(_people[3], i == 4 ? 0 : 333_333, 1));
        if (i % 3 == 0) terms.legs.push(_leg(_people[4], 13, 0x84));
        if (i % 3 != 1) terms.legs.push(_leg(_people[5], 7, 0x85));
        terms.legs.push(_leg(_people[6], i == 4 ? 333_333 : 1, 3));
        terms.legs.push(_leg(_people[WALLET], 666_666, 2));
        if (i == 4) terms.legs.push(_leg(_people[0], 1, 5));
    }

    function _leg(address account, uint256 share, uint256 kind) private pure returns (uint256) {
        return (uint256(uint160(account)) << 96) | (share << 8) | kind;
    }

    // The books

    function orders() external pure returns (uint256) {
        return ORDERS;
    }
    function termsOf(uint256 i) external view returns (Terms memory) {
        return _orders[i];
    }
    function bookOf(uint256 i) external view returns (Book memory) {
        return _books[i];
    }
    function agreementBookOf(uint256 i) external view returns (AgreementBook memory) {
        return _agreementBooks[i];
    }
    function people() external view returns (address[] memory) {
        return _people;
    }

    function _at(uint256 which) internal returns (Terms memory terms, Book storage book) {
        vm.warp(_now);
        return (_orders[which % ORDERS], _books[which % ORDERS]);
    }

    /// @dev Mostly what is possible; now and then zero, all, or one too much.
    function _upTo(uint256 seed, uint256 most) internal pure returns (uint256) {
        if (seed % 8 == 0) return most;
        if (seed % 32 == 1) return most + 1;
        return most == 0 ? 0 : (seed / 32) % (most + 1);
    }

    function _may(Book storage book, uint256 amount, uint256 available) internal view returns (bool) {
        return book.used && amount > 0 && amount <= available;
    }

    function _captureBy(Terms memory terms) internal pure returns (uint256) {
        return uint40(terms.schedule >> 96);
    }

    function _try(bytes memory data) internal returns (bool did) {
        (did, ) = address(escrow).call(data);
    }

    function _expect(bool did, bool may) internal {
        if (did != may) ++surprises;
    }

    function _releases(Book storage book) internal {
        book.released += book.captured;
        (book.captured, book.releaseAt) = (0, 0);
    }

    function _returns(Terms memory terms, Book storage book, uint256 amount, bool pushed) internal {
        book.returned += amount;
        bool paid = pushed && !(terms.token == address(0) && _refuses(terms.payer));
        if (!paid) failedPushes[terms.payer][terms.token] += amount;
    }

    function _refuses(address account) internal view returns (bool) {
        return account.code.length > 0 && PayerWallet(payable(account)).mode() != PayerWallet.Mode.Takes;
    }

    /// @dev Whether these terms may authorize now.
    function _mayAuthorize(Terms memory terms, Book storage book) internal view returns (bool) {
        if (book.used || _now >= terms.schedule >> 136) return false;
        if (terms.agreement == 0) return true;
        uint256 which = terms.token == address(0) ? 1 : 0;
        AgreementBook storage agreed = _agreementBooks[which];
        if (agreed.accepted < SIGNATORIES || agreed.revoked) return false;
        return _now >= _agreements[which].validFrom && _now < _agreements[which].validUntil;
    }

    /// @dev What capturing does to the book.
    function _captures(Terms memory terms, Book storage book, uint256 amount) internal {
        if (book.captured > 0 && _now >= book.releaseAt) _releases(book);
        uint256 delay = uint32(terms.schedule >> 64);
        book.held -= amount;
        if (delay == 0) book.released += amount;
        else (book.captured, book.releaseAt) = (book.captured + amount, _now + delay);
    }

    /// @dev A person's signature, or the wallet's way to agree.
    function _signature(address account, bytes32 structHash) internal returns (bytes memory) {
        (, string memory name, string memory version, uint256 chain, address verifier, , ) = escrow.eip712Domain();
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256(bytes(version)),
                chain,
                verifier
            )
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", domain, structHash));
        if (account == _people[WALLET]) {
            PayerWallet(payable(account)).agree(digest);
            return "its own way";
        }
        uint256 key = KEYS;
        while (vm.addr(key) != account) ++key;
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
