// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Agreement, IAgreementRegistry, Party} from "../interfaces/IAgreementRegistry.sol";
import {AgreementContent} from "./AgreementContent.sol";
import {SplitLib} from "./SplitLib.sol";
import {TermsLib} from "./TermsLib.sol";

/// @title Agreements: their EIP-712 hash, and which of them are valid
library AgreementLib {
    bytes32 internal constant PARTY_TYPEHASH = keccak256(
        "Party(address account,uint8 kind,uint24 leastPpm,uint24 mostPpm,uint88 mostFixed)"
    );
    bytes32 internal constant AGREEMENT_TYPEHASH = keccak256(
        "Agreement(bytes32 channel,uint32 version,address token,address operator,address arbiter,uint40 validFrom,"
        "uint40 validUntil,address merchant,Party[] parties,string text)"
        "Party(address account,uint8 kind,uint24 leastPpm,uint24 mostPpm,uint88 mostFixed)"
    );

    uint256 internal constant MOST_PARTIES = 9;
    uint256 internal constant LONGEST_TEXT = 8192;

    /// @notice EIP-712 hash of the agreement. Fields with bits above their type revert where they are read.
    function structHash(Agreement calldata agreement) internal pure returns (bytes32) {
        bytes32[] memory parties = new bytes32[](agreement.parties.length);
        for (uint256 i = 0; i < parties.length; ++i) {
            parties[i] = keccak256(abi.encode(PARTY_TYPEHASH, agreement.parties[i]));
        }
        return
            keccak256(
                abi.encode(
                    AGREEMENT_TYPEHASH,
                    agreement.channel,
                    agreement.version,
                    agreement.token,
                    agreement.operator,
                    agreement.arbiter,
                    agreement.validFrom,
                    agreement.validUntil,
                    agreement.merchant,
                    keccak256(abi.encodePacked(parties)),
                    keccak256(bytes(agreement.text))
                )
            );
    }

    /// @notice Reverts, by the name of the rule that is broken, unless the agreement may be accepted; else tells the
    ///         content that orders are judged by (AgreementContent).
    function checked(Agreement calldata agreement) internal view returns (bytes memory content) {
        uint256 count = agreement.parties.length;
        if (count == 0 || count > MOST_PARTIES) {
            revert IAgreementRegistry.PartyCountOutOfRange(count, MOST_PARTIES);
        }
        if (agreement.validFrom >= agreement.validUntil) {
            revert IAgreementRegistry.ValidityEmpty(agreement.validFrom, agreement.validUntil);
        }
        if (bytes(agreement.text).length > LONGEST_TEXT) {
            revert IAgreementRegistry.TextTooLong(bytes(agreement.text).length, LONGEST_TEXT);
        }
        TermsLib.validateAddress(agreement.operator, agreement.token);
        TermsLib.validateAddress(agreement.merchant, agreement.token);

        uint256 leastSum;
        uint16 obliged;
        bytes memory parties;
        for (uint256 i = 0; i < count; ++i) {
            Party calldata party = agreement.parties[i];
            _checkParty(agreement, i, party);
            leastSum += party.leastPpm;
            if (party.leastPpm != 0) obliged |= uint16(1 << i);
            parties = abi.encodePacked(
                parties,
                party.account,
                party.kind,
                party.leastPpm,
                party.mostPpm,
                party.mostFixed
            );
        }
        if (leastSum > SplitLib.WHOLE_PPM) {
            revert IAgreementRegistry.LeastSharesAboveWhole(leastSum, SplitLib.WHOLE_PPM);
        }
        content = abi.encodePacked(
            agreement.operator,
            agreement.arbiter,
            agreement.token,
            agreement.merchant,
            agreement.validFrom,
            agreement.validUntil,
            obliged,
            parties
        );
        if (agreement.arbiter != address(0) && AgreementContent.bitsOf(content, agreement.arbiter) != 0) {
            revert IAgreementRegistry.ArbiterIsSignatory(agreement.arbiter);
        }
    }

    function _checkParty(Agreement calldata agreement, uint256 index, Party calldata party) private view {
        TermsLib.validateAddress(party.account, agreement.token);
        if (party.kind <= TermsLib.MERCHANT || party.kind > TermsLib.LAST_KIND) {
            revert IAgreementRegistry.PartyKindRefused(index, party.kind);
        }
        bool earns = party.mostPpm != 0 || party.mostFixed != 0;
        if (!earns || party.leastPpm > party.mostPpm || party.mostPpm > SplitLib.WHOLE_PPM) {
            revert IAgreementRegistry.PartyRangeRefused(index);
        }
        for (uint256 i = 0; i < index; ++i) {
            Party calldata other = agreement.parties[i];
            if (other.account == party.account && other.kind == party.kind) {
                revert IAgreementRegistry.PartyRepeated(index);
            }
        }
    }
}
