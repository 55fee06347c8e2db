// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStatementRegistry, Statement} from "../../../contracts/interfaces/IStatementRegistry.sol";
import {PayerWallet} from "../support/PayerWallet.sol";
import {vm} from "../support/Vm.sol";
import {RegistryTest} from "./RegistryTest.sol";

contract PublishWithSignatureTest is RegistryTest {
    uint256 private constant DEADLINE = NOW + 1 hours;
    bytes32 private constant ROOT = keccak256("root");

    function digestOf(
        address who,
        Statement memory said,
        uint256 revision,
        uint256 deadline
    ) private view returns (bytes32) {
        bytes32 typehash = keccak256(
            "Publish(address issuer,uint40 from,uint40 until,uint256 revision,bytes32 root,uint32 lineCount,"
            "bytes32 fileHash,string uri,uint256 deadline)"
        );
        bytes memory fields = abi.encode(
            typehash,
            who,
            said.from,
            said.until,
            revision,
            said.root,
            said.lineCount,
            said.fileHash,
            keccak256(bytes(said.uri)),
            deadline
        );
        bytes32 separator = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Tributary Statement Registry"),
                keccak256("1"),
                block.chainid,
                address(registry)
            )
        );
        return keccak256(abi.encodePacked(hex"1901", separator, keccak256(fields)));
    }

    function signed(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function callSigned(
        address who,
        Statement memory said,
        uint256 revision,
        uint256 deadline,
        bytes memory signature
    ) private pure returns (bytes memory) {
        return abi.encodeCall(IStatementRegistry.publishWithSignature, (who, said, revision, deadline, signature));
    }

    function callOf(Statement memory said, bytes memory signature) private view returns (bytes memory) {
        return callSigned(issuer, said, 1, DEADLINE, signature);
    }

    function notSigned() private view returns (bytes memory) {
        return abi.encodeWithSelector(IStatementRegistry.SignatureRefused.selector, issuer);
    }

    function relay(bytes memory call_) private {
        vm.prank(stranger);
        (bool ok, ) = address(registry).call(call_);
        assertTrue(ok, "relayed");
    }

    function test_relayedByAStranger_onceOnly() external {
        Statement memory said = statement(ROOT, 7);
        bytes memory call_ = callOf(said, signed(ISSUER_KEY, digestOf(issuer, said, 1, DEADLINE)));
        vm.recordLogs();
        relay(call_);
        assertTold(vm.getRecordedLogs(), said, 1);
        assertEq(latest(), 1, "of the issuer");
        assertEq(registry.latestRevision(stranger, FROM, UNTIL), 0, "not of the relayer");
        refused(stranger, call_, abi.encodeWithSelector(IStatementRegistry.RevisionMoved.selector, 2, 1));
    }

    function test_isWorthNothing_onceTheIssuerPublished() external {
        Statement memory said = statement(ROOT, 7);
        bytes memory call_ = callOf(said, signed(ISSUER_KEY, digestOf(issuer, said, 1, DEADLINE)));
        publish(statement(keccak256("meanwhile"), 1), 1);
        refused(stranger, call_, abi.encodeWithSelector(IStatementRegistry.RevisionMoved.selector, 2, 1));
    }

    function test_deadlineIsItsLastSecond() external {
        Statement memory said = statement(ROOT, 7);
        bytes memory call_ = callOf(said, signed(ISSUER_KEY, digestOf(issuer, said, 1, DEADLINE)));
        vm.warp(DEADLINE + 1);
        bytes memory passed = abi.encodeWithSelector(
            IStatementRegistry.DeadlinePassed.selector,
            DEADLINE + 1,
            DEADLINE
        );
        refused(stranger, call_, passed);
        vm.warp(DEADLINE);
        relay(call_);
    }

    function test_reverts_whenAnythingElseWasSigned() external {
        Statement memory said = statement(ROOT, 7);
        bytes memory signature = signed(ISSUER_KEY, digestOf(issuer, said, 1, DEADLINE));

        refused(stranger, callSigned(issuer, said, 2, DEADLINE, signature), notSigned());
        refused(stranger, callSigned(issuer, said, 1, DEADLINE + 1, signature), notSigned());
        bytes memory notStranger = abi.encodeWithSelector(IStatementRegistry.SignatureRefused.selector, stranger);
        refused(stranger, callSigned(stranger, said, 1, DEADLINE, signature), notStranger);

        Statement[6] memory others;
        for (uint256 i = 0; i < 6; ++i) others[i] = statement(ROOT, 7);
        others[0].from += 1;
        others[1].until += 1;
        others[2].root = keccak256("other");
        others[3].lineCount += 1;
        others[4].fileHash = 0;
        others[5].uri = "https://example.org/2026-12.json";
        for (uint256 i = 0; i < 6; ++i) refused(stranger, callOf(others[i], signature), notSigned());

        relay(callOf(said, signature));
    }

    function test_reverts_forAnotherKey_anotherRegistry_anotherChain() external {
        Statement memory said = statement(ROOT, 7);
        bytes32 digest = digestOf(issuer, said, 1, DEADLINE);
        refused(stranger, callOf(said, signed(ISSUER_KEY + 1, digest)), notSigned());
        refused(stranger, callOf(said, ""), notSigned());

        bytes memory call_ = callOf(said, signed(ISSUER_KEY, digest));
        vm.chainId(1);
        refused(stranger, call_, notSigned());
        vm.chainId(31337);
        IStatementRegistry first = registry;
        registry = IStatementRegistry(deployed());
        refused(stranger, call_, notSigned());
        registry = first;
        relay(call_);
    }

    function test_afterAFork_theSignatureIsOfTheNewChain() external {
        Statement memory said = statement(ROOT, 7);
        vm.chainId(1);
        relay(callOf(said, signed(ISSUER_KEY, digestOf(issuer, said, 1, DEADLINE))));
    }

    function test_highS_isRefused() external {
        Statement memory said = statement(ROOT, 7);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ISSUER_KEY, digestOf(issuer, said, 1, DEADLINE));
        uint256 n = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        bytes memory mirrored = abi.encodePacked(r, n - uint256(s), v == 27 ? uint8(28) : uint8(27));
        refused(stranger, callOf(said, mirrored), notSigned());
    }

    function test_walletContractMayIssue() external {
        PayerWallet wallet = new PayerWallet();
        Statement memory said = statement(ROOT, 7);
        bytes memory call_ = callSigned(address(wallet), said, 1, DEADLINE, "whatever it takes");
        bytes memory no = abi.encodeWithSelector(IStatementRegistry.SignatureRefused.selector, address(wallet));
        refused(stranger, call_, no);
        wallet.agree(digestOf(address(wallet), said, 1, DEADLINE));
        relay(call_);
        assertEq(registry.latestRevision(address(wallet), FROM, UNTIL), 1, "of the wallet");
    }

    function test_statementIsJudgedAsEver() external {
        Statement memory said = statement(0, 7);
        bytes memory call_ = callOf(said, signed(ISSUER_KEY, digestOf(issuer, said, 1, DEADLINE)));
        refused(stranger, call_, abi.encodeWithSelector(IStatementRegistry.RootZero.selector));
    }
}
