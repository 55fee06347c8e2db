// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderDesk} from "../../../contracts/interfaces/IOrderDesk.sol";
import {IRevenueDesk, Mandate} from "../../../contracts/interfaces/IRevenueDesk.sol";
import {IRevenueLedger} from "../../../contracts/interfaces/IRevenueLedger.sol";
import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {vm} from "../support/Vm.sol";
import {Deeds} from "./Deeds.sol";

/// @title A wallet that tries a call when it is asked for its signature, and agrees only if that got nowhere
contract AskedWallet {
    address private _escrow;
    bytes private _try;

    function arm(address escrow, bytes calldata try_) external {
        (_escrow, _try) = (escrow, try_);
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        // A call of this view may change nothing, and neither may whatever it calls.
        (bool ok, ) = _escrow.staticcall(_try);
        return ok ? bytes4(0) : this.isValidSignature.selector;
    }

    receive() external payable {}
}

contract AskedWalletTest is Deeds {
    function test_aWalletAskedForItsSignature_changesNothing() external {
        AskedWallet wallet = new AskedWallet();
        Terms memory terms = order();
        terms.payer = address(wallet);
        vm.prank(payer);
        escrow.deposit(address(wallet), address(usd), AMOUNT);
        bytes[] memory attempts = everyDeed(terms);
        bytes[4] memory deeds = [
            abi.encodeCall(
                IRevenueLedger.withdrawWithSignature,
                (address(wallet), address(usd), 1, address(wallet), 7, NEVER, ANY)
            ),
            abi.encodeCall(IOrderDesk.cancelTermsWithSignature, (terms, NEVER, ANY)),
            abi.encodeCall(ISettlementEscrow.authorizeWithCredit, (terms, ANY)),
            abi.encodeCall(
                IRevenueDesk.setMandateWithSignature,
                (address(wallet), stranger, address(usd), Mandate(1, 1, 1, type(uint40).max), 7, NEVER, ANY)
            )
        ];
        for (uint256 i = 0; i < deeds.length; ++i) {
            for (uint256 j = 0; j < attempts.length; ++j) {
                uint256 start = vm.snapshotState();
                wallet.arm(address(escrow), attempts[j]);
                vm.prank(stranger);
                (bool ok, bytes memory answer) = address(escrow).call(deeds[i]);
                // Skipping orders that nobody knows changes nothing, and succeeds; then the wallet does not agree.
                bool idle = bytes4(attempts[j]) == ISettlementEscrow.releaseMany.selector;
                assertTrue(ok || (idle && bytes4(answer) == ISettlementEscrow.SignatureRefused.selector), "changed");
                vm.revertToState(start);
            }
        }
    }
}
