// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Credits per account and token, and the only way they leave
interface IRevenueLedger {
    /// @notice `amount` of the credit of `account` in `token` (zero: ETH) left to `to`.
    event Withdrawn(address indexed account, address indexed token, address to, uint256 amount);

    /// @notice Nothing is moved by an amount of zero.
    error AmountZero();
    /// @notice The account has `credit`, which is less than `amount`.
    error CreditTooSmall(uint256 credit, uint256 amount);
    /// @notice Money may not be sent to the zero address, to this contract or to the token itself.
    error DestinationRefused(address to);
    /// @notice `token` (zero: ETH) did not move `amount` to `to`.
    error TransferFailed(address token, address to, uint256 amount);
    /// @notice Sending took this contract's balance of `token` from `before` to `left`, more than the `allowed`: the
    ///         rest would have come out of other accounts' credits.
    error BackingLost(address token, uint256 before, uint256 left, uint256 allowed);
    /// @notice `token` does not say what this contract owns of it; it may have no code.
    error BalanceUnknown(address token);
    /// @notice The transaction has `left` gas, too little to forward what a push to the payer is entitled to.
    error PushGasTooLow(uint256 left, uint256 needed);
    /// @notice A guarded function was called from inside another one.
    error Reentered();

    /// @notice Sends `amount` of the caller's credit in `token` (zero: ETH) to the caller.
    function withdraw(address token, uint256 amount) external;
    /// @notice Sends `amount` of the caller's credit in `token` (zero: ETH) to `to`.
    function withdrawTo(address token, address to, uint256 amount) external;

    /// @notice Sends `amount` of the credit of `account` in `token` (zero: ETH) to `to`, on a signature of `account` over
    ///         Withdraw(address account,address token,uint256 amount,address to,uint256 nonce,uint256 deadline). Anyone
    ///         may relay it.
    /// @param nonce     any number the account has not used
    /// @param deadline  last second at which the signature is taken
    /// @param signature 65 bytes r, s, v of an account, else what the account's wallet contract takes
    function withdrawWithSignature(
        address account,
        address token,
        uint256 amount,
        address to,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;
}
