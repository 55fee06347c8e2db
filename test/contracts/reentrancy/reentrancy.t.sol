// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Acceptance, Agreement, IAgreementRegistry} from "../../../contracts/interfaces/IAgreementRegistry.sol";
import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {CaptureRequest, ISettlementEscrow, OrderView, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {HostileToken} from "../support/HostileToken.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

/// Every function that calls out, against every function that moves money, hooked in the token and in the payee.
contract ReentrancyTest is EscrowTest {
    using PackedTerms for Terms;

    uint256 private constant AGENT_KEY = 0xA6E70;

    function setUp() public override {
        super.setUp();
        agent = vm.addr(AGENT_KEY);
    }

    uint256 private constant INNER = 22;

    function inner(Terms memory terms) private pure returns (bytes[] memory calls) {
        calls = new bytes[](INNER);
        calls[0] = callAuthorize(terms);
        calls[1] = abi.encodeCall(ISettlementEscrow.authorizeWithAuthorization, (terms, ""));
        calls[2] = callCapture(terms, 1, 1);
        calls[3] = callRelease(terms);
        calls[4] = abi.encodeCall(ISettlementEscrow.releaseWithSignature, (terms, 1, 1, type(uint256).max, ""));
        calls[5] = callVoid(terms, 1, 1);
        calls[6] = callReclaim(terms);
        calls[7] = callRefund(terms, 1, 1);
        calls[8] = callWithdraw(terms.token, 1);
        calls[9] = abi.encodeCall(IRevenueLedger.withdrawTo, (terms.token, address(0xBEEF), 1));
        calls[10] = abi.encodeCall(
            IRevenueLedger.withdrawWithSignature,
            (terms.payer, terms.token, 1, terms.payer, 1, type(uint256).max, "")
        );
        calls[11] = abi.encodeCall(IOrderDesk.reclaimWithSignature, (terms, type(uint256).max, ""));
        calls[12] = abi.encodeCall(IOrderDesk.cancelTerms, (terms));
        calls[13] = abi.encodeCall(IOrderDesk.cancelTermsWithSignature, (terms, type(uint256).max, ""));
        calls[14] = abi.encodeCall(ISettlementEscrow.authorizeBasket, (only(terms)));
        calls[15] = abi.encodeCall(ISettlementEscrow.authorizeBasketWithAuthorization, (only(terms), ""));
        calls[16] = abi.encodeCall(ISettlementEscrow.captureMany, (new CaptureRequest[](0)));
        calls[17] = abi.encodeCall(ISettlementEscrow.releaseMany, (only(terms)));
        Agreement memory agreed;
        calls[18] = abi.encodeCall(IAgreementRegistry.acceptAgreement, (agreed));
        calls[19] = abi.encodeCall(IAgreementRegistry.acceptAgreementWithSignatures, (agreed, new Acceptance[](0)));
        calls[20] = abi.encodeCall(IAgreementRegistry.revokeAgreement, (bytes32(0)));
        calls[21] = abi.encodeCall(
            IAgreementRegistry.revokeAgreementWithSignature,
            (bytes32(0), terms.payer, 1, type(uint256).max, "")
        );
    }

    function only(Terms memory terms) private pure returns (Terms[] memory orders) {
        orders = new Terms[](1);
        orders[0] = terms;
    }

    /// @dev Withdraws one unit on the signature of a payee with a key, or of a wallet that agrees to everything.
    function withdrawSigned(address account, address token, uint256 nonce) private {
        bytes32 typehash = keccak256(
            "Withdraw(address account,address token,uint256 amount,address to,uint256 nonce,uint256 deadline)"
        );
        bytes32 signedDigest = typedDigest(
            keccak256(abi.encode(typehash, account, token, 1, account, nonce, type(uint256).max))
        );
        bytes memory signature = account.code.length == 0 ? signed(AGENT_KEY, signedDigest) : bytes("its own way");
        if (account.code.length != 0) PayerWallet(payable(account)).agree(signedDigest);
        bytes memory call_ = abi.encodeCall(
            IRevenueLedger.withdrawWithSignature,
            (account, token, 1, account, nonce, type(uint256).max, signature)
        );
        allowed(stranger, call_);
    }

    function reclaimSigned(Terms memory terms) private {
        bytes32 typehash = keccak256("Reclaim(bytes32 id,uint256 deadline)");
        bytes32 signedDigest = typedDigest(keccak256(abi.encode(typehash, escrow.idOf(terms), type(uint256).max)));
        bytes memory signature = terms.payer.code.length == 0 ? signed(PAYER_KEY, signedDigest) : bytes("its own way");
        if (terms.payer.code.length != 0) PayerWallet(payable(terms.payer)).agree(signedDigest);
        allowed(
            stranger,
            abi.encodeCall(IOrderDesk.reclaimWithSignature, (terms, type(uint256).max, signature))
        );
    }

    /// @dev Runs the outer function number `which` to its end. The order has released, held and captured; `salt` is of
    ///      one that is new, and the nonce of a signature.
    function outer(uint256 which, Terms memory terms, uint256 salt) private {
        OrderView memory seen = escrow.orderOf(terms);
        address payee = terms.token == address(0) ? terms.payer : merchant;
        if (which == 0) allowed(operator, callVoid(terms, 1, seen.held));
        if (which == 1) allowed(merchant, callRefund(terms, 1, seen.captured));
        if (which == 2) allowed(payee, callWithdraw(terms.token, 1));
        if (which == 3) allowed(merchant, abi.encodeCall(IRevenueLedger.withdrawTo, (terms.token, terms.payer, 1)));
        if (which == 4) withdrawSigned(terms.token == address(0) ? terms.payer : agent, terms.token, salt);
        if (which == 5 || which == 6) {
            vm.warp(START + 14 days);
            if (which == 5) allowed(terms.payer, callReclaim(terms));
            else reclaimSigned(terms);
            vm.warp(START);
        }
        terms.setSalt(salt);
        if (which == 7) allowed(terms.payer, callAuthorize(terms));
        if (which == 8) allowed(terms.payer, abi.encodeCall(ISettlementEscrow.authorizeBasket, (only(terms))));
        if (which == 9) {
            allowed(stranger, abi.encodeCall(ISettlementEscrow.authorizeWithAuthorization, (terms, "")));
        }
        if (which == 10) {
            bytes memory call_ = abi.encodeCall(ISettlementEscrow.authorizeBasketWithAuthorization, (only(terms), ""));
            allowed(stranger, call_);
        }
    }

    function assertReentered(bytes memory answer) private pure {
        assertTrue(bytes4(answer) == IRevenueLedger.Reentered.selector, "the inner call was let in");
    }

    /// @dev Something released, something captured, something held.
    function mixed(Terms memory terms) private {
        authorize(terms);
        capture(terms, 1000);
        release(terms);
        capture(terms, 1000);
    }

    function test_everyPair_hookedInTheToken() external {
        for (uint256 o = 0; o < 11; ++o) {
            HostileToken token = new HostileToken();
            token.mint(payer, 2 * INNER * AMOUNT);
            for (uint256 i = 0; i < INNER; ++i) {
                Terms memory terms = order();
                terms.token = address(token);
                terms.setSalt(2 * i + 1);
                token.setHook(address(0), "");
                mixed(terms);
                token.setHook(address(escrow), inner(terms)[i]);
                outer(o, terms, 2 * i + 2);
                assertReentered(token.answer());
            }
        }
    }

    function test_everyPair_hookedInThePayee() external {
        for (uint256 o = 0; o < 7; ++o) {
            PayerWallet wallet = new PayerWallet();
            vm.deal(address(wallet), INNER * AMOUNT);
            for (uint256 i = 0; i < INNER; ++i) {
                Terms memory terms = ethOrder();
                terms.payer = address(wallet);
                terms.legs[1] = leg(address(wallet), 80_000, 2);
                terms.setSalt(2 * i + 1);
                wallet.setHook(address(0), "");
                mixed(terms);
                wallet.setHook(address(escrow), inner(terms)[i]);
                outer(o, terms, 2 * i + 2);
                assertReentered(wallet.answer());
            }
        }
    }

    /// The lock opens again: one transaction may do several things.
    function test_oneTransaction_manyCalls() external {
        Terms memory terms = order();
        mixed(terms);
        void_(terms, 1);
        void_(terms, 1);
        refund(terms, 1);
        release(terms);
    }
}
