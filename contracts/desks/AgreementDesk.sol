// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgreementBook} from "../AgreementBook.sol";
import {EscrowDomain} from "../EscrowDomain.sol";
import {Nonces} from "../Nonces.sol";
import {ReentrancyLock} from "../ReentrancyLock.sol";
import {Acceptance, Agreement, AgreementView, IAgreementRegistry} from "../interfaces/IAgreementRegistry.sol";
import {AgreementContent} from "../libraries/AgreementContent.sol";
import {AgreementLib} from "../libraries/AgreementLib.sol";

/// @title The desk for agreements: accepted and revoked here, judged by the escrow whenever terms name one
/// @notice The last desk the escrow asks. See Desk for how its code is run.
/// @dev It moves no money and calls nobody but wallets about their signatures, by staticcall.
contract AgreementDesk is IAgreementRegistry, EscrowDomain, Nonces, AgreementBook, ReentrancyLock {
    using AgreementContent for bytes;
    using AgreementLib for Agreement;

    bytes32 private constant ACCEPT_TYPEHASH = keccak256(
        "AcceptAgreement(Agreement agreement,uint256 nonce,uint256 deadline)"
        "Agreement(bytes32 channel,uint32 version,address token,address operator,address arbiter,uint40 validFrom,"
        "uint40 validUntil,address merchant,Party[] parties,string text)"
        "Party(address account,uint8 kind,uint24 leastPpm,uint24 mostPpm,uint88 mostFixed)"
    );
    bytes32 private constant REVOKE_TYPEHASH = keccak256("RevokeAgreement(bytes32 id,uint256 nonce,uint256 deadline)");

    /// @notice Nothing at this address answers to `selector`.
    error UnknownFunction(bytes4 selector);

    fallback() external {
        revert UnknownFunction(msg.sig);
    }

    // ---------------------------------------------------------------------------------------------------- accept

    /// @inheritdoc IAgreementRegistry
    function acceptAgreement(Agreement calldata agreement) external whenOpen returns (bytes32 id) {
        id = _digest(agreement.structHash());
        (Standing memory standing, bytes memory content) = _propose(id, agreement);
        uint256 bits = _bitsOf(id, content, msg.sender);
        if (standing.accepted & bits != 0) revert AlreadyAccepted(id, msg.sender);
        _accept(id, standing, bits, msg.sender);
        _settle(id, standing, content);
    }

    /// @inheritdoc IAgreementRegistry
    function acceptAgreementWithSignatures(
        Agreement calldata agreement,
        Acceptance[] calldata acceptances
    ) external whenOpen returns (bytes32 id) {
        bytes32 structHash = agreement.structHash();
        id = _digest(structHash);
        (Standing memory standing, bytes memory content) = _propose(id, agreement);

        uint256 own = content.bitsOf(msg.sender);
        if (own == 0 && acceptances.length == 0) revert NotSignatory(id, msg.sender);
        if (own != 0 && standing.accepted & own == 0) _accept(id, standing, own, msg.sender);

        for (uint256 i = 0; i < acceptances.length; ++i) {
            Acceptance calldata given = acceptances[i];
            uint256 bits = _bitsOf(id, content, given.account);
            if (standing.accepted & bits != 0) continue;
            bytes32 accepted = keccak256(abi.encode(ACCEPT_TYPEHASH, structHash, given.nonce, given.deadline));
            _checkSigned(given.account, accepted, given.deadline, given.signature);
            _spend(given.account, given.nonce);
            _accept(id, standing, bits, given.account);
        }
        _settle(id, standing, content);
    }

    // ---------------------------------------------------------------------------------------------------- revoke

    /// @inheritdoc IAgreementRegistry
    function revokeAgreement(bytes32 id) external whenOpen {
        _revoke(id, msg.sender);
    }

    /// @inheritdoc IAgreementRegistry
    function revokeAgreementWithSignature(
        bytes32 id,
        address account,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external whenOpen {
        bytes32 structHash = keccak256(abi.encode(REVOKE_TYPEHASH, id, nonce, deadline));
        _checkSigned(account, structHash, deadline, signature);
        _spend(account, nonce);
        _revoke(id, account);
    }

    // ------------------------------------------------------------------------------------------------------ view

    /// @inheritdoc IAgreementRegistry
    function agreementIdOf(Agreement calldata agreement) external view returns (bytes32 id) {
        return _digest(agreement.structHash());
    }

    /// @inheritdoc IAgreementRegistry
    function agreementOf(bytes32 id) external view returns (AgreementView memory seen) {
        Standing memory standing = _standings()[id];
        if (standing.content == address(0)) return seen;
        (uint256 from, uint256 until) = AgreementContent.load(standing.content).validity();
        seen.proposed = true;
        seen.active = _isActive(standing);
        seen.revoked = standing.revoked;
        seen.validFrom = uint40(from);
        seen.validUntil = uint40(until);
    }

    /// @inheritdoc IAgreementRegistry
    function hasAccepted(bytes32 id, address account) external view returns (bool) {
        Standing memory standing = _standings()[id];
        if (standing.content == address(0)) return false;
        return standing.accepted & AgreementContent.load(standing.content).bitsOf(account) != 0;
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev Where the agreement stands and its content, which is checked and written down the first time.
    function _propose(
        bytes32 id,
        Agreement calldata agreement
    ) private returns (Standing memory standing, bytes memory content) {
        standing = _standings()[id];
        if (standing.revoked) revert AlreadyRevoked(id);
        if (standing.content != address(0)) return (standing, AgreementContent.load(standing.content));
        content = agreement.checked();
        standing.content = content.store();
        emit AgreementProposed(id, agreement);
    }

    /// @dev The roles of a signatory as bits.
    function _bitsOf(bytes32 id, bytes memory content, address account) private pure returns (uint256 bits) {
        bits = content.bitsOf(account);
        if (bits == 0) revert NotSignatory(id, account);
    }

    function _accept(bytes32 id, Standing memory standing, uint256 bits, address account) private {
        standing.accepted |= uint16(bits);
        emit AgreementAccepted(id, account);
    }

    /// @dev Writes down who accepted, and says so when that is everybody for the first time.
    function _settle(bytes32 id, Standing memory standing, bytes memory content) private {
        if (!standing.complete && standing.accepted == content.allBits()) {
            standing.complete = true;
            emit AgreementActivated(id);
        }
        _standings()[id] = standing;
    }

    function _revoke(bytes32 id, address account) private {
        Standing memory standing = _standings()[id];
        if (standing.content == address(0)) revert UnknownAgreement(id);
        if (standing.revoked) revert AlreadyRevoked(id);
        _bitsOf(id, AgreementContent.load(standing.content), account);
        _standings()[id].revoked = true;
        emit AgreementRevoked(id, account);
    }
}
