// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Signatures} from "./Signatures.sol";
import {IRevenueLedger} from "../interfaces/IRevenueLedger.sol";

/// @title Moving tokens and ETH where neither the token nor the receiver is trusted
/// @dev No return data beyond one word is ever copied. A token without code moves nothing, so its success is not
///      believed; a token that answers nothing, or true, has moved; one that answers anything else has not.
library Transfers {
    bytes4 private constant BALANCE_OF = 0x70a08231; // balanceOf(address)
    bytes4 private constant TRANSFER = 0xa9059cbb; // transfer(address,uint256)
    bytes4 private constant PERMIT = 0xd505accf; // permit(address,address,uint256,uint256,uint8,bytes32,bytes32)
    bytes4 private constant TRANSFER_FROM = 0x23b872dd; // transferFrom(address,address,uint256)

    /// @notice Sends `amount` to `to` and says whether it went.
    /// @param token     zero for ETH
    /// @param gasToSpend the most that token or receiver may spend of the transaction's gas
    /// @dev Whatever a token answers, it may take no more than `amount` off our balance, and nothing if it says no:
    ///      the difference would belong to other accounts. Then the whole transaction is undone.
    function send(address token, address to, uint256 amount, uint256 gasToSpend) internal returns (bool sent) {
        bool isEther;
        assembly ("memory-safe") {
            isEther := iszero(token)
        }
        if (isEther) {
            assembly ("memory-safe") {
                sent := call(gasToSpend, to, amount, 0x00, 0x00, 0x00, 0x00)
            }
            return sent;
        }
        // One block, its revert included, for values that outlive a block cost stack moves on every push. A call stands
        // last in its `and` because arguments are evaluated from the right. All is written to scratch space but the last
        // bytes of `transfer`, which reach into the free memory pointer's always empty ones and are cleared behind it.
        bytes4 backingLost = IRevenueLedger.BackingLost.selector;
        assembly ("memory-safe") {
            mstore(0x00, BALANCE_OF)
            mstore(0x04, address())
            if and(gt(returndatasize(), 0x1f), staticcall(gas(), token, 0x00, 0x24, 0x00, 0x20)) {
                let before := mload(0x00)
                mstore(0x00, TRANSFER)
                mstore(0x04, to)
                mstore(0x24, amount)
                sent := call(gasToSpend, token, 0, 0x00, 0x44, 0x00, 0x20)
                // An answer shorter than a word leaves the selector or its tail behind, which is not 1 as a word.
                sent := and(sent, or(iszero(returndatasize()), eq(mload(0x00), 1)))
                mstore(0x24, 0)
                mstore(0x00, BALANCE_OF)
                mstore(0x04, address())
                let known := and(gt(returndatasize(), 0x1f), staticcall(gas(), token, 0x00, 0x24, 0x00, 0x20))
                let left := mload(0x00)
                if iszero(and(known, iszero(lt(add(left, mul(sent, amount)), before)))) {
                    let m := mload(0x40)
                    mstore(m, backingLost)
                    mstore(add(m, 0x04), token)
                    mstore(add(m, 0x24), before)
                    mstore(add(m, 0x44), left)
                    mstore(add(m, 0x64), mul(sent, amount))
                    revert(m, 0x84)
                }
            }
        }
    }

    /// @notice Calls transferFrom and reverts unless the token did not object. What came in is for the caller to weigh.
    function pull(address token, address from, address to, uint256 amount) internal {
        bool pulled;
        assembly ("memory-safe") {
            let m := mload(0x40)
            mstore(m, TRANSFER_FROM)
            mstore(add(m, 0x04), from)
            mstore(add(m, 0x24), to)
            mstore(add(m, 0x44), amount)
            pulled := call(gas(), token, 0, m, 0x64, 0x00, 0x20)
            pulled := and(pulled, or(iszero(returndatasize()), and(gt(returndatasize(), 0x1f), eq(mload(0x00), 1))))
        }
        if (!pulled) revert IRevenueLedger.TransferFailed(token, to, amount);
    }

    /// @notice Tries to raise the allowance of `owner` to this contract by an ERC-2612 permit, whatever comes of it: the
    ///         allowance decides afterwards, and a permit proves nobody's consent.
    /// @param signature 65 bytes r, s, v; of another length it is not tried
    function tryPermit(
        address token,
        address owner,
        uint256 value,
        uint256 deadline,
        bytes calldata signature
    ) internal {
        if (signature.length != 65) return;
        (bytes32 r, bytes32 s, uint8 v) = Signatures.parts(signature);
        bytes memory data = abi.encodeWithSelector(PERMIT, owner, address(this), value, deadline, v, r, s);
        assembly ("memory-safe") {
            pop(call(gas(), token, 0, add(data, 0x20), mload(data), 0x00, 0x00))
        }
    }

    /// @notice This contract's balance of `token`; reverts where the token cannot say.
    function balance(address token) internal view returns (uint256 amount) {
        bool known;
        assembly ("memory-safe") {
            mstore(0x00, BALANCE_OF)
            mstore(0x04, address())
            known := staticcall(gas(), token, 0x00, 0x24, 0x00, 0x20)
            known := and(known, gt(returndatasize(), 0x1f)) // apart: arguments are evaluated from the right
            amount := mload(0x00)
        }
        if (!known) revert IRevenueLedger.BalanceUnknown(token);
    }
}
