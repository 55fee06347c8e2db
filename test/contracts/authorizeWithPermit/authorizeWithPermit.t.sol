// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Permit, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {HostileToken} from "../support/HostileToken.sol";
import {PackedTerms} from "../support/PackedTerms.sol";
import {SignedRoute} from "../support/SignedRoute.sol";
import {vm} from "../support/Vm.sol";
import {SilentToken} from "./SilentToken.sol";

contract AuthorizeWithPermitTest is SignedRoute {
    using PackedTerms for Terms;

    uint256 private constant DEADLINE = START + 30 days;

    /// @dev The payer has the money, but the escrow no allowance: that is the permit's.
    function fund(Terms memory terms) internal override {
        usd.mint(terms.payer, terms.amount());
        vm.prank(terms.payer);
        usd.approve(address(escrow), terms.payer == payer ? 0 : type(uint256).max);
    }
    function callOn(Terms memory terms, bytes memory signature) internal view override returns (bytes memory) {
        return callWith(terms, signature, permitOf(terms.amount(), DEADLINE));
    }
    function consentTo(Terms memory terms) internal view override returns (bytes32) {
        return escrow.idOf(terms);
    }
    function routeOf(Terms memory) internal pure override returns (uint8) {
        return 1;
    }

    function callWith(
        Terms memory terms,
        bytes memory signature,
        Permit memory permit
    ) private pure returns (bytes memory) {
        return abi.encodeCall(ISettlementEscrow.authorizeWithPermit, (terms, signature, permit));
    }

    /// @dev The payer's permit, by its next nonce.
    function permitOf(uint256 value, uint256 deadline) private view returns (Permit memory) {
        bytes32 typehash = keccak256(
            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
        );
        bytes32 structHash = keccak256(
            abi.encode(typehash, payer, address(escrow), value, usd.nonces(payer), deadline)
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", usd.DOMAIN_SEPARATOR(), structHash));
        return Permit(value, deadline, signed(PAYER_KEY, digest));
    }

    function consent(Terms memory terms) private view returns (bytes memory) {
        return signed(PAYER_KEY, escrow.idOf(terms));
    }

    function setUp() public override {
        super.setUp();
        vm.prank(payer);
        usd.approve(address(escrow), 0);
    }

    function test_permitRaisesTheAllowance() external {
        Terms memory terms = order();
        bytes memory call_ = callWith(terms, consent(terms), permitOf(AMOUNT + 5, DEADLINE));
        allowed(stranger, call_);
        assertOrder(terms, AMOUNT, 0, 0, 0);
        assertEq(usd.allowance(payer, address(escrow)), 5, "the rest of it");
        assertEq(usd.nonces(payer), 1, "the permit is used");
    }

    function test_thePayerAsCallerSignsNoTerms() external {
        Terms memory terms = order();
        allowed(payer, callWith(terms, "not looked at", permitOf(AMOUNT, DEADLINE)));
        assertOrder(terms, AMOUNT, 0, 0, 0);
    }

    /// A stranger who submits the permit first takes nothing away: the allowance is there, and decides.
    function test_permitSubmittedBefore_isHarmless() external {
        Terms memory terms = order();
        Permit memory permit = permitOf(AMOUNT, DEADLINE);
        bytes memory call_ = callWith(terms, consent(terms), permit);
        bytes memory signature = permit.signature;
        (bytes32 r, bytes32 s) = (bytes32(0), bytes32(0));
        assembly ("memory-safe") {
            r := mload(add(signature, 0x20))
            s := mload(add(signature, 0x40))
        }
        vm.prank(operator);
        usd.permit(payer, address(escrow), AMOUNT, DEADLINE, uint8(signature[64]), r, s);
        allowed(stranger, call_);
        assertOrder(terms, AMOUNT, 0, 0, 0);
    }

    function test_permitThatFails_leavesItToTheAllowance() external {
        Terms memory terms = order();
        Permit[5] memory bad = [
            permitOf(AMOUNT, START - 1), // too late
            permitOf(AMOUNT - 1, DEADLINE), // too little
            Permit(AMOUNT, DEADLINE, signed(PAYER_KEY + 1, bytes32(0))), // of another
            Permit(AMOUNT, DEADLINE, ""),
            Permit(AMOUNT, DEADLINE, new bytes(64))
        ];
        uint256 clean = vm.snapshotState();
        for (uint256 i = 0; i < bad.length; ++i) {
            bytes memory call_ = callWith(terms, consent(terms), bad[i]);
            refused(stranger, call_, IRevenueLedger.TransferFailed.selector);
            vm.prank(payer);
            usd.approve(address(escrow), type(uint256).max);
            if (i != 1) allowed(stranger, call_); // a good permit of too little would replace the allowance
            vm.revertToState(clean);
        }
    }

    function test_permitDeadlineIsItsLastSecond() external {
        Terms memory terms = order();
        bytes memory call_ = callWith(terms, consent(terms), permitOf(AMOUNT, START + 1 hours));
        vm.warp(START + 1 hours + 1);
        refused(stranger, call_, IRevenueLedger.TransferFailed.selector);
        vm.warp(START + 1 hours);
        allowed(stranger, call_);
    }

    /// A token whose fallback takes any call for done has no permit. The allowance that its holders gave is not for
    /// strangers, however well the permit seems to go.
    function test_permit_isNotConsent_wethFallback() external {
        SilentToken token = new SilentToken();
        token.mint(payer, AMOUNT);
        Terms memory terms = order();
        terms.token = address(token);
        terms.operator = stranger;
        terms.legs = new uint256[](1);
        terms.legs[0] = leg(stranger, 1_000_000, 1);
        vm.prank(payer);
        token.approve(address(escrow), type(uint256).max);
        Permit memory any = Permit(AMOUNT, DEADLINE, new bytes(65));
        bytes4 refusal = ISettlementEscrow.SignatureRefused.selector;
        refused(stranger, callWith(terms, "", any), refusal);
        refused(stranger, callWith(terms, new bytes(65), any), refusal);
        refused(stranger, callWith(terms, signed(SIGNER_KEY, escrow.idOf(terms)), any), refusal);
        assertEq(token.balanceOf(payer), AMOUNT, "nothing is taken");

        allowed(stranger, callWith(terms, consent(terms), any));
        assertEq(token.balanceOf(address(escrow)), AMOUNT, "with consent the allowance is");
    }

    /// A permit, good as it is, moves nothing without consent to the terms.
    function test_permit_isNotConsent_goodPermit() external {
        Terms memory terms = order();
        Permit memory permit = permitOf(AMOUNT, DEADLINE);
        bytes4 refusal = ISettlementEscrow.SignatureRefused.selector;
        refused(stranger, callWith(terms, "", permit), refusal);
        refused(stranger, callWith(terms, permit.signature, permit), refusal);
        refused(operator, callWith(terms, consent(termsOf(payer, 7)), permit), refusal);
        assertEq(usd.nonces(payer), 0, "the permit is not used up");
    }

    function test_needsAToken() external {
        Terms memory terms = ethOrder();
        bytes memory call_ = callWith(terms, consent(terms), permitOf(AMOUNT, DEADLINE));
        refused(stranger, call_, ISettlementEscrow.AuthorizationNeedsToken.selector);
        refused(payer, call_, ISettlementEscrow.AuthorizationNeedsToken.selector);
    }

    function test_token_hostileOnes() external {
        HostileToken token = new HostileToken(); // has no permit and no fallback
        token.mint(payer, AMOUNT);
        Terms memory terms = order();
        terms.token = address(token);
        token.set(HostileToken.Mode.KeepsFee);
        invalid(terms, ISettlementEscrow.ReceivedWrongAmount.selector);
        token.set(HostileToken.Mode.BringsMore);
        invalid(terms, ISettlementEscrow.ReceivedWrongAmount.selector);
        token.set(HostileToken.Mode.Reverts);
        invalid(terms, IRevenueLedger.TransferFailed.selector);
        token.set(HostileToken.Mode.Fair);
        allowed(stranger, paying(terms));
        terms.token = address(0xdead);
        invalid(terms, IRevenueLedger.BalanceUnknown.selector);
    }
}
