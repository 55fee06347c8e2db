// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A sale that was paid outside of the escrow, to be shared by an agreement
/// @dev What is signed is the typed form, with typed legs:
///
///      Sale(address account,address operator,address token,uint256 gross,bytes32 agreement,bytes32 ref,Leg[] legs)
///      Leg(address account,uint88 share,uint8 kind)
/// @param account   who took the buyer's money and so owes the other parties; its own legs do not move
/// @param operator  the operator of the agreement
/// @param token     in which the parties are credited; the zero address is ETH
/// @param gross     base units of the token that the buyer's payment is worth; below 2^104
/// @param agreement the agreement the legs keep to, by its id
/// @param ref       what names the sale among all of the account's; good once
/// @param legs      as in terms: the merchant first, then fixed amounts, then parts per million, packed the same way
struct Sale {
    address account;
    address operator;
    address token;
    uint256 gross;
    bytes32 agreement;
    bytes32 ref;
    uint256[] legs;
}

/// @title How much of an account's credit another may distribute, by the agreements that the account signed
/// @param perCall   most base units in one call; 0 ends the mandate
/// @param perPeriod most base units in one period
/// @param period    seconds of a period, above 0. Periods follow one another from the second in which the mandate was set
/// @param until     second from which the mandate is good no more
struct Mandate {
    uint88 perCall;
    uint88 perPeriod;
    uint32 period;
    uint40 until;
}

/// @title One withdrawal of several in one call
/// @param token  zero for ETH
/// @param amount base units
/// @param to     where they go
struct Withdrawal {
    address token;
    uint256 amount;
    address to;
}

/// @title The rare ways in and out of credits: deposits, sales paid elsewhere, several withdrawals at once
interface IRevenueDesk {
    /// @notice `from` put `amount` into the credit of `account` in `token` (zero: ETH).
    event Deposited(address indexed account, address indexed token, address from, uint256 amount);
    /// @notice The legs of `sale` but those of `account` were credited with their parts of its gross, by the split rule,
    ///         and `debited`, their sum, was taken off the credit of `account`.
    event Distributed(address indexed account, bytes32 indexed ref, Sale sale, uint256 debited);
    /// @notice `account` lets `spender` distribute from its credit in `token` within these limits, from now on and instead
    ///         of whatever it let before. What was spent before counts no more.
    event MandateSet(address indexed account, address indexed spender, address indexed token, Mandate mandate);

    /// @notice `account` has distributed a sale of this `ref` before.
    error RefUsed(address account, bytes32 ref);
    /// @notice A sale of more than `most` base units cannot be shared.
    error GrossTooLarge(uint256 gross, uint256 most);
    /// @notice A sale must name the agreement that it is shared by.
    error SaleWithoutAgreement();
    /// @notice `account` gave `spender` no mandate in this token, or it ended.
    error NoMandate(address account, address spender);
    /// @notice `amount` is more than one call may distribute.
    error AboveCallLimit(uint256 amount, uint256 perCall);
    /// @notice `amount` is more than what is `left` of this period's limit.
    error AbovePeriodLimit(uint256 amount, uint256 left);
    /// @notice A mandate's period has at least one second.
    error PeriodZero();

    /// @notice Puts `amount` of the caller's tokens, by its allowance, or of the call's ETH, into the credit of `account`.
    function deposit(address account, address token, uint256 amount) external payable;

    /// @notice The same by the ERC-3009 authorization of `from`: value = amount, validAfter = 0, and as its nonce the
    ///         EIP-712 digest, in this contract's domain, of
    ///         Deposit(address from,address account,address token,uint256 amount,uint256 validBefore,uint256 salt).
    ///         Anyone may relay it.
    function depositWithAuthorization(
        address from,
        address account,
        address token,
        uint256 amount,
        uint256 validBefore,
        uint256 salt,
        bytes calldata signature
    ) external;

    /// @notice Withdraws of the caller's credits in several tokens, all or none.
    function withdrawMany(Withdrawal[] calldata withdrawals) external;

    /// @notice The same on the signature of `account` over
    ///         WithdrawMany(address account,Withdrawal[] withdrawals,uint256 nonce,uint256 deadline)
    ///         Withdrawal(address token,uint256 amount,address to).
    function withdrawManyWithSignature(
        address account,
        Withdrawal[] calldata withdrawals,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Shares a sale paid elsewhere. By the account that took the money, or by whoever has its mandate, and then
    ///         only by an agreement that the account signed.
    /// @return debited what the account's credit paid to the other parties
    function distribute(Sale calldata sale) external returns (uint256 debited);

    /// @notice The same on the account's signature over Distribute(Sale sale,uint256 deadline), with the types Leg and Sale
    ///         behind it. The sale's ref makes it good once.
    function distributeWithSignature(
        Sale calldata sale,
        uint256 deadline,
        bytes calldata signature
    ) external returns (uint256 debited);

    /// @notice The caller lets `spender` distribute from its credit in `token` (zero: ETH) within limits.
    function setMandate(address spender, address token, Mandate calldata mandate) external;

    /// @notice The same on the signature of `account` over SetMandate(address account,address spender,address token,
    ///         uint88 perCall,uint88 perPeriod,uint32 period,uint40 until,uint256 nonce,uint256 deadline).
    function setMandateWithSignature(
        address account,
        address spender,
        address token,
        Mandate calldata mandate,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice What `account` may withdraw in `token` (zero: ETH), in base units.
    function creditOf(address account, address token) external view returns (uint256);

    /// @notice The mandate that `account` gave `spender` in `token`, and what of this period's limit is left now.
    function mandateOf(
        address account,
        address spender,
        address token
    ) external view returns (Mandate memory mandate, uint256 left);

    /// @notice Whether `account` has distributed a sale of this `ref`.
    function isDistributed(address account, bytes32 ref) external view returns (bool);
}
