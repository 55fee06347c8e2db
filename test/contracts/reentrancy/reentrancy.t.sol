// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {IRevenueDesk} from "../../../contracts/interfaces/IRevenueDesk.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Permit, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {SigningWallet} from "../support/SigningWallet.sol";
import {vm} from "../support/Vm.sol";
import {Deeds} from "./Deeds.sol";
import {HookedToken} from "./HookedToken.sol";
import {Reentry} from "./Reentry.sol";

/// Every deed that calls out, against every deed there is, tried by the token that is called, or by the payee.
contract ReentrancyTest is Deeds {
    using PackedTerms for Terms;

    /// @dev So many attempts fit in the gas of one push.
    uint256 private constant AT_ONCE = 12;
    uint256 private constant PUSHES = 16;
    uint256 private constant PULLS = 10;

    Reentry private intruder;
    HookedToken private token;

    function setUp() public override {
        super.setUp();
        intruder = new Reentry(address(escrow));
        token = new HookedToken(intruder);
        merchant = address(new SigningWallet());
    }

    // The deeds that call out. The order has something held, captured, disputed and released, 1000 or more of each.

    function push(uint256 which, Terms memory terms) private returns (address caller, bytes memory call_) {
        (address to, address coin) = (terms.payer, terms.token);
        // What is withdrawn in ETH goes to the intruder, who is the payer and a leg; in tokens anybody's does.
        address owner = coin == address(0) ? to : merchant;
        caller = stranger;
        if (which == 0) return (operator, callVoid(terms, 1, AMOUNT - 5000));
        if (which == 1) return (merchant, callRefund(terms, 1, 2000));
        if (which == 2) call_ = abi.encodeCall(IOrderDesk.refundWithSignature, (terms, 1, 2000, 1, NEVER, ANY));
        if (which == 3) return (owner, callWithdraw(coin, 1));
        if (which == 4) return (merchant, abi.encodeCall(IRevenueLedger.withdrawTo, (coin, to, 1)));
        if (which == 5) {
            call_ = abi.encodeCall(IRevenueLedger.withdrawWithSignature, (owner, coin, 1, to, 1, NEVER, ANY));
        }
        if (which == 6) return (merchant, abi.encodeCall(IRevenueDesk.withdrawMany, (onlyOne(coin, to))));
        if (which == 7) {
            call_ = abi.encodeCall(
                IRevenueDesk.withdrawManyWithSignature,
                (merchant, onlyOne(coin, to), 1, NEVER, ANY)
            );
        }
        if (which == 8 || which == 9) vm.warp(START + 14 days);
        if (which == 8) return (to, callReclaim(terms));
        if (which == 9) call_ = abi.encodeCall(IOrderDesk.reclaimWithSignature, (terms, NEVER, ANY));
        if (which == 10) return (merchant, abi.encodeCall(IOrderDesk.concede, (terms, 1)));
        if (which == 11) call_ = abi.encodeCall(IOrderDesk.concedeWithSignature, (terms, merchant, 1, NEVER, ANY));
        if (which == 12) return (terms.arbiter, abi.encodeCall(IOrderDesk.rule, (terms, 1, 1000, 500_000)));
        if (which == 13) {
            vm.warp(START + 2 days);
            return (to, abi.encodeCall(IOrderDesk.endDispute, (terms)));
        }
        if (which == 14) return (merchant, abi.encodeCall(IOrderDesk.refundReleased, (terms, 1, 0)));
        if (which == 15) {
            call_ = abi.encodeCall(IOrderDesk.refundReleasedWithSignature, (terms, 1, 0, NEVER, ANY));
        }
    }

    /// @dev Of another order.
    function pull(uint256 which, Terms memory terms) private view returns (address caller, bytes memory call_) {
        terms.setSalt(2);
        caller = stranger;
        if (which == 0) return (terms.payer, callAuthorize(terms));
        if (which == 1) return (terms.payer, abi.encodeCall(ISettlementEscrow.authorizeBasket, (only(terms))));
        if (which == 2) call_ = abi.encodeCall(ISettlementEscrow.authorizeWithAuthorization, (terms, ANY));
        if (which == 3) {
            call_ = abi.encodeCall(ISettlementEscrow.authorizeBasketWithAuthorization, (only(terms), new bytes(65)));
        }
        if (which == 4) call_ = abi.encodeCall(ISettlementEscrow.authorizeWithAllowance, (terms, ANY));
        if (which == 5) {
            Permit memory permit = Permit(AMOUNT, NEVER, new bytes(65));
            call_ = abi.encodeCall(ISettlementEscrow.authorizeWithPermit, (terms, ANY, permit));
        }
        if (which == 6) return (operator, abi.encodeCall(ISettlementEscrow.chargeWithAllowance, (terms, ANY)));
        if (which == 7) return (operator, abi.encodeCall(ISettlementEscrow.chargeWithAuthorization, (terms, ANY)));
        if (which == 8) return (terms.payer, abi.encodeCall(IRevenueDesk.deposit, (channel, terms.token, 7)));
        if (which == 9) {
            call_ = abi.encodeCall(
                IRevenueDesk.depositWithAuthorization,
                (terms.payer, channel, terms.token, 7, NEVER, 1, new bytes(65))
            );
        }
    }

    // What is tried in the middle of them

    /// @dev The order as the deeds need it: 1000 released, 2000 captured, 1000 disputed, the rest held.
    function mixed(Terms memory terms) private returns (Terms memory) {
        terms.arbiter = address(0xA4B1);
        terms.schedule |= (uint256(1 days) << 32) | (uint256(300_000) << 8);
        authorize(terms);
        capture(terms, 2000);
        release(terms);
        capture(terms, 3000);
        vm.prank(terms.payer);
        escrow.dispute(terms, 1000, 0);
        return terms;
    }

    /// @dev Does the deed as often as all attempts need, each time from the same state.
    function shutsOutAll(address caller, bytes memory call_, bytes[] memory attempts, uint256 times) private {
        uint256 start = vm.snapshotState();
        for (uint256 from = 0; from < attempts.length; from += AT_ONCE) {
            uint256 count = attempts.length - from < AT_ONCE ? attempts.length - from : AT_ONCE;
            bytes[] memory some = new bytes[](count);
            for (uint256 i = 0; i < count; ++i) some[i] = attempts[from + i];
            intruder.arm(some);
            allowed(caller, call_);
            assertEq(intruder.entered(), times, "called in the middle, and its gas sufficed");
            assertEq(intruder.letIn(), 0, "an attempt was not shut out");
            vm.revertToState(start);
        }
    }

    function tokenOrder() private returns (Terms memory terms) {
        terms = order();
        terms.payer = address(new SigningWallet());
        terms.token = address(token);
        token.mint(terms.payer, 3 * AMOUNT);
        return mixed(terms);
    }

    function ethOrderOfIntruder() private returns (Terms memory terms) {
        terms = ethOrder();
        terms.payer = address(intruder);
        terms.legs[1] = leg(address(intruder), 80_000, 2);
        vm.deal(address(intruder), AMOUNT);
        return mixed(terms);
    }

    function test_everyPair_pushHookedInTheToken() external {
        Terms memory terms = tokenOrder();
        bytes[] memory attempts = everyDeed(terms);
        for (uint256 which = 0; which < PUSHES; ++which) {
            (address caller, bytes memory call_) = push(which, terms);
            shutsOutAll(caller, call_, attempts, 1);
            vm.warp(START);
        }
    }

    function test_everyPair_pullHookedInTheToken() external {
        bytes[] memory attempts = everyDeed(tokenOrder());
        for (uint256 which = 0; which < PULLS; ++which) {
            Terms memory terms = tokenOrder();
            (address caller, bytes memory call_) = pull(which, terms);
            shutsOutAll(caller, call_, attempts, which == 5 ? 2 : 1); // the permit, and the pull
        }
    }

    /// A refund of more than the merchant's credit fetches the rest: the token is called twice.
    function test_everyPair_refundReleasedFetchesAndPushes() external {
        Terms memory terms = tokenOrder();
        vm.prank(merchant);
        escrow.withdraw(address(token), 1600);
        bytes memory call_ = abi.encodeCall(IOrderDesk.refundReleased, (terms, 1000, 0));
        shutsOutAll(merchant, call_, everyDeed(terms), 2);
    }

    function test_everyPair_pushHookedInThePayee() external {
        Terms memory terms = ethOrderOfIntruder();
        bytes[] memory attempts = everyDeed(terms);
        for (uint256 which = 0; which < PUSHES; ++which) {
            (address caller, bytes memory call_) = push(which, terms);
            shutsOutAll(caller, call_, attempts, 1);
            vm.warp(START);
        }
    }

    /// The lock opens again, also behind attempts: one transaction may do several things.
    function test_oneTransaction_manyCalls() external {
        Terms memory terms = tokenOrder();
        intruder.arm(everyDeed(terms));
        for (uint256 i = 0; i < 2; ++i) {
            void_(terms, 1);
            refund(terms, 1);
            vm.prank(merchant);
            escrow.withdraw(address(token), 1);
        }
        release(terms);
        assertEq(intruder.letIn(), 0, "none");
    }
}
