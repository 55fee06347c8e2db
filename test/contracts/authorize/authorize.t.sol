// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {TestUSD} from "../../../contracts/mocks/TestUSD.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {HostileToken} from "../support/HostileToken.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

contract AuthorizeTest is EscrowTest {
    function test_allowance_holdsTheAmount() external {
        Terms memory terms = order();
        bytes32 id = authorize(terms);
        assertTrue(id == escrow.idOf(terms), "the id is the digest of the terms");
        assertOrder(terms, AMOUNT, 0, 0, 0);
        assertEq(usd.balanceOf(address(escrow)), AMOUNT, "balance");
    }

    function test_eth_holdsTheAmount() external {
        Terms memory terms = ethOrder();
        authorize(terms);
        assertOrder(terms, AMOUNT, 0, 0, 0);
        assertEq(address(escrow).balance, AMOUNT, "balance");
    }

    function test_erc3009_relayedByAStranger() external {
        Terms memory terms = order();
        bytes memory signature = authorization(terms);
        vm.prank(stranger);
        escrow.authorizeWithAuthorization(terms, signature);
        assertOrder(terms, AMOUNT, 0, 0, 0);
    }

    function test_erc3009_walletContractSignsItsOwnWay() external {
        PayerWallet wallet = new PayerWallet();
        Terms memory terms = order();
        terms.payer = address(wallet);
        usd.mint(address(wallet), AMOUNT);
        bytes memory call_ = abi.encodeCall(ISettlementEscrow.authorizeWithAuthorization, (terms, "whatever"));
        refused(stranger, call_, TestUSD.AuthorizationRefused.selector);

        bytes32 typehash = keccak256(
            "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,"
            "bytes32 nonce)"
        );
        bytes memory fields = abi.encode(typehash, wallet, escrow, AMOUNT, 0, START + 1 days, escrow.idOf(terms));
        wallet.agree(keccak256(abi.encodePacked(hex"1901", usd.DOMAIN_SEPARATOR(), keccak256(fields))));
        allowed(stranger, call_);
        assertOrder(terms, AMOUNT, 0, 0, 0);
    }

    function test_erc3009_directSubmissionToTokenReverts() external {
        Terms memory terms = order();
        bytes memory signature = authorization(terms);
        bytes32 id = escrow.idOf(terms);
        vm.prank(stranger);
        (bool ok, bytes memory answer) = address(usd).call(
            abi.encodeWithSignature(
                "receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)",
                payer,
                address(escrow),
                AMOUNT,
                0,
                START + 1 days,
                id,
                signature
            )
        );
        assertFalse(ok, "only the escrow may submit");
        assertTrue(bytes4(answer) == TestUSD.CallerNotPayee.selector, "caller is not payee");
        (ok, ) = address(usd).call(
            abi.encodeWithSignature(
                "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)",
                payer,
                address(escrow),
                AMOUNT,
                0,
                START + 1 days,
                id,
                signature
            )
        );
        assertFalse(ok, "another typehash");
    }

    function test_erc3009_authorizationOfOtherTermsIsNotConsent() external {
        Terms memory terms = order();
        bytes memory signature = authorization(terms);
        terms.operator = stranger;
        bytes memory call_ = abi.encodeCall(ISettlementEscrow.authorizeWithAuthorization, (terms, signature));
        refused(stranger, call_, TestUSD.AuthorizationRefused.selector);
    }

    function test_erc3009_needsAToken() external {
        bytes memory call_ = abi.encodeCall(ISettlementEscrow.authorizeWithAuthorization, (ethOrder(), ""));
        refused(stranger, call_, ISettlementEscrow.AuthorizationNeedsToken.selector);
    }

    function test_authorizeAllowance_strangerCannotSpendVictimAllowance() external {
        refused(stranger, callAuthorize(order()), ISettlementEscrow.NotPayer.selector);
        refused(operator, callAuthorize(order()), ISettlementEscrow.NotPayer.selector);
    }

    function test_voidedOrder_sameSignatureNeverAuthorizesAgain() external {
        Terms memory terms = order();
        bytes memory signature = authorization(terms);
        escrow.authorizeWithAuthorization(terms, signature);
        void_(terms, AMOUNT);
        bytes memory again = abi.encodeCall(ISettlementEscrow.authorizeWithAuthorization, (terms, signature));
        refused(stranger, again, ISettlementEscrow.AlreadyAuthorized.selector);
        refused(payer, callAuthorize(terms), ISettlementEscrow.AlreadyAuthorized.selector);
    }

    function test_ethOnTokenRouteReverts() external {
        refusedWith(payer, 1, callAuthorize(order()), ISettlementEscrow.ValueMismatch.selector);
        refusedWith(payer, AMOUNT - 1, callAuthorize(ethOrder()), ISettlementEscrow.ValueMismatch.selector);
        refusedWith(payer, AMOUNT + 1, callAuthorize(ethOrder()), ISettlementEscrow.ValueMismatch.selector);
        refusedWith(payer, 0, callAuthorize(ethOrder()), ISettlementEscrow.ValueMismatch.selector);
    }

    function test_plainEthIsRefused() external {
        vm.prank(payer);
        (bool ok, ) = address(escrow).call{value: 1}("");
        assertFalse(ok, "there is no receive");
    }

    function test_token_thatKeepsAFeeIsRefused() external {
        (HostileToken token, Terms memory terms) = hostile();
        token.set(HostileToken.Mode.KeepsFee);
        refused(payer, callAuthorize(terms), ISettlementEscrow.ReceivedWrongAmount.selector);
    }

    function test_token_thatSaysFalseIsRefused() external {
        (HostileToken token, Terms memory terms) = hostile();
        token.set(HostileToken.Mode.SaysFalse);
        refused(payer, callAuthorize(terms), IRevenueLedger.TransferFailed.selector);
    }

    function test_token_thatSaysNothingIsTaken() external {
        (HostileToken token, Terms memory terms) = hostile();
        token.set(HostileToken.Mode.SaysNothing);
        authorize(terms);
        assertOrder(terms, AMOUNT, 0, 0, 0);
    }

    function test_token_withoutCodeIsRefused() external {
        Terms memory terms = order();
        terms.token = address(0xdead);
        refused(payer, callAuthorize(terms), IRevenueLedger.BalanceUnknown.selector);
    }

    function test_uninvitedTokensChangeNothing() external {
        usd.mint(address(escrow), 1);
        Terms memory terms = order();
        authorize(terms);
        capture(terms, AMOUNT);
        release(terms);
        assertEq(legCredits(terms), AMOUNT, "credits");
    }

    function test_anotherChainOrContractGivesAnotherId() external {
        bytes32 here = escrow.idOf(order());
        vm.chainId(31_338);
        assertTrue(escrow.idOf(order()) != here, "chain");
        (, , , uint256 chain, , , ) = escrow.eip712Domain();
        assertEq(chain, 31_338, "domain is told as it is now");
    }

    function hostile() private returns (HostileToken token, Terms memory terms) {
        token = new HostileToken();
        token.mint(payer, AMOUNT * 2);
        terms = order();
        terms.token = address(token);
    }
}
