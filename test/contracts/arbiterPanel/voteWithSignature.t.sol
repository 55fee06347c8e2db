// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbiterPanel} from "../../../contracts/interfaces/IArbiterPanel.sol";
import {Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {Vm, vm} from "../support/Vm.sol";
import {FakeEscrow} from "./support/FakeEscrow.sol";
import {PanelTest} from "./support/PanelTest.sol";

contract VoteWithSignatureTest is PanelTest {
    uint256 private constant DEADLINE = START + 1 hours;
    uint256 private constant PPM = 300_000;
    bytes32 private constant REASON = keccak256("because");

    /// @dev What a relayer brings; tests change what they are about.
    struct Signed {
        address escrow;
        Terms terms;
        uint256 round;
        uint256 amount;
        uint256 toPayerPpm;
        bytes32 reason;
        address member;
        uint256 deadline;
        bytes signature;
    }

    function usual() private view returns (Signed memory vote_) {
        vote_ = Signed(address(escrow), terms(), 1, AMOUNT, PPM, REASON, member(0), DEADLINE, "");
        vote_.signature = signed(keyOf(0), digestOf(vote_));
    }

    function digestOf(Signed memory vote_) private view returns (bytes32) {
        bytes32 typehash = keccak256(
            "Vote(address escrow,bytes32 id,uint256 round,uint256 amount,uint256 toPayerPpm,bytes32 reason,"
            "uint256 deadline)"
        );
        bytes32 separator = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Tributary Arbiter Panel"),
                keccak256("1"),
                block.chainid,
                address(panel)
            )
        );
        bytes memory fields = abi.encode(
            typehash,
            vote_.escrow,
            FakeEscrow(vote_.escrow).idOf(vote_.terms),
            vote_.round,
            vote_.amount,
            vote_.toPayerPpm,
            vote_.reason,
            vote_.deadline
        );
        return keccak256(abi.encodePacked(hex"1901", separator, keccak256(fields)));
    }

    function signed(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function callOf(Signed memory vote_) private pure returns (bytes memory) {
        return
            abi.encodeCall(
                IArbiterPanel.voteWithSignature,
                (
                    vote_.escrow,
                    vote_.terms,
                    vote_.round,
                    vote_.amount,
                    vote_.toPayerPpm,
                    vote_.reason,
                    vote_.member,
                    vote_.deadline,
                    vote_.signature
                )
            );
    }

    function notSigned(Signed memory vote_) private {
        refused(stranger, callOf(vote_), error1(IArbiterPanel.SignatureRefused.selector, vote_.member));
    }

    function test_relayedByAStranger_onceOnly() external {
        vm.recordLogs();
        allowed(stranger, callOf(usual()));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(uint256(logs[0].topics[3]), uint160(member(0)), "told as the member's");
        assertTrue(keccak256(logs[0].data) == keccak256(abi.encode(uint256(1), AMOUNT, PPM, REASON)), "as signed");
        assertEq(tally().votes[0].toPayerPpm, PPM, "as signed");
        assertFalse(panel.hasVoted(address(escrow), id(), 1, AMOUNT, stranger), "not the relayer's");
        refused(stranger, callOf(usual()), error1(IArbiterPanel.AlreadyVoted.selector, member(0)));
    }

    function test_isWorthNothing_onceTheMemberVoted() external {
        vote(0, 5);
        refused(stranger, callOf(usual()), error1(IArbiterPanel.AlreadyVoted.selector, member(0)));
        assertEq(tally().votes[0].toPayerPpm, 5, "as first said");
    }

    function test_deadlineIsItsLastSecond() external {
        bytes memory call_ = callOf(usual());
        vm.warp(DEADLINE + 1);
        refused(stranger, call_, error2(IArbiterPanel.DeadlinePassed.selector, DEADLINE + 1, DEADLINE));
        vm.warp(DEADLINE);
        allowed(stranger, call_);
    }

    function test_votingClosesForSignaturesToo() external {
        Signed memory vote_ = usual();
        vote_.deadline = RULING_BY;
        vote_.signature = signed(keyOf(0), digestOf(vote_));
        vm.warp(CLOSING);
        refused(stranger, callOf(vote_), error2(IArbiterPanel.VotingClosed.selector, CLOSING, CLOSING));
        vm.warp(CLOSING - 1);
        allowed(stranger, callOf(vote_));
    }

    function test_reverts_whenAnythingElseWasSigned() external {
        Signed[8] memory others;
        for (uint256 i = 0; i < 8; ++i) others[i] = usual();
        others[0].escrow = address(new FakeEscrow());
        others[1].terms.amountAndSalt = 1;
        others[2].round = 2;
        others[3].amount += 1;
        others[4].toPayerPpm += 1;
        others[5].reason = 0;
        others[6].deadline += 1;
        others[7].member = member(1);
        for (uint256 i = 0; i < 8; ++i) notSigned(others[i]);
        allowed(stranger, callOf(usual()));
    }

    /// The same order and round at another escrow is another dispute, also where both give it one id.
    function test_reverts_atAnotherEscrowOfTheSameIds() external {
        FakeEscrow twin = new FakeEscrow();
        twin.open(terms(), AMOUNT, RULING_BY);
        Signed memory vote_ = usual();
        vote_.escrow = address(twin);
        assertTrue(twin.idOf(terms()) == id(), "one id");
        notSigned(vote_);
    }

    function test_panel_replayOfEarlierRound_ofASignedVote() external {
        Signed memory vote_ = usual();
        vote_.deadline = RULING_BY;
        vote_.signature = signed(keyOf(0), digestOf(vote_));
        escrow.close(terms());
        escrow.open(terms(), AMOUNT, RULING_BY);
        refused(stranger, callOf(vote_), error2(IArbiterPanel.DisputeMoved.selector, 2, AMOUNT));
        vote_.round = 2;
        notSigned(vote_);
    }

    function test_reverts_forAnotherKey_anotherPanel_anotherChain() external {
        Signed memory vote_ = usual();
        bytes memory right = vote_.signature;
        vote_.signature = signed(keyOf(1), digestOf(vote_));
        notSigned(vote_);
        vote_.signature = "";
        notSigned(vote_);
        vote_.signature = right;
        vm.chainId(1);
        notSigned(vote_);
        vm.chainId(31337);
        IArbiterPanel first = panel;
        panel = panelOf(SIZE, QUORUM);
        notSigned(vote_);
        panel = first;
        allowed(stranger, callOf(vote_));
    }

    function test_afterAFork_theSignatureIsOfTheNewChain() external {
        vm.chainId(1);
        allowed(stranger, callOf(usual()));
    }

    function test_highS_isRefused() external {
        Signed memory vote_ = usual();
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keyOf(0), digestOf(vote_));
        uint256 n = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        vote_.signature = abi.encodePacked(r, n - uint256(s), v == 27 ? uint8(28) : uint8(27));
        notSigned(vote_);
    }

    function test_strangerWhoSignsIsNoMember() external {
        Signed memory vote_ = usual();
        vote_.member = vm.addr(0x5774);
        vote_.signature = signed(0x5774, digestOf(vote_));
        refused(stranger, callOf(vote_), error1(IArbiterPanel.NotMember.selector, vote_.member));
    }

    function test_walletContractMayBeAMember() external {
        PayerWallet wallet = new PayerWallet();
        address[] memory members = new address[](1);
        members[0] = address(wallet);
        panel = IArbiterPanel(deployed(members, 1, EXECUTION_TIME));
        escrow.open(terms(), AMOUNT, RULING_BY);
        Signed memory vote_ = usual();
        vote_.member = address(wallet);
        vote_.signature = "whatever it takes";
        notSigned(vote_);
        wallet.agree(digestOf(vote_));
        allowed(stranger, callOf(vote_));
        execute();
        assertRuled(PPM);
    }
}
