// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Deployer} from "../support/Deployer.sol";
import {Assertions} from "../support/Assertions.sol";
import {vm} from "../support/Vm.sol";
import {DEEDS} from "./Deed.sol";
import {HandlerOfAll} from "./Handler.sol";

/// @title Whether the dice reach all there is to reach: an invariant that is never in danger says nothing
contract ReachTest is Assertions {
    address private constant CONSOLE = 0x000000000000000000636F6e736F6c652e6c6f67;
    uint256 private constant RUNS = 40;
    uint256 private constant DEPTH = 100;
    /// @dev Of a hundred tries of a deed so many at least must go through, and in all runs together so many.
    uint256 private constant LEAST_PERCENT = 3;
    uint256 private constant LEAST_TIMES = 2;

    /// In the order of `Deed`.
    string[DEEDS] private NAMES = [
        "authorize",
        "authorize by ERC-3009",
        "authorize by signature",
        "authorize by permit",
        "authorize from credit",
        "authorize from credit, signed",
        "charge",
        "charge by ERC-3009",
        "charge from credit",
        "basket",
        "basket by ERC-3009",
        "cancel",
        "cancel, signed",
        "capture",
        "captureMany",
        "release",
        "release, signed",
        "releaseMany",
        "void",
        "reclaim",
        "reclaim, signed",
        "refund",
        "refund, signed",
        "dispute",
        "dispute, signed",
        "concede",
        "concede, signed",
        "rule",
        "rule by a contract",
        "endDispute",
        "refundReleased",
        "refundReleased, signed",
        "deposit",
        "deposit by ERC-3009",
        "distribute",
        "distribute by mandate",
        "distribute, signed",
        "setMandate",
        "setMandate, signed",
        "withdraw",
        "withdrawTo",
        "withdraw, signed",
        "withdrawMany",
        "withdrawMany, signed",
        "useNonce",
        "acceptAgreement",
        "acceptAgreement, signed",
        "revokeAgreement",
        "revokeAgreement, signed"
    ];

    /// `hardhat test solidity -vv` prints how often each deed was tried and went through.
    function test_everyDeedGoesThroughNowAndThen() external {
        vm.warp(1_800_000_000);
        HandlerOfAll handler = HandlerOfAll(Deployer.deploy("invariants.t.sol:Handler", abi.encode(Deployer.escrow())));
        bytes4[] memory deeds = handler.deeds();
        uint256[DEEDS] memory tried;
        uint256[DEEDS] memory done;
        for (uint256 run = 0; run < RUNS; ++run) {
            uint256 start = vm.snapshotState();
            _run(handler, deeds, run);
            (uint256[DEEDS] memory triedNow, uint256[DEEDS] memory doneNow) = handler.counts();
            vm.revertToState(start);
            for (uint256 d = 0; d < NAMES.length; ++d)
                (tried[d], done[d]) = (tried[d] + triedNow[d], done[d] + doneNow[d]);
        }
        for (uint256 d = 0; d < NAMES.length; ++d) {
            _print(string.concat(NAMES[d], ": ", _text(done[d]), " of ", _text(tried[d])));
        }
        for (uint256 d = 0; d < NAMES.length; ++d) {
            bool often = done[d] * 100 >= tried[d] * LEAST_PERCENT && done[d] >= LEAST_TIMES;
            assertTrue(often, string.concat(NAMES[d], " went through too seldom: ", _text(done[d])));
        }
    }

    function _run(HandlerOfAll handler, bytes4[] memory deeds, uint256 run) private {
        for (uint256 step = 0; step < DEPTH; ++step) {
            uint256 seed = uint256(keccak256(abi.encode(run, step)));
            (bool did, ) = address(handler).call(abi.encodeWithSelector(deeds[seed % deeds.length], seed));
            assertTrue(did, "handlers never revert");
        }
        handler.checkBooks();
    }

    function _print(string memory line) private view {
        (bool heard, ) = CONSOLE.staticcall(abi.encodeWithSignature("log(string)", line));
        heard;
    }

    function _text(uint256 number) private pure returns (string memory) {
        if (number < 10) return string(abi.encodePacked(uint8(48 + number)));
        return string.concat(_text(number / 10), _text(number % 10));
    }
}
