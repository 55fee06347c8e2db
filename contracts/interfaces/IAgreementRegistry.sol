// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title One party of an agreement beside the merchant
/// @param account   who earns
/// @param kind      2 channel, 3 agent, 4 carrier, 5 platform; never with the bit of a fixed leg
/// @param leastPpm  least share of a ppm leg; above 0 every order must have that leg
/// @param mostPpm   most share of a ppm leg, at most a million; 0 for no ppm leg
/// @param mostFixed most that a fixed leg may be, in base units of the agreement's token; 0 for no fixed leg
struct Party {
    address account;
    uint8 kind;
    uint24 leastPpm;
    uint24 mostPpm;
    uint88 mostFixed;
}

/// @title What a merchant, an operator and the parties that earn with the merchant agree on for their orders
/// @dev Its id is the EIP-712 digest, in the escrow's domain, of
///
///      Agreement(bytes32 channel,uint32 version,address token,address operator,address arbiter,uint40 validFrom,
///                uint40 validUntil,address merchant,Party[] parties,string text)
///      Party(address account,uint8 kind,uint24 leastPpm,uint24 mostPpm,uint88 mostFixed)
/// @param channel    the sales channel, as those who agree name it; means nothing to the contract
/// @param version    counted by those who agree; means nothing to the contract
/// @param token      what orders are paid in; the zero address is ETH. A most fixed amount means nothing without it
/// @param operator   who captures and voids the orders
/// @param arbiter    who rules their disputes; zero for nobody, else none of the signatories
/// @param validFrom  first second in which orders may authorize
/// @param validUntil second from which they may no more
/// @param merchant   who has the first leg, and whatever the other legs leave
/// @param parties    1 to 9, each (account, kind) once
/// @param text       what people read, at most 8,192 bytes
struct Agreement {
    bytes32 channel;
    uint32 version;
    address token;
    address operator;
    address arbiter;
    uint40 validFrom;
    uint40 validUntil;
    address merchant;
    Party[] parties;
    string text;
}

/// @title One signatory's acceptance, to be relayed by anyone
/// @param account   who accepts
/// @param nonce     any number the account has not used
/// @param deadline  last second at which the signature is taken
/// @param signature of `account` over AcceptAgreement(Agreement agreement,uint256 nonce,uint256 deadline), with the
///                  types Agreement and Party behind it, so that a wallet shows all that is accepted
struct Acceptance {
    address account;
    uint256 nonce;
    uint256 deadline;
    bytes signature;
}

/// @title Where an agreement stands
/// @param proposed   somebody accepted it, so its content is known here
/// @param active     every signatory accepted and none revoked
/// @param revoked    a signatory revoked; for ever
/// @param validFrom  first second in which orders may authorize; 0 while not proposed
/// @param validUntil second from which they may no more; 0 while not proposed
struct AgreementView {
    bool proposed;
    bool active;
    bool revoked;
    uint40 validFrom;
    uint40 validUntil;
}

/// @title Agreements that orders may name, and whose ranges their legs then keep to
/// @notice Signatories are the operator, the merchant and every party. An agreement is active once all of them accepted,
///         by a call or by a signature, until one of them revokes. It is judged when an order authorizes, never later.
interface IAgreementRegistry {
    /// @notice The first signatory accepted `agreement`; what it says is told once, here.
    event AgreementProposed(bytes32 indexed id, Agreement agreement);
    /// @notice `account` accepted, with whatever roles it has in the agreement.
    event AgreementAccepted(bytes32 indexed id, address indexed account);
    /// @notice Every signatory has accepted.
    event AgreementActivated(bytes32 indexed id);
    /// @notice `account` revoked: no new order may name the agreement. Orders that authorized before keep their terms.
    event AgreementRevoked(bytes32 indexed id, address indexed account);

    // Agreements that nobody may accept

