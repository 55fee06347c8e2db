// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISettlementEscrow, Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {PackedTerms} from "./PackedTerms.sol";
import {PayingRoute} from "./PayingRoute.sol";
import {Vm, vm} from "./Vm.sol";

/// @title What every way to charge has in common: it is the operator's, and no more than to authorize and to capture
abstract contract ChargingRoute is PayingRoute {
    using PackedTerms for Terms;

    /// @dev The call that only authorizes, by the same means and the same consent.
    function authorizing(Terms memory terms) internal virtual returns (bytes memory);

    function test_byTheOperatorOnly() external {
        Terms memory terms = withFlags(order(), MERCHANT_MAY_CAPTURE);
        fund(terms);
        bytes memory call_ = paying(terms);
        address[5] memory others = [payer, merchant, channel, stranger, address(this)];
        for (uint256 i = 0; i < others.length; ++i) {
            refused(others[i], call_, ISettlementEscrow.NotOperator.selector);
        }
        allowed(operator, call_);
    }

    /// The consent is to the terms, so anyone may use it to authorize. Then there is nothing left to charge.
    function test_authorizedBefore_isCapturedAsEver() external {
        Terms memory terms = order();
        fund(terms);
        bytes memory call_ = paying(terms);
        allowed(stranger, authorizing(terms));
        refused(operator, call_, ISettlementEscrow.AlreadyAuthorized.selector);
        capture(terms, AMOUNT);
    }

    // Charged, or authorized and captured: the same

    /// @dev All that the escrow says, and where the money is.
    function _outcome(Terms memory terms) private returns (bytes32 all) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter == address(escrow)) all = keccak256(abi.encode(all, logs[i].topics, logs[i].data));
        }
        for (uint256 i = 0; i < terms.legs.length; ++i) {
            all = keccak256(abi.encode(all, credit(address(uint160(terms.legs[i] >> 96)))));
        }
        all = keccak256(abi.encode(all, escrow.orderOf(terms), credit(payer)));
        return keccak256(abi.encode(all, usd.balanceOf(payer), usd.balanceOf(address(escrow))));
    }

    /// Told on two paths from one state: the order, the credits, the balances and every event are the same.
    function testFuzz_charge_equalsAuthorizeAndCapture(uint256 amount, uint24 delay, bool fixedLegs) external {
        amount = 1_000 + (amount % (type(uint104).max - 1_000));
        Terms memory terms = order();
        terms.setAmount(amount);
        terms.schedule = schedule(START + 1 days, START + 14 days, delay % 90 days, 0);
        if (fixedLegs) {
            terms.legs[1] = leg(carrier, 1 + (amount % 900), 0x84);
            terms.legs[0] = leg(merchant, 900_000, 1);
        }
        fund(terms);
        bytes memory charge = paying(terms);
        bytes memory authorize_ = authorizing(terms);
        uint256 start = vm.snapshotState();

        vm.recordLogs();
        allowed(operator, charge);
        bytes32 charged = _outcome(terms);
        vm.revertToState(start);
        vm.recordLogs();
        allowed(operator, authorize_);
        allowed(operator, callCapture(terms, amount, amount));
        assertTrue(charged == _outcome(terms), "not the same");
        bool instant = delay % 90 days == 0;
        assertOrder(terms, 0, instant ? 0 : amount, 0, instant ? amount : 0);
    }
}
