// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgreementBook} from "./AgreementBook.sol";
import {AgreementDesk} from "./AgreementDesk.sol";
import {ReentrancyLock} from "./ReentrancyLock.sol";
import {Acceptance, Agreement, IAgreementRegistry} from "./interfaces/IAgreementRegistry.sol";
import {Terms} from "./interfaces/ISettlementEscrow.sol";
import {AgreementContent} from "./libraries/AgreementContent.sol";

/// @title The agreements of the escrow: accepted and revoked at the desk, judged here whenever terms name one
abstract contract AgreementRegistry is AgreementBook, ReentrancyLock {
    using AgreementContent for bytes;

    /// @dev Made with this contract and never another, so what it runs is as unchangeable as the code here.
    AgreementDesk private immutable _desk = new AgreementDesk();

    /// @inheritdoc IAgreementRegistry
    function acceptAgreement(Agreement calldata) external whenOpen returns (bytes32) {
        _atDesk();
    }

    /// @inheritdoc IAgreementRegistry
    function acceptAgreementWithSignatures(
        Agreement calldata,
        Acceptance[] calldata
    ) external whenOpen returns (bytes32) {
        _atDesk();
    }

    /// @inheritdoc IAgreementRegistry
    function revokeAgreement(bytes32) external whenOpen {
        _atDesk();
    }

    /// @inheritdoc IAgreementRegistry
    function revokeAgreementWithSignature(bytes32, address, uint256, uint256, bytes calldata) external whenOpen {
        _atDesk();
    }

    /// @inheritdoc IAgreementRegistry
    function agreementIdOf(Agreement calldata) external view returns (bytes32) {
        _askDesk();
    }

    /// @dev Reverts unless valid terms keep to the agreement that they name.
    function _checkAgreement(Terms calldata terms) internal view {
        Standing memory standing = _standings()[terms.agreement];
        if (!_isActive(standing)) revert AgreementNotActive(terms.agreement);
        AgreementContent.load(standing.content).check(terms);
    }

    /// @dev Runs the whole call in the desk's code, on the storage of this contract, and ends it with the outcome.
    function _atDesk() private {
        address desk = address(_desk);
        assembly ("memory-safe") {
            let m := mload(0x40)
            calldatacopy(m, 0, calldatasize())
            let done := delegatecall(gas(), desk, m, calldatasize(), 0, 0)
            returndatacopy(m, 0, returndatasize())
            if done {
                return(m, returndatasize())
            }
            revert(m, returndatasize())
        }
    }

    /// @dev The same for a call that reads nothing of this contract.
    function _askDesk() private view {
        address desk = address(_desk);
        assembly ("memory-safe") {
            let m := mload(0x40)
            calldatacopy(m, 0, calldatasize())
            let done := staticcall(gas(), desk, m, calldatasize(), 0, 0)
            returndatacopy(m, 0, returndatasize())
            if done {
                return(m, returndatasize())
            }
            revert(m, returndatasize())
        }
    }
}
