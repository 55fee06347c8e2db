// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Terms of one escrowed order, as they travel on the wire and in the `Authorized` event
/// @dev What a wallet shows and signs is the typed form, which has a field for every value:
///
///      Terms(address payer,address operator,address token,uint104 amount,uint40 authorizeBy,uint40 captureBy,
///            uint32 releaseDelay,address arbiter,uint32 rulingTime,uint24 defaultToPayerPpm,uint8 flags,
///            bytes32 agreement,Leg[] legs,uint256 salt)Leg(address account,uint88 share,uint8 kind)
///
///      The wire form packs what is small, for calldata and event bytes cost more than the shifts that unpack them:
///      `schedule` = authorizeBy << 136 | captureBy << 96 | releaseDelay << 64 | rulingTime << 32
///                   | defaultToPayerPpm << 8 | flags, the 80 bits above are zero;
///      `amountAndSalt` = salt << 104 | amount, so a salt has at most 152 bits on the wire;
///      a leg      = account << 96 | share << 8 | kind.
///      Hashing expands both, so the id of an order is the EIP-712 digest of the typed form.
/// @param payer     who pays, and who gets back whatever is not released
/// @param operator  may capture and void; with OPERATOR_MAY_REFUND also refund. Never a receiver of money
/// @param token     the ERC-20 that is paid in; the zero address is ETH
/// @param amountAndSalt packed: the amount in base units of `token`, and what makes two orders of equal content two
/// @param arbiter   who rules disputes; zero for nobody, and then nothing can be disputed
/// @param schedule  packed times in seconds, ppm and flags
/// @param agreement the agreement the legs keep to, by its id; zero for none
/// @param legs      who earns what: the merchant first, then fixed amounts, then parts per million
struct Terms {
    address payer;
    address operator;
    address token;
    uint256 amountAndSalt;
    address arbiter;
    uint256 schedule;
    bytes32 agreement;
    uint256[] legs;
}

/// @title Quantities of one order, in base units of its token
/// @dev A = amount of the terms = held + captured + disputed + returned + released, so `released` is not stored.
/// @param held       H: authorized, neither captured nor returned
/// @param captured   P: captured, waiting for its release
/// @param releaseAt  second from which anyone may release `captured`; 0 while nothing waits
/// @param used       true from the moment the terms authorized or were cancelled, for ever
/// @param cancelled  the payer cancelled the terms before they authorized; all quantities are zero, for ever
/// @param returned   X: went back to the payer before release
/// @param refunded   Z: went back to the payer after release, at the merchant's cost; part of what was released
/// @param disputed   D: under dispute
/// @param rulingBy   second before which the arbiter may rule the open dispute; 0 while none is open
/// @param round      how many disputes the order has had
struct OrderView {
    uint104 held;
    uint104 captured;
    uint40 releaseAt;
    bool used;
    bool cancelled;
    uint104 returned;
    uint104 refunded;
    uint104 disputed;
    uint40 rulingBy;
    uint16 round;
}

/// @title An ERC-2612 permit to be tried before the allowance is used
/// @param value     what the payer lets the escrow move
/// @param deadline  last second at which the token takes it
/// @param signature 65 bytes r, s, v
struct Permit {
    uint256 value;
    uint256 deadline;
    bytes signature;
}

/// @title One capture of several in one call
/// @param terms      of the order
/// @param amount     base units to take of what is held
/// @param heldBefore what the caller believes is held
struct CaptureRequest {
    Terms terms;
    uint256 amount;
    uint256 heldBefore;
}

/// @title Escrow that takes a payment for an order and shares it by the terms its payer consented to
/// @notice Every unit that enters leaves to the payer or to the legs of the terms; there is no owner and no other exit.
interface ISettlementEscrow {
    /// @notice An order's money came in. `route` says how: 1 allowance, 2 ETH, 3 ERC-3009, 4 the payer's
    ///         credit, which is `amount` less from now on.
    event Authorized(bytes32 indexed id, Terms terms, uint8 route);
    /// @notice The payer cancelled terms that had not authorized, and now never will.
    event Cancelled(bytes32 indexed id);
    /// @notice `amount` moved from held to captured. `releaseAt` 0: the terms have no delay, it was released at once.
    event Captured(bytes32 indexed id, uint256 amount, uint256 releaseAt);
    /// @notice `amount` moved from captured to the credits of the legs, shared by the split rule.
    event Released(bytes32 indexed id, uint256 amount);
    /// @notice `amount` moved from held back to the payer, to its wallet unless `ReturnCredited` follows.
    event Voided(bytes32 indexed id, uint256 amount);
    /// @notice All that was held went back to the payer from `captureBy` on, to its wallet unless `ReturnCredited` follows.
    event Reclaimed(bytes32 indexed id, uint256 amount);
    /// @notice `amount` moved from captured back to the payer, to its wallet unless `ReturnCredited` follows.
    event Refunded(bytes32 indexed id, uint256 amount);
    /// @notice The `amount` that the event before it says went back did not reach the payer's wallet: it is the payer's
    ///         credit now, because the push failed or because a stranger reclaimed.
    event ReturnCredited(bytes32 indexed id, uint256 amount);
    /// @notice A one-time nonce of `account` was used, or burnt by its owner.
    event NonceUsed(address indexed account, uint256 nonce);

