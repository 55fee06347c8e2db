// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Acceptance, Agreement, Party} from "../../../contracts/interfaces/IAgreementRegistry.sol";
import {vm} from "../support/Vm.sol";
import {Books} from "./Books.sol";
import {Deed} from "./Deed.sol";
import {Rule} from "./Rule.sol";

/// @title Two agreements, one in dollars and one in ETH, that their signatories accept and revoke
/// @dev Signed by the operator, the merchant (person 3) and the parties (persons 5, 6 and the wallet, on whose acceptance
///      the first still waits).
abstract contract Agreed is Books {
    struct AgreementBook {
        bytes32 id;
        uint256 accepted;
        bool revoked;
    }

    uint256 internal constant AGREEMENTS = 2;
    uint256 internal constant SIGNATORIES = 5;
    uint256 internal constant MOST_FIXED = 7;
    uint256 internal constant LEAST_PPM = 600_000;
    uint256 internal constant MOST_PPM = 700_000;

    bytes32 private constant PARTY_TYPEHASH = keccak256(
        "Party(address account,uint8 kind,uint24 leastPpm,uint24 mostPpm,uint88 mostFixed)"
    );
    bytes32 private constant AGREEMENT_TYPEHASH = keccak256(
        "Agreement(bytes32 channel,uint32 version,address token,address operator,address arbiter,uint40 validFrom,"
        "uint40 validUntil,address merchant,Party[] parties,string text)"
        "Party(address account,uint8 kind,uint24 leastPpm,uint24 mostPpm,uint88 mostFixed)"
    );
    bytes32 private constant ACCEPT_TYPEHASH = keccak256(
        "AcceptAgreement(Agreement agreement,uint256 nonce,uint256 deadline)"
        "Agreement(bytes32 channel,uint32 version,address token,address operator,address arbiter,uint40 validFrom,"
        "uint40 validUntil,address merchant,Party[] parties,string text)"
        "Party(address account,uint8 kind,uint24 leastPpm,uint24 mostPpm,uint88 mostFixed)"
    );
    bytes32 private constant REVOKE_TYPEHASH = keccak256("RevokeAgreement(bytes32 id,uint256 nonce,uint256 deadline)");

    Agreement[AGREEMENTS] internal _agreements;
    AgreementBook[AGREEMENTS] internal _agreementBooks;
    mapping(uint256 agreement => mapping(address account => bool)) internal _accepted;

    constructor() {
        for (uint256 i = 0; i < AGREEMENTS; ++i) {
            Agreement storage agreed = _agreements[i];
            agreed.channel = bytes32(i + 1);
            agreed.token = i == 0 ? address(_usd) : address(0);
            agreed.operator = _operator;
            agreed.arbiter = i == 0 ? ARBITER : address(0);
            agreed.validFrom = uint40(i == 0 ? _now + 1 hours : _now);
            agreed.validUntil = uint40(_now + 60 days);
            agreed.merchant = _people[3];
            agreed.parties.push(Party(_people[5], 5, 0, 0, uint88(MOST_FIXED)));
            agreed.parties.push(Party(_people[6], 3, 0, 1, 0));
            agreed.parties.push(Party(_people[WALLET], 2, uint24(LEAST_PPM), uint24(MOST_PPM), 0));
            address[5] memory all = [_operator, _people[3], _people[5], _people[6], _people[WALLET]];
            for (uint256 j = 0; j < SIGNATORIES - (i == 0 ? 1 : 0); ++j) {
                vm.prank(all[j]);
                _agreementBooks[i].id = escrow.acceptAgreement(agreed);
                _accepts(i, all[j]);
            }
        }
    }

    function acceptAgreement(uint256 seed) external inTime {
        uint256 which = _roll(seed, 0, AGREEMENTS);
        // mostly the wallet, on whom it hangs
        address account = _roll(seed, 1, 2) == 0 ? _people[WALLET] : _signatory(seed);
        AgreementBook storage book = _agreementBooks[which];
        bool may = account != STRANGER && !book.revoked && !_accepted[which][account];
        bytes memory call_ = abi.encodeCall(escrow.acceptAgreement, (_agreements[which]));
        if (_do(Deed.AcceptAgreement, account, 0, call_, may, true)) _accepts(which, account);
    }

    /// @dev A stranger relays one acceptance; whoever accepted before is skipped, whatever the signature.
    function acceptAgreementSigned(uint256 seed) external inTime {
        uint256 which = _roll(seed, 0, AGREEMENTS);
        address account = _signatory(seed);
        if (account == STRANGER) return;
        Acceptance[] memory given = new Acceptance[](1);
        given[0] = Acceptance(account, _roll(seed, 2, 32), _deadline(seed), "");
        bytes32 structHash = keccak256(
            abi.encode(ACCEPT_TYPEHASH, _hashOf(_agreements[which]), given[0].nonce, given[0].deadline)
        );
        bool may;
        (given[0].signature, may) = _signs(_hand(seed, account), account, structHash);
        may = may && given[0].deadline >= _now && !_nonces[account][given[0].nonce];
        bool had = _accepted[which][account];
        may = (may || had) && !_agreementBooks[which].revoked;
        bytes memory call_ = abi.encodeCall(escrow.acceptAgreementWithSignatures, (_agreements[which], given));
        if (!_do(Deed.AcceptAgreementSigned, STRANGER, 0, call_, may, true) || had) return;
        _nonces[account][given[0].nonce] = true;
        _accepts(which, account);
    }

    function revokeAgreement(uint256 seed) external inTime {
        uint256 which = _roll(seed, 0, AGREEMENTS);
        AgreementBook storage book = _agreementBooks[which];
        // seldom by who may, or none would be in force for long
        address account = _roll(seed, 1, 6) == 0 ? _signatory(seed) : STRANGER;
        bool may = account != STRANGER && !book.revoked;
        if (_roll(seed, 2, 2) == 0) {
            bytes memory call_ = abi.encodeCall(escrow.revokeAgreement, (book.id));
            if (_do(Deed.RevokeAgreement, account, 0, call_, may, true)) book.revoked = true;
            return;
        }
        uint256 nonce = _roll(seed, 3, 32);
        uint256 deadline = _deadline(seed);
        address hand = account == STRANGER ? _people[0] : account;
        (bytes memory signature, bool good) = _signs(
            hand,
            account,
            keccak256(abi.encode(REVOKE_TYPEHASH, book.id, nonce, deadline))
        );
        may = may && good && deadline >= _now && !_nonces[account][nonce];
        bytes memory signed = abi.encodeCall(
            escrow.revokeAgreementWithSignature,
            (book.id, account, nonce, deadline, signature)
        );
        if (!_do(Deed.RevokeAgreementSigned, STRANGER, 0, signed, may, true)) return;
        (book.revoked, _nonces[account][nonce]) = (true, true);
    }

    /// @dev Burns a number out of the few that signatures use, so that they clash.
    function useNonce(uint256 seed) external inTime {
        address account = _person(seed, 0);
        uint256 nonce = _roll(seed, 1, 32);
        bool may = !_nonces[account][nonce];
        if (!_do(Deed.UseNonce, account, 0, abi.encodeCall(escrow.useNonce, (nonce)), may, true)) return;
        _nonces[account][nonce] = true;
    }

    /// @dev Whether the agreement lets orders authorize and sales be shared now.
    function _inForce(uint256 which) internal view returns (bool) {
        AgreementBook storage book = _agreementBooks[which];
        bool inTime_ = _now >= _agreements[which].validFrom && _now < _agreements[which].validUntil;
        return book.accepted == SIGNATORIES && !book.revoked && inTime_;
    }

    /// @dev Legs as the agreement has them; now and then one outside of its range, which `fits` says.
    function _agreedLegs(uint256 seed, uint256 amount) internal view returns (uint256[] memory legs, bool fits) {
        bool withFixed = amount >= MOST_FIXED + 1 && _roll(seed, 0xD0, 2) == 0;
        uint256 tooMuch = _roll(seed, 0xD1, 16) == 0 ? 1 : 0;
        uint256 ppm =
            tooMuch == 1 && !withFixed ? MOST_PPM + 1 : LEAST_PPM + _roll(seed, 0xD2, MOST_PPM - LEAST_PPM + 1);
        legs = new uint256[](withFixed ? 4 : 3);
        legs[0] = Rule.leg(_people[3], 999_999 - ppm, 1);
        if (withFixed) legs[1] = Rule.leg(_people[5], MOST_FIXED + tooMuch, 0x85);
        legs[legs.length - 2] = Rule.leg(_people[6], 1, 3);
        legs[legs.length - 1] = Rule.leg(_people[WALLET], ppm, 2);
        return (legs, tooMuch == 0);
    }

    function _accepts(uint256 which, address account) private {
        _accepted[which][account] = true;
        ++_agreementBooks[which].accepted;
    }

    function _isSignatory(uint256 which, address account) internal view returns (bool) {
        Agreement storage agreed = _agreements[which];
        if (account == agreed.operator || account == agreed.merchant) return true;
        for (uint256 i = 0; i < agreed.parties.length; ++i) if (account == agreed.parties[i].account) return true;
        return false;
    }

    function _signatory(uint256 seed) private view returns (address) {
        address[6] memory all = [_operator, _people[3], _people[5], _people[6], _people[WALLET], STRANGER];
        return all[_roll(seed, 0xD3, 6)];
    }

    function _hashOf(Agreement memory agreed) private pure returns (bytes32) {
        bytes memory parties;
        for (uint256 i = 0; i < agreed.parties.length; ++i) {
            parties = abi.encodePacked(parties, keccak256(abi.encode(PARTY_TYPEHASH, agreed.parties[i])));
        }
        bytes memory first = abi.encode(AGREEMENT_TYPEHASH, agreed.channel, agreed.version, agreed.token);
        bytes memory second = abi.encode(agreed.operator, agreed.arbiter, agreed.validFrom, agreed.validUntil);
        bytes memory third = abi.encode(agreed.merchant, keccak256(parties), keccak256(bytes(agreed.text)));
        return keccak256(abi.encodePacked(first, second, third));
    }
}
