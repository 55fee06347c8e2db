// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbiterPanel} from "../../../contracts/interfaces/IArbiterPanel.sol";
import {Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {Deployer} from "../support/Deployer.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";

contract PanelEndToEndTest is EscrowTest {
    uint256 private constant RULING_TIME = 5 days;
    uint256 private constant EXECUTION_TIME = 1 days;
    uint256 private constant DISPUTED = 60_000_001;
    uint256 private constant DEFAULT_PPM = 250_000;
    uint256 private constant CLOSING = START + RULING_TIME - EXECUTION_TIME;
    uint256 private constant SIZE = 3;

    IArbiterPanel private panel;

    function setUp() public override {
        super.setUp();
        address[] memory members = new address[](SIZE);
        for (uint256 seat = 0; seat < SIZE; ++seat) members[seat] = member(seat);
        bytes memory arguments = abi.encode(members, uint256(2), EXECUTION_TIME);
        panel = IArbiterPanel(Deployer.deploy("ArbiterPanel.sol:ArbiterPanel", arguments));
    }

    function member(uint256 seat) private pure returns (address) {
        return address(uint160(0xA4B17E4 + seat));
    }

    /// @dev The usual order, all captured, of which a part is disputed and the panel is the arbiter.
    function disputed(Terms memory terms) private returns (Terms memory) {
        terms.arbiter = address(panel);
        terms.schedule |= (RULING_TIME << 32) | (DEFAULT_PPM << 8);
        captured(terms);
        dispute(terms, DISPUTED);
        return terms;
    }

    function dispute(Terms memory terms, uint256 amount) private {
        vm.prank(terms.payer);
        escrow.dispute(terms, amount, "the box was empty");
    }

    function vote(Terms memory terms, uint256 seat, uint256 ppm) private {
        vm.prank(member(seat));
        panel.vote(address(escrow), terms, 1, DISPUTED, ppm, "reason");
    }

    function execute(Terms memory terms, uint256 round, uint256 amount) private returns (bytes4) {
        vm.prank(stranger);
        try panel.execute(address(escrow), terms, round, amount) {
            return 0;
        } catch (bytes memory answer) {
            return bytes4(answer);
        }
    }

    function test_votes_execute_credits() external {
        Terms memory terms = disputed(order());
        vote(terms, 0, 1_000_000);
        vote(terms, 1, 400_000);
        assertTrue(execute(terms, 1, DISPUTED) == IArbiterPanel.VotingOpen.selector, "one may still vote");
        vote(terms, 2, 0);

        uint256 before = usd.balanceOf(payer);
        assertTrue(execute(terms, 1, DISPUTED) == 0, "ruled");
        uint256 toPayer = (DISPUTED * 400_000) / 1_000_000;
        assertEq(usd.balanceOf(payer) - before, toPayer, "the payer's part is paid out");
        assertEq(legCredits(terms), DISPUTED - toPayer, "the legs have the rest");
        assertOrder(terms, 0, AMOUNT - DISPUTED, toPayer, DISPUTED - toPayer);
        assertEq(escrow.orderOf(terms).disputed, 0, "nothing is disputed");
        assertTrue(panel.tally(address(escrow), escrow.idOf(terms), 1, DISPUTED).executed, "executed");
        assertTrue(execute(terms, 1, DISPUTED) == IArbiterPanel.DisputeMoved.selector, "once");
    }

    function testFuzz_rulingIsTheLowerMedian(uint24[3] memory drawn, uint8 silent) external {
        Terms memory terms = disputed(order());
        uint256 count;
        uint256 sum;
        uint256 least = type(uint256).max;
        uint256 most;
        for (uint256 seat = 0; seat < SIZE; ++seat) {
            if (seat == silent) continue;
            uint256 ppm = drawn[seat] % 1_000_001;
            vote(terms, seat, ppm);
            (++count, sum += ppm);
            if (ppm < least) least = ppm;
            if (ppm > most) most = ppm;
        }
        vm.warp(CLOSING);
        uint256 before = usd.balanceOf(payer);
        assertTrue(execute(terms, 1, DISPUTED) == 0, "ruled");
        uint256 median = count == 3 ? sum - least - most : least;
        assertEq(usd.balanceOf(payer) - before, (DISPUTED * median) / 1_000_000, "the payer's part");
        assertEq(usd.balanceOf(payer) - before + legCredits(terms), DISPUTED, "all of it is somebody's");
    }

    function test_payerWhoTakesNoMoney_isCredited() external {
        PayerWallet wallet = new PayerWallet();
        vm.deal(address(wallet), 1e18);
        Terms memory terms = ethOrder();
        terms.payer = address(wallet);
        disputed(terms);
        wallet.set(PayerWallet.Mode.Refuses);
        for (uint256 seat = 0; seat < SIZE; ++seat) vote(terms, seat, 1_000_000);
        assertTrue(execute(terms, 1, DISPUTED) == 0, "ruled all the same");
        assertEq(escrow.creditOf(address(wallet), address(0)), DISPUTED, "credited");
    }

    /// A payer who calls back gets nowhere: by then the dispute is over.
    function test_payerWhoCallsBack_gainsNothing() external {
        PayerWallet wallet = new PayerWallet();
        vm.deal(address(wallet), 1e18);
        Terms memory terms = ethOrder();
        terms.payer = address(wallet);
        disputed(terms);
        wallet.setHook(address(panel), abi.encodeCall(IArbiterPanel.execute, (address(escrow), terms, 1, DISPUTED)));
        for (uint256 seat = 0; seat < SIZE; ++seat) vote(terms, seat, 500_000);
        uint256 before = address(wallet).balance;
        assertTrue(execute(terms, 1, DISPUTED) == 0, "ruled");
        assertTrue(bytes4(wallet.answer()) == IArbiterPanel.DisputeMoved.selector, "refused inside");
        assertEq(address(wallet).balance - before, DISPUTED / 2, "paid once");
    }

    function test_belowTheQuorum_theDefaultDecides() external {
        Terms memory terms = disputed(order());
        vote(terms, 0, 1_000_000);
        vm.warp(CLOSING);
        assertTrue(execute(terms, 1, DISPUTED) == IArbiterPanel.TooFewVotes.selector, "too few");
        vm.warp(START + RULING_TIME);
        assertTrue(execute(terms, 1, DISPUTED) == IArbiterPanel.RulingClosed.selector, "too late");
        vm.prank(stranger);
        escrow.endDispute(terms);
        assertEq(credit(payer), (DISPUTED * DEFAULT_PPM) / 1_000_000, "by default");
    }

    function test_concession_leavesNothingToRule() external {
        Terms memory terms = disputed(order());
        for (uint256 seat = 0; seat < SIZE; ++seat) vote(terms, seat, 0);
        vm.prank(merchant);
        escrow.concede(terms, 1);
        assertTrue(execute(terms, 1, DISPUTED) == IArbiterPanel.DisputeMoved.selector, "nothing to rule");
        assertEq(usd.balanceOf(payer), 1e15 - AMOUNT + DISPUTED, "as conceded");
    }

    function test_frontRunByEnlargedDispute_reverts() external {
        Terms memory terms = disputed(order());
        for (uint256 seat = 0; seat < SIZE; ++seat) vote(terms, seat, 500_000);
        vm.prank(payer);
        escrow.concede(terms, 1);
        uint256 rest = AMOUNT - DISPUTED;
        dispute(terms, rest);
        assertTrue(execute(terms, 1, DISPUTED) == IArbiterPanel.DisputeMoved.selector, "another dispute");
        assertTrue(execute(terms, 2, rest) == IArbiterPanel.VotingOpen.selector, "with votes of its own");
        assertEq(panel.tally(address(escrow), escrow.idOf(terms), 2, rest).votes.length, 0, "none yet");
    }

    /// The panel speaks until the second before rulingBy, anyone may end the dispute from it on.
    function test_boundary_rulingBy_matrixOfPairs() external {
        for (uint256 offset = 0; offset < 3; ++offset) {
            vm.warp(START);
            Terms memory terms = order();
            terms.amountAndSalt += (offset + 2) << 104;
            disputed(terms);
            for (uint256 seat = 0; seat < SIZE; ++seat) vote(terms, seat, 500_000);
            vm.warp(START + RULING_TIME - 1 + offset);
            vm.prank(stranger);
            (bool ended, ) = address(escrow).call(abi.encodeCall(escrow.endDispute, (terms)));
            bytes4 said = execute(terms, 1, DISPUTED);
            assertTrue(ended == (offset != 0), "endDispute from rulingBy on");
            assertTrue((said == 0) == (offset == 0), "execute before it");
        }
    }
}
