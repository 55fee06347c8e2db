// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Agreement} from "../../../contracts/interfaces/IAgreementRegistry.sol";
import {IRevenueDesk, Mandate, Sale} from "../../../contracts/interfaces/IRevenueDesk.sol";
import {SplitHarness} from "../split/SplitHarness.sol";
import {AgreementTest} from "./AgreementTest.sol";
import {vm} from "./Vm.sol";

/// @title Sales that were paid elsewhere, under the usual agreement
abstract contract SaleTest is AgreementTest {
    uint256 internal constant GROSS = 1_000_000;
    uint256 internal constant MOST_GROSS = type(uint104).max;

    bytes32 private constant LEG_TYPEHASH = keccak256("Leg(address account,uint88 share,uint8 kind)");
    bytes32 private constant SALE_TYPEHASH = keccak256(
        "Sale(address account,address operator,address token,uint256 gross,bytes32 agreement,bytes32 ref,Leg[] legs)"
        "Leg(address account,uint88 share,uint8 kind)"
    );
    bytes32 private constant DISTRIBUTE_TYPEHASH = keccak256(
        "Distribute(Sale sale,uint256 deadline)Leg(address account,uint88 share,uint8 kind)"
        "Sale(address account,address operator,address token,uint256 gross,bytes32 agreement,bytes32 ref,Leg[] legs)"
    );

    bytes32 internal agreed;
    /// @dev Who hands goods over and takes money for it, and is no party of the agreement.
    address internal courier = address(0xC003);
    SplitHarness private _rule;

    function setUp() public virtual override {
        super.setUp();
        _rule = new SplitHarness();
        agreed = inForce(agreement());
        usd.mint(payer, 1e50);
    }

    /// @dev A cash sale at the merchant's till: 8 % channel, 5 % agent, 3 % carrier, 2 % platform.
    function sale() internal view returns (Sale memory sold) {
        sold.account = merchant;
        sold.operator = operator;
        sold.token = address(usd);
        sold.gross = GROSS;
        sold.agreement = agreed;
        sold.ref = bytes32(uint256(1));
        sold.legs = order().legs;
    }

    /// @dev The same, where somebody else took the money.
    function saleOf(address account) internal view returns (Sale memory sold) {
        sold = sale();
        sold.account = account;
    }

    /// @dev The usual agreement in another token.
    function agreementIn(address token) internal view returns (Agreement memory other) {
        other = agreement();
        other.token = token;
    }

    /// @dev The usual agreement, as another one.
    function agreementOfVersion(uint32 version) internal view returns (Agreement memory other) {
        other = agreement();
        other.version = version;
    }

    /// @dev Gives an account credit.
    function give(address account, address token, uint256 amount) internal {
        if (token == address(0)) vm.deal(payer, amount);
        vm.prank(payer);
        escrow.deposit{value: token == address(0) ? amount : 0}(account, token, amount);
    }

    function distribute(address caller_, Sale memory sold) internal returns (uint256) {
        vm.prank(caller_);
        return escrow.distribute(sold);
    }

    /// @dev A mandate from now on, for long.
    function mandate(address account, address spender, uint256 perCall, uint256 perPeriod, uint256 period) internal {
        vm.prank(account);
        escrow.setMandate(spender, address(usd), limits(perCall, perPeriod, period, START + 300 days));
    }

    function limits(
        uint256 perCall,
        uint256 perPeriod,
        uint256 period,
        uint256 until
    ) internal pure returns (Mandate memory) {
        return Mandate(uint88(perCall), uint88(perPeriod), uint32(period), uint40(until));
    }

    function left(address account, address spender, address token) internal view returns (uint256 rest) {
        (, rest) = escrow.mandateOf(account, spender, token);
    }

    // What should come of it

    function accountOf(uint256 leg_) internal pure returns (address) {
        return address(uint160(leg_ >> 96));
    }

    /// @dev What each leg has of the gross, by the split rule as orders have it.
    function partsOf(Sale memory sold) internal view returns (uint256[] memory) {
        return _rule.between(sold.legs, 0, sold.gross);
    }

    /// @dev What the account owes the others.
    function owed(Sale memory sold) internal view returns (uint256 sum) {
        uint256[] memory parts = partsOf(sold);
        for (uint256 i = 0; i < parts.length; ++i) if (accountOf(sold.legs[i]) != sold.account) sum += parts[i];
    }

    function creditIn(address account, address token) internal view returns (uint256) {
        return escrow.creditOf(account, token);
    }

    // Calls and signatures

    function callDistribute(Sale memory sold) internal pure returns (bytes memory) {
        return abi.encodeCall(IRevenueDesk.distribute, (sold));
    }
    function callDistributeSigned(
        Sale memory sold,
        uint256 deadline,
        bytes memory signature
    ) internal pure returns (bytes memory) {
        return abi.encodeCall(IRevenueDesk.distributeWithSignature, (sold, deadline, signature));
    }

    function structHashOf(Sale memory sold) internal pure returns (bytes32) {
        bytes memory legs;
        for (uint256 i = 0; i < sold.legs.length; ++i) {
            uint256 one = sold.legs[i];
            legs = abi.encodePacked(
                legs,
                keccak256(abi.encode(LEG_TYPEHASH, accountOf(one), uint88(one >> 8), uint8(one)))
            );
        }
        return
            keccak256(
                abi.encode(
                    SALE_TYPEHASH,
                    sold.account,
                    sold.operator,
                    sold.token,
                    sold.gross,
                    sold.agreement,
                    sold.ref,
                    keccak256(legs)
                )
            );
    }

    function distributeDigest(Sale memory sold, uint256 deadline) internal view returns (bytes32) {
        return typedDigest(keccak256(abi.encode(DISTRIBUTE_TYPEHASH, structHashOf(sold), deadline)));
    }

    /// @dev The call reverts with exactly this.
    function refusedExactly(address caller_, bytes memory data, bytes memory error_) internal {
        vm.prank(caller_);
        (bool ok, bytes memory answer) = address(escrow).call(data);
        assertFalse(ok, "the call should have been refused");
        assertTrue(keccak256(answer) == keccak256(error_), "refused by another error, or with other numbers");
    }
}
