// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {TestUSD} from "../../../contracts/mocks/TestUSD.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {HostileToken} from "../support/HostileToken.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {SigningWallet} from "../support/SigningWallet.sol";
import {Vm, vm} from "../support/Vm.sol";

contract BasketTest is EscrowTest {
    using PackedTerms for Terms;

    function callBasket(Terms[] memory orders) private pure returns (bytes memory) {
        return abi.encodeCall(ISettlementEscrow.authorizeBasket, (orders));
    }
    function callSigned(Terms[] memory orders, bytes memory signature) private pure returns (bytes memory) {
        return abi.encodeCall(ISettlementEscrow.authorizeBasketWithAuthorization, (orders, signature));
    }

    /// @dev Three orders of three merchants, amounts and times.
    function three() private view returns (Terms[] memory orders) {
        orders = ordersOf(3);
        for (uint256 i = 0; i < 3; ++i) {
            orders[i].setAmount(1000 + i);
            orders[i].legs[0] = leg(address(uint160(0x3E00 + i)), 820_000, 1);
            orders[i].schedule = schedule(START + 1 days - i * 1 hours, START + 14 days, DELAY, 0);
        }
    }

    function inEth(Terms[] memory orders) private pure returns (Terms[] memory) {
        for (uint256 i = 0; i < orders.length; ++i) orders[i].token = address(0);
        return orders;
    }

    function nonceOf(Terms[] memory orders) private view returns (bytes32) {
        bytes memory ids;
        for (uint256 i = 0; i < orders.length; ++i) ids = abi.encodePacked(ids, escrow.idOf(orders[i]));
        return keccak256(ids);
    }

    function assertNone(Terms[] memory orders) private view {
        for (uint256 i = 0; i < orders.length; ++i) assertFalse(escrow.orderOf(orders[i]).used, "none is made");
    }

    function test_allowance_holdsEach() external {
        Terms[] memory orders = three();
        vm.prank(payer);
        bytes32[] memory ids = escrow.authorizeBasket(orders);
        for (uint256 i = 0; i < 3; ++i) {
            assertTrue(ids[i] == escrow.idOf(orders[i]), "ids in the order of the terms");
            assertOrder(orders[i], 1000 + i, 0, 0, 0);
        }
        assertEq(usd.balanceOf(address(escrow)), 3003, "one sum");
    }

    function test_erc3009_oneSignatureRelayedByAStranger() external {
        Terms[] memory orders = three();
        bytes memory signature = receiving(payer, 3003, START + 1 days - 2 hours, nonceOf(orders));
        vm.recordLogs();
        allowed(stranger, callSigned(orders, signature));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256 said;
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != address(escrow)) continue;
            assertTrue(logs[i].topics[0] == ISettlementEscrow.Authorized.selector, "event");
            assertTrue(logs[i].topics[1] == escrow.idOf(orders[said]), "in order");
            assertTrue(keccak256(logs[i].data) == keccak256(abi.encode(orders[said], uint8(3))), "terms and route");
            ++said;
        }
        assertEq(said, 3, "one event each");
        for (uint256 i = 0; i < 3; ++i) assertOrder(orders[i], 1000 + i, 0, 0, 0);
    }

    function test_erc3009_otherSumTimeNonceOrKeyIsNotConsent() external {
        Terms[] memory orders = three();
        uint256 until = START + 1 days - 2 hours;
        bytes32 nonce = nonceOf(orders);
        bytes[4] memory signatures = [
            receiving(payer, 3002, until, nonce),
            receiving(payer, 3003, until + 1 hours, nonce),
            receiving(payer, 3003, until, escrow.idOf(orders[0])),
            receiving(stranger, 3003, until, nonce)
        ];
        for (uint256 i = 0; i < signatures.length; ++i) {
            refused(stranger, callSigned(orders, signatures[i]), TestUSD.AuthorizationRefused.selector);
        }
        bytes memory good = receiving(payer, 3003, until, nonce);
        (orders[0], orders[1]) = (orders[1], orders[0]);
        refused(stranger, callSigned(orders, good), TestUSD.AuthorizationRefused.selector);
        assertNone(orders);
    }

    function test_basket_nonceOfOneDiffersFromSingle() external {
        Terms[] memory orders = ordersOf(1);
        bytes memory single = authorization(orders[0]);
        refused(stranger, callSigned(orders, single), TestUSD.AuthorizationRefused.selector);
        bytes memory basket = receiving(payer, AMOUNT, START + 1 days, nonceOf(orders));
        bytes memory alone = abi.encodeCall(ISettlementEscrow.authorizeWithAuthorization, (orders[0], basket));
        refused(stranger, alone, TestUSD.AuthorizationRefused.selector);
        allowed(stranger, callSigned(orders, basket));
    }

    function test_erc3009_walletContractSignsItsOwnWay() external {
        SigningWallet wallet = new SigningWallet();
        usd.mint(address(wallet), 3003);
        Terms[] memory orders = three();
        for (uint256 i = 0; i < 3; ++i) orders[i].payer = address(wallet);
        wallet.set(SigningWallet.Mood.Refuses);
        refused(stranger, callSigned(orders, "its own way"), TestUSD.AuthorizationRefused.selector);
        wallet.set(SigningWallet.Mood.Agrees);
        allowed(stranger, callSigned(orders, "its own way"));
        for (uint256 i = 0; i < 3; ++i) assertOrder(orders[i], 1000 + i, 0, 0, 0);
    }

    function test_erc3009_needsAToken() external {
        bytes memory call_ = callSigned(inEth(three()), "");
        refused(stranger, call_, ISettlementEscrow.AuthorizationNeedsToken.selector);
    }

    function test_ethBasket_valueCountedOnce() external {
        Terms[] memory orders = inEth(three());
        uint256[4] memory wrong = [uint256(0), 1000, 3002, 3004];
        for (uint256 i = 0; i < wrong.length; ++i) {
            refusedWith(payer, wrong[i], callBasket(orders), ISettlementEscrow.ValueMismatch.selector);
        }
        assertNone(orders);
        vm.prank(payer);
        escrow.authorizeBasket{value: 3003}(orders);
        assertEq(address(escrow).balance, 3003, "balance");
        for (uint256 i = 0; i < 3; ++i) {
            assertOrder(orders[i], 1000 + i, 0, 0, 0);
            void_(orders[i], 1000 + i);
        }
        assertEq(address(escrow).balance, 0, "all of it, and no more, came back out");
    }

    function test_ethOnTokenRouteReverts() external {
        refusedWith(payer, 1, callBasket(three()), ISettlementEscrow.ValueMismatch.selector);
    }

    function test_basket_oneBadOrderRevertsAll() external {
        Terms[] memory orders = three();
        orders[1].setAmount(0);
        refused(payer, callBasket(orders), IRevenueLedger.AmountZero.selector);
        orders = three();
        authorize(orders[2]);
        refused(payer, callBasket(orders), ISettlementEscrow.AlreadyAuthorized.selector);
        assertFalse(escrow.orderOf(orders[0]).used || escrow.orderOf(orders[1]).used, "none is made");
    }

    function test_basket_duplicateIdReverts() external {
        Terms[] memory orders = three();
        orders[2] = orders[0];
        refused(payer, callBasket(orders), ISettlementEscrow.AlreadyAuthorized.selector);
        bytes memory signature = receiving(payer, 3001, START + 1 days - 1 hours, nonceOf(orders));
        refused(stranger, callSigned(orders, signature), ISettlementEscrow.AlreadyAuthorized.selector);
        assertNone(orders);
    }

    function test_basket_mixedPayersOrTokensRevert() external {
        Terms[] memory orders = three();
        orders[2].payer = stranger;
        refused(payer, callBasket(orders), ISettlementEscrow.BasketMixed.selector);
        (orders[0], orders[2]) = (orders[2], orders[0]);
        refused(payer, callBasket(orders), ISettlementEscrow.NotPayer.selector);
        refused(stranger, callBasket(orders), ISettlementEscrow.BasketMixed.selector);
        orders = three();
        orders[1].token = address(0);
        refused(payer, callBasket(orders), ISettlementEscrow.BasketMixed.selector);
    }

    function test_basket_countFrom1To20() external {
        refused(payer, callBasket(new Terms[](0)), ISettlementEscrow.OrderCountOutOfRange.selector);
        refused(payer, callSigned(new Terms[](0), ""), ISettlementEscrow.OrderCountOutOfRange.selector);
        refused(payer, callBasket(ordersOf(21)), ISettlementEscrow.OrderCountOutOfRange.selector);
        allowed(payer, callBasket(ordersOf(20)));
    }

    function test_basket_frontRunIsHarmless() external {
        Terms[] memory orders = three();
        bytes memory signature = receiving(payer, 3003, START + 1 days - 2 hours, nonceOf(orders));
        // A stranger can do no more with the signature than what it was made for.
        refused(stranger, callBasket(orders), ISettlementEscrow.NotPayer.selector);
        Terms[] memory part = new Terms[](2);
        (part[0], part[1]) = (orders[0], orders[1]);
        refused(stranger, callSigned(part, signature), TestUSD.AuthorizationRefused.selector);
        allowed(stranger, callSigned(orders, signature));
        refused(operator, callSigned(orders, signature), ISettlementEscrow.AlreadyAuthorized.selector);
        for (uint256 i = 0; i < 3; ++i) assertOrder(orders[i], 1000 + i, 0, 0, 0);
    }

    function test_dirtyHighBitsRevert() external {
        // Words of an order; its head begins at the offset that the list says, here read from the call itself.
        uint256[5] memory word = [uint256(0), 1, 2, 4, 5];
        uint256[5] memory width = [uint256(160), 160, 160, 160, 176];
        for (uint256 which = 0; which < 3; ++which) {
            for (uint256 i = 0; i < word.length; ++i) {
                bytes memory call_ = callBasket(three());
                assembly {
                    let list := add(call_, 0x64) // behind length, selector, offset and count
                    let place := add(add(list, mload(add(list, shl(5, which)))), shl(5, mload(add(word, shl(5, i)))))
                    mstore(place, or(mload(place), shl(mload(add(width, shl(5, i))), 1)))
                }
                refused(payer, call_, ISettlementEscrow.TermsDirty.selector);
            }
        }
    }

    function test_token_thatKeepsAFeeIsRefused() external {
        HostileToken token = new HostileToken();
        token.mint(payer, 10_000);
        token.set(HostileToken.Mode.KeepsFee);
        Terms[] memory orders = three();
        for (uint256 i = 0; i < 3; ++i) orders[i].token = address(token);
        refused(payer, callBasket(orders), ISettlementEscrow.ReceivedWrongAmount.selector);
        assertNone(orders);
    }

    /// However many orders of whatever amounts: each holds its own, and the sum came in once.
    function testFuzz_basket_holdsEachAndTheSum(uint256 seed, bool eth) external {
        Terms[] memory orders = ordersOf(1 + (seed % 20));
        if (eth) inEth(orders);
        uint256 sum;
        for (uint256 i = 0; i < orders.length; ++i) {
            orders[i].setAmount(1 + (uint256(keccak256(abi.encode(seed, i))) % 1e9));
            sum += orders[i].amount();
        }
        vm.prank(payer);
        escrow.authorizeBasket{value: eth ? sum : 0}(orders);
        for (uint256 i = 0; i < orders.length; ++i) assertOrder(orders[i], orders[i].amount(), 0, 0, 0);
        assertEq(eth ? address(escrow).balance : usd.balanceOf(address(escrow)), sum, "sum");
    }
}
