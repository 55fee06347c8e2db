// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Credits per account and token, and the only way they leave
interface IRevenueLedger {
    /// @notice `amount` of the credit of `account` in `token` (zero: ETH) left to `to`.
    event Withdrawn(address indexed account, address indexed token, address to, uint256 amount);

    /// @notice Sends `amount` of the caller's credit in `token` (zero: ETH) to the caller.
    function withdraw(address token, uint256 amount) external;
    /// @notice Sends `amount` of the caller's credit in `token` (zero: ETH) to `to`.
    function withdrawTo(address token, address to, uint256 amount) external;
    /// @notice What `account` may withdraw in `token` (zero: ETH), in base units.
    function creditOf(address account, address token) external view returns (uint256);
}