    // Terms that no order may have

    /// @notice A field of the terms has bits above its type.
    error TermsDirty();
    /// @notice A payer, operator or leg may not be the zero address, this contract or the token.
    error AddressRefused(address account);
    /// @notice The terms could be authorized before `authorizeBy` only.
    error AuthorizeClosed(uint256 timestamp, uint256 authorizeBy);
    /// @notice `captureBy` must lie from `earliest` to `latest`, both included.
    error CaptureByOutOfRange(uint256 captureBy, uint256 earliest, uint256 latest);
    /// @notice The release may be delayed by `longest` seconds at most.
    error ReleaseDelayTooLong(uint256 releaseDelay, uint256 longest);
    /// @notice Who rules disputes may not be a payer, operator or leg.
    error ArbiterIsParty(address arbiter);
    /// @notice With an arbiter the release must be delayed, or there is nothing to dispute.
    error ArbiterNeedsDelay(address arbiter);
    /// @notice With an arbiter the time to rule has from `shortest` to `longest` seconds.
    error RulingTimeOutOfRange(uint256 rulingTime, uint256 shortest, uint256 longest);
    /// @notice A time to rule needs an arbiter.
    error RulingTimeWithoutArbiter(uint256 rulingTime);
    /// @notice A part given in ppm is above `whole`.
    error PpmAboveWhole(uint256 ppm, uint256 whole);
    /// @notice The flags have bits that mean nothing.
    error FlagsUnknown(uint256 flags, uint256 known);
    /// @notice An order has 1 to `most` legs.
    error LegCountOutOfRange(uint256 count, uint256 most);
    /// @notice The leg at `index` may not be of this kind: the merchant in ppm comes first and once, others follow.
    error LegKindRefused(uint256 index, uint256 kind);
    /// @notice The fixed leg at `index` stands behind a ppm leg.
    error LegOutOfOrder(uint256 index);
    /// @notice The leg at `index` would earn nothing.
    error LegZero(uint256 index);
    /// @notice The merchant's ppm must be what the other ppm legs leave of a million.
    error MerchantShareWrong(uint256 share, uint256 expected);
    /// @notice The fixed legs sum to more than the order's amount.
    error FixedAboveAmount(uint256 fixedSum, uint256 amount);

    // Calls that the order's state, the time or the caller's role forbid

    /// @notice These terms have authorized before, or were cancelled.
    error AlreadyAuthorized(bytes32 id);
    /// @notice No order has these terms.
    error UnknownOrder(bytes32 id);
    /// @notice Only the payer may do this by a call.
    error NotPayer(address caller, address payer);
    /// @notice Only the operator may capture, and the merchant where the terms' flags say so.
    error NotCapturer(address caller, address operator);
    /// @notice Only the operator may charge.
    error NotOperator(address caller, address operator);
    /// @notice Only the operator and the merchant may void.
    error NotVoider(address caller, address operator);
    /// @notice Only the merchant may refund, and the operator where the terms' flags say so.
    error NotRefunder(address caller, address merchant);
    /// @notice The quantity is `actual`, not the `expected` that the caller believed in.
    error StateMoved(uint256 actual, uint256 expected);
    /// @notice `amount` is more than is there to be moved.
    error AmountAboveAvailable(uint256 amount, uint256 available);
    /// @notice Nothing is held that could be reclaimed.
    error NothingHeld(bytes32 id);
    /// @notice Nothing is captured that could be released.
    error NothingCaptured(bytes32 id);
    /// @notice What is held could be captured before `captureBy` only.
    error CaptureClosed(uint256 timestamp, uint256 captureBy);
    /// @notice What is held may be reclaimed from `captureBy` on.
    error ReclaimNotOpen(uint256 timestamp, uint256 captureBy);
    /// @notice Before `releaseAt` only the payer may release.
    error ReleaseNotOpen(uint256 timestamp, uint256 releaseAt);
    /// @notice What is captured could be refunded before `releaseAt` only.
    error RefundClosed(uint256 timestamp, uint256 releaseAt);

    /// @notice A basket has 1 to `most` orders.
    error OrderCountOutOfRange(uint256 count, uint256 most);
    /// @notice The order at `index` has another payer or another token than the first.
    error BasketMixed(uint256 index);

    // Money and signatures

    /// @notice The call carries `value` wei, the order asks for `expected`.
    error ValueMismatch(uint256 value, uint256 expected);
    /// @notice Signatures move tokens; terms in ETH are paid by a call to `authorize`.
    error AuthorizationNeedsToken();
    /// @notice The token brought `received` in where the terms ask for `expected`.
    error ReceivedWrongAmount(uint256 received, uint256 expected);
    /// @notice The signature was good until `deadline`.
    error DeadlinePassed(uint256 timestamp, uint256 deadline);
    /// @notice `account` has used or burnt `nonce`.
    error NonceSpent(address account, uint256 nonce);
    /// @notice `account` did not sign this.
    error SignatureRefused(address account);

