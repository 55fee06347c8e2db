// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ITributary} from "../../../contracts/interfaces/ITributary.sol";
import {Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {IllToken} from "../../../contracts/mocks/IllToken.sol";
import {IllWallet} from "../../../contracts/mocks/IllWallet.sol";
import {Assertions} from "../support/Assertions.sol";
import {Deployer} from "../support/Deployer.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {vm} from "../support/Vm.sol";
import {Rule} from "./Rule.sol";

/// @title The end that docs/contracts/tokens.md gives to each kind of token and of wallet, one by one
contract IllBehavedTest is Assertions {
    /// @dev D done, L done but for the token's lie, C the payer's credit instead, R refused: nothing moved.
    uint256 private constant MODES = 16;
    bytes private constant AUTHORIZES = "DDDDDRRRRDRRRRRR";
    bytes private constant PUSHES = "DDDDDCRLDRCCCCCC";
    bytes private constant WITHDRAWS = "DDDDDRRLDRRRRRRR";

    uint256 private constant START = 1_800_000_000;
    uint256 private constant AMOUNT = 1000;
    address private constant PAYER = address(0xA11CE);
    address private constant OPERATOR = address(0x0937);
    address private constant MERCHANT = address(0x3E4C);
    address private constant STRANGER = address(0x5774);

    ITributary private escrow;
    IllToken private token;
    IllWallet private wallet;

    function setUp() external {
        vm.warp(START);
        escrow = Deployer.escrow();
        token = new IllToken();
        wallet = new IllWallet();
        token.mint(PAYER, type(uint128).max);
        vm.deal(address(wallet), AMOUNT);
    }

    function test_eachToken_authorizes() external {
        for (uint256 m = 0; m < MODES; ++m) {
            Terms memory terms = _order(m, PAYER, address(token), AMOUNT);
            _mood(m);
            uint256 before = token.truth(address(escrow));
            bool did = _try(PAYER, 0, abi.encodeCall(escrow.authorize, (terms)));
            assertTrue(did == (AUTHORIZES[m] == "D"), _named("authorize", m));
            assertEq(token.truth(address(escrow)) - before, did ? AMOUNT : 0, _named("exactly the amount", m));
            _mood(0);
        }
    }

    function test_eachToken_endsAPushToThePayer() external {
        for (uint256 m = 0; m < MODES; ++m) {
            Terms memory terms = _authorized(m, PAYER, address(token));
            uint256[3] memory before = [_paid(), _credit(PAYER), token.truth(address(escrow))];
            _mood(m);
            bool did = _try(OPERATOR, 0, abi.encodeCall(escrow.void, (terms, AMOUNT, AMOUNT)));
            bytes1 end = PUSHES[m];
            assertTrue(did == (end != "R"), _named("void", m));
            assertTrue((_paid() > before[0]) == (end == "D"), _named("payer has it", m));
            assertEq(_credit(PAYER) - before[1], end == "C" ? AMOUNT : 0, _named("credit", m));
            assertEq(before[2] - token.truth(address(escrow)), end == "D" ? AMOUNT : 0, _named("left", m));
            _mood(0);
        }
    }

    function test_eachToken_endsAWithdrawal() external {
        for (uint256 m = 0; m < MODES; ++m) {
            Terms memory terms = _authorized(m, PAYER, address(token));
            _try(OPERATOR, 0, abi.encodeCall(escrow.capture, (terms, AMOUNT, AMOUNT)));
            uint256 before = _credit(MERCHANT);
            _mood(m);
            bool did = _try(MERCHANT, 0, abi.encodeCall(escrow.withdraw, (address(token), AMOUNT)));
            assertTrue(did == (WITHDRAWS[m] != "R"), _named("withdraw", m));
            assertEq(before - _credit(MERCHANT), did ? AMOUNT : 0, _named("credit", m));
            _mood(0);
        }
    }

    /// Whatever the token does, a stranger brings an order to its end without it.
    function test_eachToken_cannotKeepAnOrderOpen() external {
        for (uint256 m = 0; m < MODES; ++m) {
            Terms memory terms = _authorized(m, PAYER, address(token));
            uint256 before = _credit(PAYER);
            _mood(m);
            vm.warp(START + 14 days);
            assertTrue(_try(STRANGER, 0, abi.encodeCall(escrow.reclaim, (terms))), _named("reclaim", m));
            assertEq(_credit(PAYER) - before, AMOUNT, _named("credit", m));
            vm.warp(START);
            _mood(0);
        }
    }

    function test_tokenOfNarrowAmounts_refusesWideOnes() external {
        _mood(uint256(IllToken.Mode.Narrow));
        Terms memory fits = _order(1, PAYER, address(token), type(uint96).max);
        Terms memory wide = _order(2, PAYER, address(token), uint256(type(uint96).max) + 1);
        assertTrue(_try(PAYER, 0, abi.encodeCall(escrow.authorize, (fits))), "2^96 - 1");
        assertFalse(_try(PAYER, 0, abi.encodeCall(escrow.authorize, (wide))), "2^96");
    }

    function test_blockedPayer_withdrawsToAnotherAddress() external {
        Terms memory terms = _authorized(1, PAYER, address(token));
        token.set(IllToken.Mode.Blocks);
        token.block_(PAYER);
        assertTrue(_try(OPERATOR, 0, abi.encodeCall(escrow.void, (terms, AMOUNT, AMOUNT))), "void");
        assertEq(_credit(PAYER), AMOUNT, "credited");
        bytes memory elsewhere = abi.encodeCall(escrow.withdrawTo, (address(token), STRANGER, AMOUNT));
        assertTrue(_try(PAYER, 0, elsewhere), "to another address");
    }

    function test_shrunkToken_paysUntilItIsEmpty() external {
        Terms memory first = _authorized(1, PAYER, address(token));
        Terms memory second = _authorized(2, PAYER, address(token));
        token.shrink(address(escrow), 1);
        assertTrue(_try(OPERATOR, 0, abi.encodeCall(escrow.void, (first, AMOUNT, AMOUNT))), "first");
        assertEq(_credit(PAYER), 0, "paid");
        assertTrue(_try(OPERATOR, 0, abi.encodeCall(escrow.void, (second, AMOUNT, AMOUNT))), "second");
        assertEq(_credit(PAYER), AMOUNT, "credited, though a unit is gone");
        assertTrue(_try(PAYER, 0, abi.encodeCall(escrow.withdraw, (address(token), AMOUNT - 1))), "what is there");
    }

    function test_eachWallet_endsAPushOfEther() external {
        bytes memory ends = "DDCCC";
        for (uint256 m = 0; m < ends.length; ++m) {
            vm.deal(address(wallet), AMOUNT);
            Terms memory terms = _authorized(m, address(wallet), address(0));
            uint256 credit = escrow.creditOf(address(wallet), address(0));
            wallet.set(IllWallet.Mode(m), IllWallet.Voice.Signs);
            wallet.hook(address(escrow), abi.encodeCall(escrow.reclaim, (terms)));
            assertTrue(_try(OPERATOR, 0, abi.encodeCall(escrow.void, (terms, AMOUNT, AMOUNT))), _named("void", m));
            assertEq(address(wallet).balance, ends[m] == "D" ? AMOUNT : 0, _named("paid", m));
            uint256 more = escrow.creditOf(address(wallet), address(0)) - credit;
            assertEq(more, ends[m] == "C" ? AMOUNT : 0, _named("credited", m));
        }
        assertEq(wallet.reentries(), 0, "nothing came through");
    }

    function test_eachWallet_signsOrDoesNot() external {
        for (uint256 voice = 0; voice < 5; ++voice) {
            wallet.set(IllWallet.Mode.Takes, IllWallet.Voice(voice));
            Terms memory terms = _order(voice, address(wallet), address(token), AMOUNT);
            wallet.agree(escrow.idOf(terms));
            token.mint(address(wallet), AMOUNT);
            bytes memory call_ = abi.encodeCall(escrow.authorizeWithAllowance, (terms, "its own way"));
            assertTrue(_try(STRANGER, 0, call_) == (voice == 0), _named("signs", voice));
        }
    }

    // What it takes

    function _order(
        uint256 salt,
        address payer,
        address paidIn,
        uint256 amount
    ) private pure returns (Terms memory terms) {
        (terms.payer, terms.operator, terms.token) = (payer, OPERATOR, paidIn);
        terms.amountAndSalt = PackedTerms.pack(amount, salt);
        terms.schedule = ((START + 1 days) << 136) | ((START + 14 days) << 96);
        terms.legs = new uint256[](1);
        terms.legs[0] = Rule.leg(MERCHANT, 1_000_000, 1);
    }

    function _authorized(uint256 salt, address payer, address paidIn) private returns (Terms memory terms) {
        terms = _order(salt, payer, paidIn, AMOUNT);
        uint256 value = paidIn == address(0) ? AMOUNT : 0;
        assertTrue(_try(payer, value, abi.encodeCall(escrow.authorize, (terms))), "authorized while all was well");
    }

    function _mood(uint256 mode) private {
        token.set(IllToken.Mode(mode));
        token.block_(address(escrow));
    }

    function _try(address caller, uint256 value, bytes memory data) private returns (bool did) {
        vm.prank(caller);
        (did, ) = address(escrow).call{gas: 10_000_000, value: value}(data);
    }

    function _paid() private view returns (uint256) {
        return token.truth(PAYER);
    }
    function _credit(address account) private view returns (uint256) {
        return escrow.creditOf(account, address(token));
    }
    function _named(string memory what, uint256 mode) private pure returns (string memory) {
        return string(abi.encodePacked(what, ", mode ", uint8(65 + mode)));
    }
}