    /// @notice An agreement has 1 to `most` parties beside the merchant.
    error PartyCountOutOfRange(uint256 count, uint256 most);
    /// @notice The party at `index` may not be of this kind.
    error PartyKindRefused(uint256 index, uint256 kind);
    /// @notice The party at `index` is there twice.
    error PartyRepeated(uint256 index);
    /// @notice The party at `index` can never earn, or its least share is above its most, or that above the whole.
    error PartyRangeRefused(uint256 index);
    /// @notice The parties' least shares sum to more than the `whole`.
    error LeastSharesAboveWhole(uint256 sum, uint256 whole);
    /// @notice There is no second from `validFrom` on that lies before `validUntil`.
    error ValidityEmpty(uint256 validFrom, uint256 validUntil);
    /// @notice Who rules disputes may not be a signatory.
    error ArbiterIsSignatory(address arbiter);
    /// @notice The text has `length` bytes, more than `longest`.
    error TextTooLong(uint256 length, uint256 longest);

    /// @notice The content of the agreement could not be written down.
    error AgreementNotStored();

    // Calls that the agreement's state or the caller's role forbid

    /// @notice Nobody accepted an agreement of this id yet.
    error UnknownAgreement(bytes32 id);
    /// @notice `account` is no signatory of the agreement.
    error NotSignatory(bytes32 id, address account);
    /// @notice `account` accepted before.
    error AlreadyAccepted(bytes32 id, address account);
    /// @notice A signatory revoked the agreement before.
    error AlreadyRevoked(bytes32 id);

    // Terms that do not keep to the agreement they name

    /// @notice Not every signatory accepted, or one revoked.
    error AgreementNotActive(bytes32 id);
    /// @notice The agreement is valid from `validFrom` until the second before `validUntil`.
    error AgreementNotInTime(uint256 timestamp, uint256 validFrom, uint256 validUntil);
    /// @notice Operator, arbiter, token or merchant of the terms is `actual`, where the agreement has `expected`.
    error AgreementOfOthers(address actual, address expected);
    /// @notice The leg at `index` is of no party, by account and kind.
    error LegOfNoParty(uint256 index);
    /// @notice The leg at `index` is its party's second of this sort: a party has one in ppm and one fixed at most.
    error LegRepeated(uint256 index);
    /// @notice The leg at `index` is outside of what its party agreed on, both ends included.
    error LegOutsideRange(uint256 index, uint256 share, uint256 least, uint256 most);
    /// @notice The party at `party` has a least share, so the order must have its ppm leg.
    error LeastShareMissing(uint256 party);

    /// @notice The caller, a signatory, accepts; the first to do so proposes the agreement.
    /// @return id the agreement's id, which terms name
    function acceptAgreement(Agreement calldata agreement) external returns (bytes32 id);

    /// @notice Relays signatories' signed acceptances. A caller who is a signatory accepts by calling. Whoever accepted
    ///         before is skipped, so that nobody can spoil the call by relaying one of them first.
    function acceptAgreementWithSignatures(
        Agreement calldata agreement,
        Acceptance[] calldata acceptances
    ) external returns (bytes32 id);

    /// @notice The caller, a signatory, revokes: from now on no order may authorize under the agreement.
    function revokeAgreement(bytes32 id) external;

    /// @notice The same on a signature of `account` over RevokeAgreement(bytes32 id,uint256 nonce,uint256 deadline).
    /// @param nonce    any number the account has not used
    /// @param deadline last second at which the signature is taken
    function revokeAgreementWithSignature(
        bytes32 id,
        address account,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice The id of an agreement: its EIP-712 digest in this contract's domain.
    function agreementIdOf(Agreement calldata agreement) external view returns (bytes32 id);
    /// @notice Where an agreement stands; all zero for an id that nobody accepted.
    function agreementOf(bytes32 id) external view returns (AgreementView memory seen);
    /// @notice Whether `account` is a signatory that accepted.
    function hasAccepted(bytes32 id, address account) external view returns (bool);
}