    /// @notice Pays an order by the caller's allowance, or in ETH where the terms' token is zero. The caller is the payer.
    function authorize(Terms calldata terms) external payable returns (bytes32 id);

    /// @notice Pays an order by the payer's ERC-3009 authorization: ReceiveWithAuthorization(from = payer, to = this
    ///         contract, value = amount, validAfter = 0, validBefore = authorizeBy, nonce = id). Anyone may relay it.
    /// @param signature 65 bytes r, s, v of an account, else what the payer's wallet contract takes
    function authorizeWithAuthorization(Terms calldata terms, bytes calldata signature) external returns (bytes32 id);

    /// @notice Pays an order by the payer's allowance, on the payer's signature over the terms, which is its signature of the
    ///         order's id. Anyone may relay it.
    /// @param signature 65 bytes r, s, v of an account, else what the payer's wallet contract takes; not looked at where
    ///                  the payer is the caller
    function authorizeWithAllowance(Terms calldata terms, bytes calldata signature) external returns (bytes32 id);

    /// @notice The same after an attempt to raise the allowance by an ERC-2612 permit. If the attempt fails, because the
    ///         permit was used before or the token has none, the allowance decides.
    /// @param signature of the payer over the terms; not looked at where the payer is the caller
    function authorizeWithPermit(
        Terms calldata terms,
        bytes calldata signature,
        Permit calldata permit
    ) external returns (bytes32 id);

    /// @notice Pays an order out of the payer's credit. By the payer, or by anyone with the payer's signature over
    ///         AuthorizeWithCredit(bytes32 id).
    /// @param signature not looked at where the payer is the caller
    function authorizeWithCredit(Terms calldata terms, bytes calldata signature) external returns (bytes32 id);

    /// @notice Authorizes and captures the whole amount at once, by the payer's allowance. The caller is the operator.
    /// @param signature of the payer over the terms; not looked at where the payer is the caller
    function chargeWithAllowance(Terms calldata terms, bytes calldata signature) external returns (bytes32 id);

    /// @notice The same by the payer's ERC-3009 authorization, which is that of `authorizeWithAuthorization`.
    function chargeWithAuthorization(Terms calldata terms, bytes calldata signature) external returns (bytes32 id);

    /// @notice The same out of the payer's credit, on its signature over AuthorizeWithCredit(bytes32 id),
    ///         which is not looked at where the payer is the caller.
    function chargeWithCredit(Terms calldata terms, bytes calldata signature) external returns (bytes32 id);

    /// @notice Pays 1 to 20 orders of one payer and one token, all or none: by the caller's allowance for their sum, or in
    ///         ETH. The caller is the payer.
    /// @return ids of the orders, in their order
    function authorizeBasket(Terms[] calldata orders) external payable returns (bytes32[] memory ids);

    /// @notice The same by one ERC-3009 authorization of the payer: value = sum of the amounts, validAfter = 0,
    ///         validBefore = least authorizeBy, nonce = keccak256 of the ids in a row. Anyone may relay it.
    /// @param signature 65 bytes r, s, v of an account, else what the payer's wallet contract takes
    function authorizeBasketWithAuthorization(
        Terms[] calldata orders,
        bytes calldata signature
    ) external returns (bytes32[] memory ids);

    /// @notice Takes `amount` of what is held for the legs, after releasing what has matured. By the operator, or the
    ///         merchant with the flag MERCHANT_MAY_CAPTURE, before `captureBy`.
    /// @param heldBefore what the caller believes is held, so that a repeated call cannot capture twice
    function capture(Terms calldata terms, uint256 amount, uint256 heldBefore) external;

    /// @notice Several captures, all or none.
    function captureMany(CaptureRequest[] calldata requests) external;

    /// @notice Credits the legs with all that is captured: by the payer at any time, by anyone once `releaseAt` has come.
    function release(Terms calldata terms) external;

    /// @notice The same on the payer's signature over Release(bytes32 id,uint256 captured,uint256 nonce,uint256 deadline).
    /// @param captured what the payer saw as captured; must be what is captured now
    /// @param nonce    any number the payer has not used
    /// @param deadline last second at which the signature is taken
    function releaseWithSignature(
        Terms calldata terms,
        uint256 captured,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Releases whatever of these orders may be released now. One that the caller may not release, or of which
    ///         nothing is captured, is skipped, so that nobody can spoil the call by releasing one of them first.
    /// @return released how many orders were released
    function releaseMany(Terms[] calldata orders) external returns (uint256 released);

    /// @notice Gives `amount` of what is held back to the payer. By the operator or the merchant, at any time.
    function void(Terms calldata terms, uint256 amount, uint256 heldBefore) external;

    /// @notice Gives all that is held back from `captureBy` on: paid out when the payer calls, credited to it otherwise.
    function reclaim(Terms calldata terms) external;

    /// @notice Gives `amount` of what is captured back to the payer before `releaseAt`. By the merchant, or the operator
    ///         with the flag OPERATOR_MAY_REFUND.
    function refund(Terms calldata terms, uint256 amount, uint256 capturedBefore) external;
}
