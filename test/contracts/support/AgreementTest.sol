// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Acceptance, Agreement, IAgreementRegistry, Party} from "../../../contracts/interfaces/IAgreementRegistry.sol";
import {Terms} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {EscrowTest} from "./EscrowTest.sol";
import {vm} from "./Vm.sol";

/// @title An agreement that the usual order keeps to, and all who sign it
abstract contract AgreementTest is EscrowTest {
    uint256 internal constant MERCHANT_KEY = 0x3E4C0;
    uint256 internal constant CHANNEL_KEY = 0xC4A70;
    uint256 internal constant NEVER = type(uint256).max;

    bytes32 private constant PARTY_TYPEHASH = keccak256(
        "Party(address account,uint8 kind,uint24 leastPpm,uint24 mostPpm,uint88 mostFixed)"
    );
    bytes32 private constant AGREEMENT_TYPEHASH = keccak256(
        "Agreement(bytes32 channel,uint32 version,address token,address operator,address arbiter,uint40 validFrom,"
        "uint40 validUntil,address merchant,Party[] parties,string text)"
        "Party(address account,uint8 kind,uint24 leastPpm,uint24 mostPpm,uint88 mostFixed)"
    );
    bytes32 private constant ACCEPT_TYPEHASH = keccak256(
        "AcceptAgreement(Agreement agreement,uint256 nonce,uint256 deadline)"
        "Agreement(bytes32 channel,uint32 version,address token,address operator,address arbiter,uint40 validFrom,"
        "uint40 validUntil,address merchant,Party[] parties,string text)"
        "Party(address account,uint8 kind,uint24 leastPpm,uint24 mostPpm,uint88 mostFixed)"
    );

    function setUp() public virtual override {
        super.setUp();
        merchant = vm.addr(MERCHANT_KEY);
        channel = vm.addr(CHANNEL_KEY);
    }

    /// @dev The channel has 5 to 10 %, the agent at most 6 %, the carrier at most 3 % and 500 units, the platform 2 %.
    function agreement() internal view returns (Agreement memory agreed) {
        agreed.channel = bytes32("shop");
        agreed.version = 1;
        agreed.token = address(usd);
        agreed.operator = operator;
        agreed.validFrom = uint40(START);
        agreed.validUntil = uint40(START + 365 days);
        agreed.merchant = merchant;
        agreed.parties = new Party[](4);
        agreed.parties[0] = Party(channel, 2, 50_000, 100_000, 0);
        agreed.parties[1] = Party(agent, 3, 0, 60_000, 0);
        agreed.parties[2] = Party(carrier, 4, 0, 30_000, 500);
        agreed.parties[3] = Party(platform, 5, 20_000, 20_000, 0);
        agreed.text = "What everybody earns.";
    }

    function signatories() internal view returns (address[6] memory) {
        return [operator, merchant, channel, agent, carrier, platform];
    }

    function accept(address account, Agreement memory agreed) internal returns (bytes32) {
        vm.prank(account);
        return escrow.acceptAgreement(agreed);
    }

    /// @dev All accept by calls.
    function inForce(Agreement memory agreed) internal returns (bytes32 id) {
        address[6] memory all = signatories();
        for (uint256 i = 0; i < all.length; ++i) id = accept(all[i], agreed);
    }

    /// @dev The usual order under an agreement that is in force, in the agreement's token.
    function agreedOrder(Agreement memory agreed) internal returns (Terms memory terms) {
        terms = order();
        terms.token = agreed.token;
        terms.agreement = inForce(agreed);
    }

    function callAccept(Agreement memory agreed) internal pure returns (bytes memory) {
        return abi.encodeCall(IAgreementRegistry.acceptAgreement, (agreed));
    }
    function callAcceptSigned(
        Agreement memory agreed,
        Acceptance[] memory acceptances
    ) internal pure returns (bytes memory) {
        return abi.encodeCall(IAgreementRegistry.acceptAgreementWithSignatures, (agreed, acceptances));
    }
    function callRevoke(bytes32 id) internal pure returns (bytes memory) {
        return abi.encodeCall(IAgreementRegistry.revokeAgreement, (id));
    }

    // Signatures

    function structHashOf(Agreement memory agreed) internal pure returns (bytes32) {
        bytes memory parties;
        for (uint256 i = 0; i < agreed.parties.length; ++i) {
            parties = abi.encodePacked(parties, keccak256(abi.encode(PARTY_TYPEHASH, agreed.parties[i])));
        }
        bytes memory first = abi.encode(
            AGREEMENT_TYPEHASH,
            agreed.channel,
            agreed.version,
            agreed.token,
            agreed.operator,
            agreed.arbiter
        );
        bytes memory rest = abi.encode(
            agreed.validFrom,
            agreed.validUntil,
            agreed.merchant,
            keccak256(parties),
            keccak256(bytes(agreed.text))
        );
        return keccak256(abi.encodePacked(first, rest));
    }

    function acceptDigest(Agreement memory agreed, uint256 nonce, uint256 deadline) internal view returns (bytes32) {
        return typedDigest(keccak256(abi.encode(ACCEPT_TYPEHASH, structHashOf(agreed), nonce, deadline)));
    }

    function acceptance(
        uint256 key,
        Agreement memory agreed,
        uint256 nonce,
        uint256 deadline
    ) internal view returns (Acceptance memory) {
        bytes memory signature = signed(key, acceptDigest(agreed, nonce, deadline));
        return Acceptance(vm.addr(key), nonce, deadline, signature);
    }

    function only(Acceptance memory given) internal pure returns (Acceptance[] memory list) {
        list = new Acceptance[](1);
        list[0] = given;
    }
}
