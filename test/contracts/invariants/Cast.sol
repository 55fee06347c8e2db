// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ITributary} from "../../../contracts/interfaces/ITributary.sol";
import {Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {IllArbiter} from "../../../contracts/mocks/IllArbiter.sol";
import {IllToken} from "../../../contracts/mocks/IllToken.sol";
import {IllWallet} from "../../../contracts/mocks/IllWallet.sol";
import {SecondDoor} from "../../../contracts/mocks/SecondDoor.sol";
import {TestUSD} from "../../../contracts/mocks/TestUSD.sol";
import {vm} from "../support/Vm.sol";
import {Rule} from "./Rule.sol";

/// @title Who acts, in which tokens, and how they sign
/// @dev Seven accounts with keys and a wallet contract pay, earn and sell; the operator, the arbiters (one of them a
///      contract) and the stranger never earn. Tokens: one that behaves, ETH, one that behaves ill now and then, its
///      second address, and one whose balances shrink.
abstract contract Cast {
    uint256 internal constant KEYS = 0x7000;
    uint256 internal constant OPERATOR_KEY = 0x7777;
    uint256 internal constant PEOPLE = 8;
    uint256 internal constant WALLET = 7;
    uint256 internal constant PURSE = 2 ** 108;
    address internal constant STRANGER = address(0x5774);
    address internal constant ARBITER = address(0xA4B1);

    uint256 internal constant USD = 0;
    uint256 internal constant ETH = 1;
    uint256 internal constant ILL = 2;
    uint256 internal constant DOOR = 3;
    uint256 internal constant SHRINKING = 4;
    uint256 internal constant TOKENS = 5;

    ITributary public immutable escrow;
    TestUSD internal immutable _usd;
    IllToken internal immutable _ill;
    IllToken internal immutable _shrinking;
    IllWallet internal immutable _wallet;
    IllArbiter internal immutable _illArbiter;
    address internal immutable _operator;
    bytes32 private immutable _domain;
    bytes32 private immutable _usdDomain;

    address[] internal _people;
    address[] internal _tokens;
    mapping(address account => uint256) private _keys;
    uint256 internal _now = 1_800_000_000;

    constructor(ITributary escrow_) {
        escrow = escrow_;
        _usd = new TestUSD();
        _ill = new IllToken();
        _shrinking = new IllToken();
        _wallet = new IllWallet();
        _illArbiter = new IllArbiter();
        SecondDoor door = new SecondDoor(_ill);
        _ill.addDoor(address(door));
        _tokens = [address(_usd), address(0), address(_ill), address(door), address(_shrinking)];
        for (uint256 i = 0; i < WALLET; ++i) _meet(vm.addr(KEYS + i), KEYS + i);
        _people.push(address(_wallet));
        _operator = vm.addr(OPERATOR_KEY);
        _keys[_operator] = OPERATOR_KEY;
        for (uint256 i = 0; i < PEOPLE; ++i) _equip(_people[i]);
        _usdDomain = _usd.DOMAIN_SEPARATOR();
        (, string memory name, string memory version, uint256 chain, address verifier, , ) = escrow_.eip712Domain();
        _domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256(bytes(version)),
                chain,
                verifier
            )
        );
    }

    function _meet(address account, uint256 key) private {
        _people.push(account);
        _keys[account] = key;
    }

    function _equip(address account) private {
        _usd.mint(account, PURSE);
        _ill.mint(account, PURSE);
        _shrinking.mint(account, PURSE);
        vm.deal(account, PURSE);
        _allow(account, type(uint256).max);
    }

    function _allow(address account, uint256 value) internal {
        vm.prank(account);
        _usd.approve(address(escrow), value);
    }

    // Dice: every choice of a deed comes from its seed

    function _roll(uint256 seed, uint256 throw_, uint256 sides) internal pure returns (uint256 face) {
        assembly ("memory-safe") {
            mstore(0x00, seed)
            mstore(0x20, throw_)
            face := mod(keccak256(0x00, 0x40), sides)
        }
    }

    function _person(uint256 seed, uint256 throw_) internal view returns (address) {
        return _people[_roll(seed, throw_, PEOPLE)];
    }

    /// @dev Mostly what is possible; now and then zero, all, or one too much.
    function _upTo(uint256 seed, uint256 most) internal pure returns (uint256) {
        uint256 way = _roll(seed, 0xA0, 16);
        if (way < 4) return most;
        if (way == 4) return most + 1;
        if (way == 5) return 0;
        return most == 0 ? 0 : 1 + _roll(seed, 0xA1, most);
    }

    // Tokens

    function _balance(uint256 token, address account) internal view returns (uint256) {
        if (token == ETH) return account.balance;
        if (token == USD) return _usd.balanceOf(account);
        return token == SHRINKING ? _shrinking.truth(account) : _ill.truth(account);
    }

    /// @dev Whether the token now brings and sends exactly what it is asked to.
    function _isFair(address token) internal view returns (bool) {
        if (token == address(_usd) || token == address(0)) return true;
        if (token == address(_shrinking)) return false;
        return _ill.isFair() && _ill.mode() != IllToken.Mode.Narrow; // some amounts here are wide
    }

    /// @dev Whether the account takes ETH that is sent to it.
    function _takesEther(address account) internal view returns (bool) {
        return account != address(_wallet) || _wallet.mode() <= IllWallet.Mode.Reenters;
    }

    // Terms

    function _merchantOf(Terms memory terms) internal pure returns (address) {
        return Rule.accountOf(terms.legs[0]);
    }
    function _authorizeByOf(Terms memory terms) internal pure returns (uint256) {
        return terms.schedule >> 136;
    }
    function _captureByOf(Terms memory terms) internal pure returns (uint256) {
        return uint40(terms.schedule >> 96);
    }
    function _delayOf(Terms memory terms) internal pure returns (uint256) {
        return uint32(terms.schedule >> 64);
    }
    function _rulingTimeOf(Terms memory terms) internal pure returns (uint256) {
        return uint32(terms.schedule >> 32);
    }
    function _defaultPpmOf(Terms memory terms) internal pure returns (uint256) {
        return uint24(terms.schedule >> 8);
    }

    // Signatures

    /// @dev Most signatures are those asked for and in time.
    function _deadline(uint256 seed) internal view returns (uint256) {
        return _roll(seed, 0xB0, 24) == 0 ? _now - 1 : _now + _roll(seed, 0xB1, 3);
    }

    /// @dev Of whom a signature is taken in the place of `account`: now and then of another.
    function _hand(uint256 seed, address account) internal view returns (address) {
        return _roll(seed, 0xB2, 24) == 0 ? _people[_roll(seed, 0xB3, WALLET)] : account;
    }

    /// @dev `hand` signs for `account`, and whether the escrow must take it.
    function _signs(
        address hand,
        address account,
        bytes32 structHash
    ) internal returns (bytes memory signature, bool good) {
        return _signsDigest(hand, account, keccak256(abi.encodePacked(hex"1901", _domain, structHash)));
    }

    function _signsDigest(
        address hand,
        address account,
        bytes32 digest
    ) internal returns (bytes memory signature, bool good) {
        _wallet.agree(0); // or what it agreed to before would count, whoever signs now
        good = hand == account && (hand != address(_wallet) || _wallet.voice() == IllWallet.Voice.Signs);
        return (_sign(hand, digest), good);
    }

    /// @dev The hand's ERC-3009 authorization of `from`'s dollars for the escrow.
    function _authorizes(
        address hand,
        address from,
        uint256 amount,
        uint256 until,
        bytes32 nonce
    ) internal returns (bytes memory, bool) {
        bytes32 typehash = keccak256(
            "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,"
            "bytes32 nonce)"
        );
        bytes32 structHash = keccak256(abi.encode(typehash, from, address(escrow), amount, 0, until, nonce));
        return _signsDigest(hand, from, keccak256(abi.encodePacked(hex"1901", _usdDomain, structHash)));
    }

    /// @dev The owner's ERC-2612 permit, good only where the owner has a key.
    function _permits(address owner, uint256 value) internal view returns (bytes memory) {
        bytes32 typehash = keccak256(
            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
        );
        bytes32 structHash = keccak256(abi.encode(typehash, owner, address(escrow), value, _usd.nonces(owner), _now));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", _usdDomain, structHash));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_keys[owner] == 0 ? KEYS : _keys[owner], digest);
        return abi.encodePacked(r, s, v);
    }

    function _digestOf(bytes32 structHash) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", _domain, structHash));
    }

    function _sign(address hand, bytes32 digest) private returns (bytes memory) {
        if (hand == address(_wallet)) {
            _wallet.agree(digest);
            return "its own way";
        }
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_keys[hand], digest);
        return abi.encodePacked(r, s, v);
    }
}
