// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Acceptance,
    Agreement,
    AgreementView,
    IAgreementRegistry,
    Party
} from "../../../contracts/interfaces/IAgreementRegistry.sol";
import {ISettlementEscrow} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {AgreementTest} from "../support/AgreementTest.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {Vm, vm} from "../support/Vm.sol";

contract AcceptAgreementTest is AgreementTest {
    function test_id_isTheDigest() external view {
        assertTrue(escrow.agreementIdOf(agreement()) == typedDigest(structHashOf(agreement())), "id");
    }

    function test_everybodyCalls_thenItIsInForce() external {
        address[6] memory all = signatories();
        bytes32 id = escrow.agreementIdOf(agreement());
        assertFalse(escrow.agreementOf(id).proposed, "not known yet");
        for (uint256 i = 0; i < all.length; ++i) {
            assertFalse(escrow.agreementOf(id).active, "somebody is missing");
            assertFalse(escrow.hasAccepted(id, all[i]), "not yet");
            assertTrue(accept(all[i], agreement()) == id, "id");
            assertTrue(escrow.hasAccepted(id, all[i]), "accepted");
        }
        AgreementView memory seen = escrow.agreementOf(id);
        assertTrue(seen.proposed && seen.active && !seen.revoked, "in force");
        assertEq(seen.validFrom, START, "from");
        assertEq(seen.validUntil, START + 365 days, "until");
        assertFalse(escrow.hasAccepted(id, stranger), "a stranger has not");
    }

    function test_events_tellTheTextOnceAndTheActivationOnce() external {
        address[6] memory all = signatories();
        bytes32 id = escrow.agreementIdOf(agreement());
        for (uint256 i = 0; i < all.length; ++i) {
            vm.recordLogs();
            accept(all[i], agreement());
            Vm.Log[] memory logs = vm.getRecordedLogs();
            assertEq(logs.length, i == 0 || i == all.length - 1 ? 2 : 1, "events");
            uint256 accepted = i == 0 ? 1 : 0;
            if (i == 0) {
                assertTrue(logs[0].topics[0] == IAgreementRegistry.AgreementProposed.selector, "proposed");
                assertTrue(keccak256(logs[0].data) == keccak256(abi.encode(agreement())), "the whole agreement");
            }
            if (i == all.length - 1) {
                assertTrue(logs[1].topics[0] == IAgreementRegistry.AgreementActivated.selector, "activated");
            }
            assertTrue(logs[accepted].topics[0] == IAgreementRegistry.AgreementAccepted.selector, "accepted");
            assertTrue(logs[accepted].topics[1] == id, "of the agreement");
            assertTrue(logs[accepted].topics[2] == bytes32(uint256(uint160(all[i]))), "by the caller");
            assertTrue(logs[0].emitter == address(escrow), "said by the escrow");
        }
    }

    function test_reverts_forStrangersAndTwice() external {
        refused(stranger, callAccept(agreement()), IAgreementRegistry.NotSignatory.selector);
        accept(merchant, agreement());
        refused(stranger, callAccept(agreement()), IAgreementRegistry.NotSignatory.selector);
        refused(merchant, callAccept(agreement()), IAgreementRegistry.AlreadyAccepted.selector);
    }

    function test_oneAccountOfSeveralRoles_acceptsOnce() external {
        Agreement memory agreed = agreement();
        agreed.operator = platform;
        agreed.parties[1].account = channel;
        address[4] memory all = [platform, merchant, channel, carrier];
        bytes32 id;
        for (uint256 i = 0; i < all.length; ++i) id = accept(all[i], agreed);
        assertTrue(escrow.agreementOf(id).active, "four accounts of six roles");
    }

    // By signatures

    function test_signatures_relayedByAStranger() external {
        Acceptance[] memory given = new Acceptance[](2);
        given[0] = acceptance(MERCHANT_KEY, agreement(), 1, START);
        given[1] = acceptance(CHANNEL_KEY, agreement(), 1, START);
        allowed(stranger, callAcceptSigned(agreement(), given));
        bytes32 id = escrow.agreementIdOf(agreement());
        assertTrue(escrow.hasAccepted(id, merchant) && escrow.hasAccepted(id, channel), "both");
        assertTrue(escrow.isNonceUsed(merchant, 1) && escrow.isNonceUsed(channel, 1), "nonces");

        // The same once more changes nothing and spends nothing, so whoever comes first spoils nobody's call.
        vm.recordLogs();
        allowed(stranger, callAcceptSigned(agreement(), given));
        assertEq(vm.getRecordedLogs().length, 0, "skipped");
    }

    function test_signatures_theCallerAcceptsToo() external {
        address[4] memory calling = [merchant, agent, carrier, platform];
        for (uint256 i = 0; i < calling.length; ++i) accept(calling[i], agreement());
        Acceptance[] memory given = only(acceptance(CHANNEL_KEY, agreement(), 9, NEVER));
        allowed(operator, callAcceptSigned(agreement(), given));
        assertTrue(escrow.agreementOf(escrow.agreementIdOf(agreement())).active, "operator and channel at once");
        allowed(operator, callAcceptSigned(agreement(), new Acceptance[](0)));
    }

    function test_signatures_ofNobodyRevert() external {
        bytes memory call_ = callAcceptSigned(agreement(), new Acceptance[](0));
        refused(stranger, call_, IAgreementRegistry.NotSignatory.selector);
        assertFalse(escrow.agreementOf(escrow.agreementIdOf(agreement())).proposed, "nothing was written down");
        call_ = callAcceptSigned(agreement(), only(acceptance(PAYER_KEY, agreement(), 1, NEVER)));
        refused(stranger, call_, IAgreementRegistry.NotSignatory.selector);
    }

    function test_signatures_deadlineNonceAndKey() external {
        Acceptance memory given = acceptance(MERCHANT_KEY, agreement(), 5, START);
        vm.warp(START + 1);
        refused(stranger, callAcceptSigned(agreement(), only(given)), ISettlementEscrow.DeadlinePassed.selector);
        vm.warp(START);

        given.nonce = 6;
        refused(stranger, callAcceptSigned(agreement(), only(given)), ISettlementEscrow.SignatureRefused.selector);
        given.nonce = 5;
        given.account = channel;
        refused(stranger, callAcceptSigned(agreement(), only(given)), ISettlementEscrow.SignatureRefused.selector);
        given.account = merchant;
        Agreement memory other = agreement();
        other.text = "Something else.";
        refused(stranger, callAcceptSigned(other, only(given)), ISettlementEscrow.SignatureRefused.selector);

        vm.prank(merchant);
        escrow.useNonce(5);
        refused(stranger, callAcceptSigned(agreement(), only(given)), ISettlementEscrow.NonceSpent.selector);
        given = acceptance(MERCHANT_KEY, agreement(), 6, START);
        allowed(stranger, callAcceptSigned(agreement(), only(given)));
    }

    function test_signatures_aWalletContractMayBeSignatory() external {
        PayerWallet wallet = new PayerWallet();
        Agreement memory agreed = agreement();
        agreed.parties[0].account = address(wallet);
        Acceptance[] memory given = only(Acceptance(address(wallet), 1, NEVER, "its own way"));
        refused(stranger, callAcceptSigned(agreed, given), ISettlementEscrow.SignatureRefused.selector);
        wallet.agree(acceptDigest(agreed, 1, NEVER));
        allowed(stranger, callAcceptSigned(agreed, given));
        assertTrue(escrow.hasAccepted(escrow.agreementIdOf(agreed), address(wallet)), "accepted");
    }

    // What nobody may accept

    function invalid(Agreement memory agreed, bytes4 selector) private {
        refused(merchant, callAccept(agreed), selector);
    }

    function test_parties_count() external {
        Agreement memory agreed = agreement();
        agreed.parties = new Party[](0);
        invalid(agreed, IAgreementRegistry.PartyCountOutOfRange.selector);
        agreed.parties = new Party[](10);
        invalid(agreed, IAgreementRegistry.PartyCountOutOfRange.selector);
        agreed.parties = new Party[](9);
        for (uint256 i = 0; i < 9; ++i) agreed.parties[i] = Party(address(uint160(0x9000 + i)), 3, 0, 1, 0);
        bytes32 id = accept(merchant, agreed);
        for (uint256 i = 0; i < 9; ++i) accept(agreed.parties[i].account, agreed);
        accept(operator, agreed);
        assertTrue(escrow.agreementOf(id).active, "nine parties");
    }

    function test_parties_kindsAndRepetition() external {
        uint8[5] memory kinds = [0, 1, 6, 0x82, 255];
        for (uint256 i = 0; i < kinds.length; ++i) {
            Agreement memory agreed = agreement();
            agreed.parties[3].kind = kinds[i];
            invalid(agreed, IAgreementRegistry.PartyKindRefused.selector);
        }
        Agreement memory twice = agreement();
        twice.parties[3] = Party(channel, 2, 0, 1, 0);
        invalid(twice, IAgreementRegistry.PartyRepeated.selector);
        twice.parties[3].kind = 3;
        accept(merchant, twice);
    }

    function test_parties_ranges() external {
        Agreement memory agreed = agreement();
        agreed.parties[1] = Party(agent, 3, 0, 0, 0);
        invalid(agreed, IAgreementRegistry.PartyRangeRefused.selector);
        agreed.parties[1] = Party(agent, 3, 2, 1, 0);
        invalid(agreed, IAgreementRegistry.PartyRangeRefused.selector);
        agreed.parties[1] = Party(agent, 3, 0, 1_000_001, 0);
        invalid(agreed, IAgreementRegistry.PartyRangeRefused.selector);
        agreed.parties[1] = Party(agent, 3, 930_001, 1_000_000, 0);
        invalid(agreed, IAgreementRegistry.LeastSharesAboveWhole.selector);
        agreed.parties[1].leastPpm = 930_000;
        accept(merchant, agreed);
    }

    function test_addresses_zeroSelfTokenRefusedEverywhere() external {
        address[3] memory bad = [address(0), address(escrow), address(usd)];
        for (uint256 i = 0; i < bad.length; ++i) {
            Agreement memory agreed = agreement();
            agreed.operator = bad[i];
            invalid(agreed, ISettlementEscrow.AddressRefused.selector);
            agreed = agreement();
            agreed.merchant = bad[i];
            refused(operator, callAccept(agreed), ISettlementEscrow.AddressRefused.selector);
            agreed = agreement();
            agreed.parties[2].account = bad[i];
            invalid(agreed, ISettlementEscrow.AddressRefused.selector);
        }
    }

    function test_arbiter_isNoSignatory() external {
        address[6] memory all = signatories();
        Agreement memory agreed = agreement();
        for (uint256 i = 0; i < all.length; ++i) {
            agreed.arbiter = all[i];
            invalid(agreed, IAgreementRegistry.ArbiterIsSignatory.selector);
        }
        agreed.arbiter = stranger;
        accept(merchant, agreed);
        refused(stranger, callAccept(agreed), IAgreementRegistry.NotSignatory.selector);
    }

    function test_validity_hasASecond() external {
        Agreement memory agreed = agreement();
        agreed.validUntil = agreed.validFrom;
        invalid(agreed, IAgreementRegistry.ValidityEmpty.selector);
        agreed.validUntil = agreed.validFrom + 1;
        accept(merchant, agreed);
    }

    function test_text_hasItsLength() external {
        Agreement memory agreed = agreement();
        agreed.text = string(new bytes(8193));
        invalid(agreed, IAgreementRegistry.TextTooLong.selector);
        agreed.text = string(new bytes(8192));
        accept(merchant, agreed);
        agreed.text = "";
        accept(merchant, agreed);
    }

    /// Every field narrower than its word, with its lowest unused bit set: the call reverts without an error's name.
    function test_dirtyHighBitsRevert() external {
        uint256[7] memory word = [uint256(1), 2, 3, 4, 5, 6, 7];
        uint256[7] memory width = [uint256(32), 160, 160, 160, 40, 40, 160];
        for (uint256 i = 0; i < word.length; ++i) _refusedDirty(0x20 + word[i] * 32, width[i]);
        // Behind the ten words of the head stands the number of parties, then five words for each.
        uint256[5] memory widths = [uint256(160), 8, 24, 24, 88];
        for (uint256 i = 0; i < widths.length; ++i) _refusedDirty(0x20 + (11 + i) * 32, widths[i]);
    }

    function _refusedDirty(uint256 place, uint256 bit) private {
        bytes memory call_ = callAccept(agreement());
        _dirty(call_, place, bit);
        refused(merchant, call_, bytes4(0));
        call_ = abi.encodeCall(IAgreementRegistry.agreementIdOf, (agreement()));
        _dirty(call_, place, bit);
        refused(merchant, call_, bytes4(0));
    }

    function _dirty(bytes memory call_, uint256 place, uint256 bit) private pure {
        assembly {
            let word := add(add(call_, 0x24), place)
            mstore(word, or(mload(word), shl(bit, 1)))
        }
    }

    /// Whatever ranges are agreed on, what is told by views is what was agreed.
    function testFuzz_signatoriesAreThoseOfTheAgreement(uint8 count, uint256 seed) external {
        Agreement memory agreed = agreement();
        agreed.parties = new Party[](1 + (count % 9));
        for (uint256 i = 0; i < agreed.parties.length; ++i) {
            uint256 word = uint256(keccak256(abi.encode(seed, i)));
            uint24 most = uint24(1 + (word % 100_000));
            address account = address(uint160(0x9000 + (word % 5)));
            agreed.parties[i] = Party(account, uint8(2 + (i % 4)), most / 2, most, uint88(word >> 8));
            for (uint256 j = 0; j < i; ++j) {
                Party memory other = agreed.parties[j];
                if (other.account == account && other.kind == 2 + (i % 4))
                    agreed.parties[i].account = address(uint160(0x8000 + i));
            }
        }
        bytes32 id = accept(merchant, agreed);
        accept(operator, agreed);
        for (uint256 i = 0; i < agreed.parties.length; ++i) {
            address account = agreed.parties[i].account;
            if (escrow.hasAccepted(id, account)) continue;
            assertFalse(escrow.agreementOf(id).active, "somebody is missing");
            accept(account, agreed);
        }
        assertTrue(escrow.agreementOf(id).active, "all accepted");
    }
}
