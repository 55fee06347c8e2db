// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueDesk} from "../../../contracts/interfaces/IRevenueDesk.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {TestUSD} from "../../../contracts/mocks/TestUSD.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {HostileToken} from "../support/HostileToken.sol";
import {SigningWallet} from "../support/SigningWallet.sol";
import {vm} from "../support/Vm.sol";

contract DepositWithAuthorizationTest is EscrowTest {
    uint256 private constant UNTIL = START + 1 hours;

    struct Deposit {
        address from;
        address account;
        address token;
        uint256 amount;
        uint256 validBefore;
        uint256 salt;
    }

    function usual() private view returns (Deposit memory) {
        return Deposit(payer, merchant, address(usd), 1000, UNTIL, 7);
    }
    function nonceOf(Deposit memory d) private view returns (bytes32) {
        bytes32 typehash = keccak256(
            "Deposit(address from,address account,address token,uint256 amount,uint256 validBefore,uint256 salt)"
        );
        return typedDigest(keccak256(abi.encode(typehash, d)));
    }
    function consent(Deposit memory d) private view returns (bytes memory) {
        return receiving(d.from, d.amount, d.validBefore, nonceOf(d));
    }
    function callOn(Deposit memory d, bytes memory signature) private pure returns (bytes memory) {
        return
            abi.encodeCall(
                IRevenueDesk.depositWithAuthorization,
                (d.from, d.account, d.token, d.amount, d.validBefore, d.salt, signature)
            );
    }

    function test_relayedByAStranger_onceOnly() external {
        uint256 before = usd.balanceOf(payer);
        bytes memory call_ = callOn(usual(), consent(usual()));
        vm.expectEmit(address(escrow));
        emit IRevenueDesk.Deposited(merchant, address(usd), payer, 1000);
        allowed(stranger, call_);
        assertEq(credit(merchant), 1000, "credit");
        assertEq(usd.balanceOf(payer), before - 1000, "paid");
        refused(stranger, call_, TestUSD.AuthorizationSpent.selector);
        Deposit memory again = usual();
        again.salt = 8;
        allowed(stranger, callOn(again, consent(again)));
        assertEq(credit(merchant), 2000, "another salt, another deposit");
    }

    /// Whoever relays it can bend nothing: every field is in the nonce, so the token refuses.
    function test_everyFieldIsSigned() external {
        bytes memory signature = consent(usual());
        bytes4 refusal = TestUSD.AuthorizationRefused.selector;
        Deposit memory d = usual();
        d.from = stranger;
        refused(stranger, callOn(d, signature), refusal);
        d = usual();
        d.account = stranger;
        refused(stranger, callOn(d, signature), refusal);
        d = usual();
        d.amount = 999;
        refused(stranger, callOn(d, signature), refusal);
        d = usual();
        d.validBefore = UNTIL + 1;
        refused(stranger, callOn(d, signature), refusal);
        d = usual();
        d.salt = 8;
        refused(stranger, callOn(d, signature), refusal);
        d = usual();
        d.token = address(new TestUSD());
        refused(stranger, callOn(d, signature), refusal);
        allowed(stranger, callOn(usual(), signature));
    }

    function test_validBefore_isTheFirstSecondTooLate() external {
        bytes memory call_ = callOn(usual(), consent(usual()));
        vm.warp(UNTIL);
        refused(stranger, call_, TestUSD.AuthorizationExpired.selector);
        vm.warp(UNTIL - 1);
        allowed(stranger, call_);
    }

    function test_anotherChainRefused() external {
        bytes memory signature = consent(usual());
        vm.chainId(block.chainid + 1);
        refused(stranger, callOn(usual(), signature), TestUSD.AuthorizationRefused.selector);
    }

    /// An authorization for an order is no deposit, and the other way round.
    function test_consentToPay_isNoneToDeposit() external {
        Terms memory terms = order();
        Deposit memory d = usual();
        (d.amount, d.validBefore) = (AMOUNT, START + 1 days);
        refused(stranger, callOn(d, authorization(terms)), TestUSD.AuthorizationRefused.selector);
        bytes memory pay = abi.encodeCall(ISettlementEscrow.authorizeWithAuthorization, (terms, consent(d)));
        refused(stranger, pay, TestUSD.AuthorizationRefused.selector);
    }

    function test_erc3009_directSubmissionToTokenReverts() external {
        Deposit memory d = usual();
        bytes memory signature = consent(d);
        bytes32 nonce = nonceOf(d);
        vm.prank(stranger);
        (bool ok, bytes memory answer) = address(usd).call(
            abi.encodeWithSignature(
                "receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)",
                payer,
                address(escrow),
                d.amount,
                0,
                UNTIL,
                nonce,
                signature
            )
        );
        assertFalse(ok, "only the escrow may submit");
        assertTrue(bytes4(answer) == TestUSD.CallerNotPayee.selector, "caller is not payee");
    }

    function test_walletContractSignsItsOwnWay() external {
        SigningWallet wallet = new SigningWallet();
        usd.mint(address(wallet), 1000);
        Deposit memory d = usual();
        d.from = address(wallet);
        wallet.set(SigningWallet.Mood.Refuses);
        refused(stranger, callOn(d, "its own way"), TestUSD.AuthorizationRefused.selector);
        wallet.set(SigningWallet.Mood.Agrees);
        allowed(stranger, callOn(d, "its own way"));
        assertEq(credit(merchant), 1000, "credit");
    }

    function test_zeroAndAddressesRefusedAsInDeposit() external {
        Deposit memory d = usual();
        d.amount = 0;
        refused(stranger, callOn(d, consent(d)), IRevenueLedger.AmountZero.selector);
        address[3] memory bad = [address(0), address(escrow), address(usd)];
        for (uint256 i = 0; i < bad.length; ++i) {
            d = usual();
            d.account = bad[i];
            refused(stranger, callOn(d, consent(d)), ISettlementEscrow.AddressRefused.selector);
        }
    }

    function test_needsAToken() external {
        Deposit memory d = usual();
        d.token = address(0);
        vm.prank(stranger);
        (bool ok, ) = address(escrow).call(callOn(d, consent(d)));
        assertFalse(ok, "ETH cannot be fetched");
        vm.deal(stranger, 1000);
        vm.prank(stranger);
        (ok, ) = address(escrow).call{value: 1000}(callOn(d, consent(d)));
        assertFalse(ok, "and is not taken");
    }

    function test_token_thatKeepsAFeeIsRefused() external {
        HostileToken token = new HostileToken();
        token.mint(payer, 1000);
        token.set(HostileToken.Mode.KeepsFee);
        Deposit memory d = usual();
        d.token = address(token);
        refused(stranger, callOn(d, "any"), ISettlementEscrow.ReceivedWrongAmount.selector);
    }
}
