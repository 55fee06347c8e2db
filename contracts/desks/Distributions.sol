// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgreementBook} from "../AgreementBook.sol";
import {CreditBook} from "../CreditBook.sol";
import {IAgreementRegistry} from "../interfaces/IAgreementRegistry.sol";
import {IRevenueDesk, Sale} from "../interfaces/IRevenueDesk.sol";
import {IRevenueLedger} from "../interfaces/IRevenueLedger.sol";
import {AgreementContent} from "../libraries/AgreementContent.sol";
import {SaleLib} from "../libraries/SaleLib.sol";
import {SplitLib} from "../libraries/SplitLib.sol";
import {TermsLib} from "../libraries/TermsLib.sol";
import {Mandates} from "./Mandates.sol";

/// @title Sales that were paid outside of the escrow, shared inside of it
/// @dev Whoever took the buyer's money owes the other parties, out of a credit paid in before. It moves from credit to
///      credit, so nothing enters or leaves.
abstract contract Distributions is Mandates, CreditBook, AgreementBook {
    using AgreementContent for bytes;
    using SaleLib for Sale;

    bytes32 private constant DISTRIBUTE_TYPEHASH = keccak256(
        "Distribute(Sale sale,uint256 deadline)Leg(address account,uint88 share,uint8 kind)"
        "Sale(address account,address operator,address token,uint256 gross,bytes32 agreement,bytes32 ref,Leg[] legs)"
    );
    /// @dev Where refs lie, whatever else a contract stores: the escrow and its desks run on the same storage.
    bytes32 private constant SLOT = keccak256("tributary.distributed");
    /// @dev What the split can share.
    uint256 private constant MOST_GROSS = type(uint104).max;

    struct Refs {
        mapping(address account => mapping(bytes32 ref => bool)) used;
    }

    /// @inheritdoc IRevenueDesk
    function distribute(Sale calldata sale) external whenOpen returns (uint256 debited) {
        debited = _distribute(sale);
        if (msg.sender == sale.account) return debited;
        _spendMandate(sale.account, msg.sender, sale.token, debited);
        // Else whoever has the spender's key could share to itself by an agreement of its own making.
        if (_contentInForce(sale.agreement).bitsOf(sale.account) == 0) {
            revert IAgreementRegistry.NotSignatory(sale.agreement, sale.account);
        }
    }

    /// @inheritdoc IRevenueDesk
    function distributeWithSignature(
        Sale calldata sale,
        uint256 deadline,
        bytes calldata signature
    ) external whenOpen returns (uint256 debited) {
        bytes32 structHash = keccak256(abi.encode(DISTRIBUTE_TYPEHASH, sale.structHash(), deadline));
        _checkSigned(sale.account, structHash, deadline, signature);
        debited = _distribute(sale);
    }

    /// @inheritdoc IRevenueDesk
    function isDistributed(address account, bytes32 ref) external view returns (bool) {
        return _refs().used[account][ref];
    }

    function _distribute(Sale calldata sale) private returns (uint256 debited) {
        _judge(sale);
        Refs storage refs = _refs();
        if (refs.used[sale.account][sale.ref]) revert RefUsed(sale.account, sale.ref);
        refs.used[sale.account][sale.ref] = true;

        uint256[] memory parts = SplitLib.between(sale.legs, 0, sale.gross);
        for (uint256 i = 0; i < parts.length; ++i) {
            address earner = SplitLib.account(sale.legs[i]);
            if (earner == sale.account) continue;
            debited += parts[i];
            _credit(earner, sale.token, parts[i]);
        }
        if (debited == 0) revert IRevenueLedger.AmountZero();
        _debit(sale.account, sale.token, debited);
        emit Distributed(sale.account, sale.ref, sale, debited);
    }

    /// @dev Reverts, by the name of the rule that is broken, unless the sale can be shared and keeps to its agreement.
    function _judge(Sale calldata sale) private view {
        if (sale.gross == 0) revert IRevenueLedger.AmountZero();
        if (sale.gross > MOST_GROSS) revert GrossTooLarge(sale.gross, MOST_GROSS);
        if (sale.agreement == 0) revert SaleWithoutAgreement();
        TermsLib.validateLegs(sale.legs, sale.token, sale.gross, address(0));
        _contentInForce(sale.agreement).checkSale(sale);
    }

    function _refs() private pure returns (Refs storage refs) {
        bytes32 slot = SLOT;
        assembly ("memory-safe") {
            refs.slot := slot
        }
    }
}
