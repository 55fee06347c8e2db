// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISettlementEscrow} from "../../../contracts/interfaces/ISettlementEscrow.sol";
import {ITributary} from "../../../contracts/interfaces/ITributary.sol";
import {Deployer} from "./Deployer.sol";
import {EscrowTest} from "./EscrowTest.sol";
import {SigningWallet} from "./SigningWallet.sol";
import {vm} from "./Vm.sol";

/// @title Whose signature does a deed, whatever the deed: keys, wallet contracts of every mood, and accounts that are both
/// @dev A test of a signed function says what its deed is, and has all of these tests.
abstract contract SignedDeed is EscrowTest {
    uint256 internal constant SIGNER_KEY = 0x516E;

    /// @dev Lets `account` do its deed number `number`, all but for the signature.
    function prepare(address account, uint256 number) internal virtual;
    /// @dev What `account` signs for that deed.
    function digestOf(address account, uint256 number) internal virtual returns (bytes32);
    /// @dev The call that does it.
    function deed(address account, uint256 number, bytes memory signature) internal virtual returns (bytes memory);
    /// @dev Whether it has been done.
    function isDone(address account, uint256 number) internal virtual returns (bool);
    /// @dev The error of a deed that was done before.
    function doneBefore() internal view virtual returns (bytes4);

    /// @dev Who brings the signature: anyone, where the function does not say who.
    function relayer() internal view virtual returns (address) {
        return stranger;
    }

    function taken(address account, uint256 number, bytes memory signature) private {
        assertFalse(isDone(account, number), "not done yet");
        allowed(relayer(), deed(account, number, signature));
        assertTrue(isDone(account, number), "done");
    }

    function notTaken(address account, uint256 number, bytes memory signature) private {
        refused(relayer(), deed(account, number, signature), ISettlementEscrow.SignatureRefused.selector);
        assertFalse(isDone(account, number), "not done");
    }

    function test_signature_ofAKey_isGoodOnce() external {
        address account = vm.addr(SIGNER_KEY);
        prepare(account, 1);
        bytes memory signature = signed(SIGNER_KEY, digestOf(account, 1));
        taken(account, 1, signature);
        prepare(account, 1);
        refused(relayer(), deed(account, 1, signature), doneBefore());
    }

    function test_signature_ofAnotherKeyOrDeedRefused() external {
        address account = vm.addr(SIGNER_KEY);
        prepare(account, 1);
        notTaken(account, 1, signed(SIGNER_KEY + 1, digestOf(account, 1)));
        notTaken(account, 1, signed(SIGNER_KEY, digestOf(account, 2)));
        notTaken(account, 1, signed(SIGNER_KEY, bytes32(0)));
        notTaken(account, 1, "");
        notTaken(account, 1, new bytes(65)); // recovers nobody
        notTaken(account, 1, abi.encodePacked(signed(SIGNER_KEY, digestOf(account, 1)), uint8(0)));
        taken(account, 1, signed(SIGNER_KEY, digestOf(account, 1)));
    }

    function test_signature_highS_64bytes() external {
        address account = vm.addr(SIGNER_KEY);
        prepare(account, 1);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(SIGNER_KEY, digestOf(account, 1));
        uint256 order_ = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        notTaken(account, 1, abi.encodePacked(r, order_ - uint256(s), v == 27 ? uint8(28) : uint8(27)));
        notTaken(account, 1, abi.encodePacked(r, uint256(s) | (uint256(v - 27) << 255)));
        notTaken(account, 1, abi.encodePacked(r, s, v - 27));
        taken(account, 1, abi.encodePacked(r, s, v));
    }

    function test_signature_ofAnotherChainRefused() external {
        address account = vm.addr(SIGNER_KEY);
        prepare(account, 1);
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        bytes memory there = signed(SIGNER_KEY, digestOf(account, 1));
        vm.chainId(here);
        notTaken(account, 1, there);
        // After a split of the chain the one made here is good on this side only.
        bytes memory signature = signed(SIGNER_KEY, digestOf(account, 1));
        vm.chainId(here + 1);
        notTaken(account, 1, signature);
        taken(account, 1, there);
    }

    function test_signature_forAnotherEscrowRefused() external {
        address account = vm.addr(SIGNER_KEY);
        prepare(account, 1);
        ITributary here = escrow;
        escrow = Deployer.escrow();
        bytes32 there = digestOf(account, 1);
        escrow = here;
        notTaken(account, 1, signed(SIGNER_KEY, there));
        taken(account, 1, signed(SIGNER_KEY, digestOf(account, 1)));
    }

    function test_signature_walletsOfEveryMood() external {
        for (uint256 i = 0; i <= uint256(type(SigningWallet.Mood).max); ++i) {
            SigningWallet.Mood mood = SigningWallet.Mood(i);
            SigningWallet wallet = new SigningWallet();
            prepare(address(wallet), i);
            wallet.set(mood);
            bool agrees = mood == SigningWallet.Mood.Agrees || mood == SigningWallet.Mood.AgreesAtLength;
            // Of no key's length, and of one's.
            if (!agrees) notTaken(address(wallet), i, new bytes(65));
            if (agrees) taken(address(wallet), i, "its own way");
            else notTaken(address(wallet), i, "its own way");
        }
    }

    function test_signature_walletIsAskedForThisDeed() external {
        SigningWallet wallet = new SigningWallet();
        prepare(address(wallet), 1);
        wallet.agreeOnlyTo(digestOf(address(wallet), 2));
        notTaken(address(wallet), 1, "its own way");
        wallet.agreeOnlyTo(digestOf(address(wallet), 1));
        taken(address(wallet), 1, "its own way");
    }

    /// An account with a key that points to code: its key signs as before, whatever the code says; the code may agree to
    /// what is no signature of the key.
    function test_signature_7702WithAndWithout1271() external {
        address account = vm.addr(SIGNER_KEY);
        for (uint256 i = 1; i <= 4; ++i) prepare(account, i);
        delegate(account, address(usd)); // knows no ERC-1271
        notTaken(account, 1, "its own way");
        taken(account, 1, signed(SIGNER_KEY, digestOf(account, 1)));

        delegate(account, address(new SigningWallet()));
        taken(account, 2, "its own way");
        SigningWallet(payable(account)).set(SigningWallet.Mood.Refuses);
        notTaken(account, 3, "its own way");
        notTaken(account, 3, signed(SIGNER_KEY + 1, digestOf(account, 3)));
        taken(account, 3, signed(SIGNER_KEY, digestOf(account, 3)));

        delegate(account, address(0xdead)); // points to nothing
        notTaken(account, 4, "its own way");
        taken(account, 4, signed(SIGNER_KEY, digestOf(account, 4)));
    }

    /// @dev Points an account to code, as an EIP-7702 transaction of its owner does.
    function delegate(address account, address code) internal {
        vm.etch(account, abi.encodePacked(hex"ef0100", code));
    }
}
