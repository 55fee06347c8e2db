import { deepEqual, equal, ok } from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
const TESTS = join(ROOT, "test/contracts");

/** Attacks on earlier versions of the design. Each has a test of its name, so that nobody drops one unawares. */
const NAMED = {
  split: `split_5_5_90_release19then1_neverUnderflows attacker_85_5_5_5_capture19_withdraw_capture1_cannotMint
    split_creditNeverExceedsReleased split_anySlicingEqualsOneShot split_fixedWaterfall_partialCaptureDisputeRefund`,
  consent: `authorizeAllowance_strangerCannotSpendVictimAllowance permit_isNotConsent_wethFallback
    erc3009_directSubmissionToTokenReverts voidedOrder_sameSignatureNeverAuthorizesAgain cancelledTerms_neverAuthorize
    typehash_matchesEthersAndViem dirtyHighBitsRevert signature_7702WithAndWithout1271 signature_highS_64bytes`,
  roles: `operatorCannotDebitMerchantCredit operatorRefundNeedsFlag merchantCaptureNeedsFlag
    refundReleased_shortCreditPullsWalletOrRevertsWhole distribute_debitsOnlyConsentingAccount distribute_refOnce
    distribute_cashSaleDebitsOnlyOthers stolenOperatorKey_takesNothing`,
  terms: `terms_twoMerchantsOrWrongRemainderRevert terms_arbiterWindowMatrix addresses_zeroSelfTokenRefusedEverywhere
    agreement_legOutsideRangeReverts agreement_missingLeastShareReverts agreement_fixedLegAboveMostReverts
    agreement_foreignOperatorReverts agreement_revokeRace_authorizeVsCapture agreement_validUntil_boundary`,
  times: `secondCapture_cannotInheritOldClock capture_releasesMaturedFirst releaseNeverAfterCaptureByPlusDelay
    boundary_captureBy_minus1_matrixOfPairs boundary_captureBy_0_matrixOfPairs boundary_captureBy_plus1_matrixOfPairs
    boundary_releaseAt_minus1_matrixOfPairs boundary_releaseAt_0_matrixOfPairs boundary_releaseAt_plus1_matrixOfPairs
    boundary_rulingBy_minus1_matrixOfPairs boundary_rulingBy_0_matrixOfPairs boundary_rulingBy_plus1_matrixOfPairs`,
  disputes: `ruling_frontRunByEnlargedDisputeReverts merchantCannotStallDisputeOrRulingByOneUnitMoves
    relayedDispute_withoutEther panel_deadlineInsideRulingTime panel_replayOfEarlierRound
    endDispute_byStranger_paysCredit`,
  retries: "retry_sameCaptureReverts_StateMoved released_isZeroAfterFullVoid_allExits",
  pushes: `ethBasket_valueCountedOnce ethOnTokenRouteReverts push_lowGasRelayerCannotForceCredit
    push_selfdestructedToken push_returnBomb reclaim_strangerCreditsPayer_neverCallsPayer`,
  tokens: "token_feeOnSenderSwitchedOn_backingKept token_pausedThenReclaimIsCredit token_blocklistsPayer",
  baskets: `basket_oneBadOrderRevertsAll basket_frontRunIsHarmless basket_duplicateIdReverts
    basket_nonceOfOneDiffersFromSingle`,
  credits: "deposit_thenAuthorizeWithCredit withdrawAll_thenCreditAgain_slotStaysWarm",
};

/** The names of the tests in a file: Solidity's without their prefix, and mocha's up to a colon. */
function testsIn(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const solidity = [...text.matchAll(/function (?:test|testFuzz|invariant)_(\w+)\(/g)];
  const mocha = [...text.matchAll(/\bit\(\s*"([^"]+)"/g)];
  return [...solidity, ...mocha].map((found) => found[1]?.split(": ")[0] ?? "");
}

const FINDING = /^[├└]── (\d+) /;
const PROOF = /(\S+\.(?:t\.sol|test\.ts)): (.+)$/;

/** The lines of findings.tree that name tests: which finding, which file, which test. */
function proofs(): { finding: number; file: string; test: string }[] {
  let finding = 0;
  return readFileSync(join(TESTS, "findings/findings.tree"), "utf8")
    .split("\n")
    .flatMap((line) => {
      finding = Number(FINDING.exec(line)?.[1] ?? finding);
      const [, file, tests] = PROOF.exec(line) ?? [];
      if (!file || !tests) return [];
      const names = file.endsWith(".t.sol") ? tests.split(", ") : [tests];
      return names.map((test) => ({ finding, file, test: test.replace(/^test(Fuzz)?_/, "") }));
    });
}

describe("what broke others", () => {
  it("has thirty findings, and tests for each", () => {
    const covered = new Set(proofs().map((proof) => proof.finding));
    deepEqual(
      [...covered],
      Array.from({ length: 30 }, (_, i) => i + 1),
    );
  });

  it("names tests that there are", () => {
    for (const { finding, file, test } of proofs()) {
      const path = join(TESTS, file);
      ok(existsSync(path), `finding ${finding}: ${file} is there`);
      ok(testsIn(path).includes(test), `finding ${finding}: ${file} has ${test}`);
    }
  });

  it("is named in full", () => {
    const there = new Set(globSync(join(TESTS, "**/*.{t.sol,test.ts}")).flatMap(testsIn));
    const missing = Object.values(NAMED)
      .flatMap((names) => names.split(/\s+/))
      .filter((name) => !there.has(name));
    deepEqual(missing, []);
  });

  it("asks nowhere who began the transaction", () => {
    for (const file of globSync(join(ROOT, "contracts/**/*.sol"))) {
      const code = readFileSync(file, "utf8").replace(/\/\/.*$/gm, "");
      equal(/\btx\.origin\b|\borigin\(\)/.test(code), false, file);
    }
  });
});
