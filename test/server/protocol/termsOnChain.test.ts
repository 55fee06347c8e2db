import assert from "node:assert/strict";
import fc from "fast-check";
import { BaseError, ContractFunctionRevertedError, zeroAddress } from "viem";
import {
  ESCROW_NAME,
  ESCROW_VERSION,
  FIXED,
  isFixed,
  LEG_KIND,
  type Leg,
  packTerms,
  type Terms,
  termsHash,
} from "../../../server/protocol/terms.ts";
import { validateTerms } from "../../../server/protocol/validateTerms.ts";
import { bytes, wideTerms } from "./arbitraries.ts";
import { type EscrowWorld, openEscrowWorld, PARTIES } from "./escrowWorld.ts";
import { termsAt } from "./play/draws.ts";

const DAY_S = 86_400;

/** With which error, as `Name(arguments)`, the escrow refuses these terms to their own payer; undefined: it takes them. */
async function refusal({ chain, contract }: EscrowWorld, terms: Terms): Promise<string | undefined> {
  const value = terms.token === zeroAddress ? terms.amount : 0n;
  const args = [packTerms(terms)] as const;
  try {
    const call = { ...contract, functionName: "authorize", args, account: terms.payer, value } as const;
    // Whoever the payer is, its ETH is no reason to refuse.
    await chain.simulateContract({ ...call, stateOverride: [{ address: terms.payer, balance: 2n ** 128n }] });
    return undefined;
  } catch (error) {
    const reverted =
      error instanceof BaseError && error.walk((cause) => cause instanceof ContractFunctionRevertedError);
    if (!(reverted instanceof ContractFunctionRevertedError) || !reverted.data) throw error;
    return `${reverted.data.errorName}(${(reverted.data.args ?? []).join(", ")})`;
  }
}

/** The legs with one fixed leg only, of `share` base units or the most that a leg can say. */
const withFixed = ({ legs }: Terms, units: bigint): Leg[] => {
  const share = units >> 88n ? (1n << 88n) - 1n : units;
  return legs
    .filter((leg) => !isFixed(leg))
    .flatMap((leg, at) => (at === 0 ? [leg, { ...leg, share, kind: LEG_KIND.carrier | FIXED }] : [leg]));
};

/** Valid terms with up to three of their rules bent, to the last allowed value or one beyond. */
function bent(world: EscrowWorld, nowS: number): fc.Arbitrary<Terms> {
  const someone = PARTIES[0]?.address ?? zeroAddress;
  const odd = fc.constantFrom(zeroAddress, world.domain.escrow, world.usd.address, someone);
  const oddLeg = fc.record<Partial<Leg>>(
    {
      account: odd,
      share: fc.constantFrom(0n, 1n, 999_999n, 1_000_000n, 1_000_001n, (1n << 88n) - 1n),
      kind: fc.nat(7).chain((kind) => fc.constantFrom(kind, kind | FIXED)),
    },
    { requiredKeys: [], noNullPrototype: true },
  );
  const bends: fc.Arbitrary<(terms: Terms) => Terms>[] = [
    fc.constantFrom(nowS - 1, nowS, nowS + 1).map((authorizeBy) => (terms) => ({ ...terms, authorizeBy })),
    fc.constantFrom(-1, 0, 1).map((off) => (terms) => ({ ...terms, captureBy: terms.authorizeBy + off })),
    fc.constantFrom(0, 1).map((off) => (terms) => ({ ...terms, captureBy: nowS + 180 * DAY_S + off })),
    fc.constantFrom(0, 1).map((off) => (terms) => ({ ...terms, releaseDelay: 90 * DAY_S + off })),
    fc.constantFrom(0, 1, DAY_S - 1, DAY_S, 90 * DAY_S, 90 * DAY_S + 1).map((rulingTime) => (terms) => ({
      ...terms,
      rulingTime,
    })),
    fc.constant((terms) => ({ ...terms, releaseDelay: 0 })),
    fc.nat(9).map((at) => (terms) => ({ ...terms, arbiter: terms.legs[at % terms.legs.length]?.account ?? someone })),
    fc.constantFrom(1_000_000, 1_000_001).map((defaultToPayerPpm) => (terms) => ({ ...terms, defaultToPayerPpm })),
    fc.nat(255).map((flags) => (terms) => ({ ...terms, flags })),
    fc.constant((terms) => ({ ...terms, amount: 0n })),
    odd.map((arbiter) => (terms) => ({ ...terms, arbiter })),
    bytes(32).map((agreement) => (terms) => ({ ...terms, agreement })),
    odd.map((payer) => (terms) => ({ ...terms, payer })),
    odd.map((operator) => (terms) => ({ ...terms, operator })),
    fc.tuple(fc.nat(9), oddLeg).map(([at, fields]) => (terms) => ({
      ...terms,
      legs: terms.legs.map((leg, index) => (index === at % terms.legs.length ? { ...leg, ...fields } : leg)),
    })),
    fc.constantFrom(0n, 1n).map((off) => (terms) => ({ ...terms, legs: withFixed(terms, terms.amount + off) })),
    fc.constant((terms) => ({ ...terms, legs: terms.legs.toReversed() })),
    fc.nat(11).map((count) => (terms) => ({ ...terms, legs: [...terms.legs, ...terms.legs].slice(0, count) })),
  ];
  return fc
    .tuple(termsAt, fc.constantFrom(zeroAddress, world.usd.address), fc.array(fc.oneof(...bends), { maxLength: 3 }))
    .map(([at, token, bend]) => bend.reduce((terms, one) => one(terms), at(token, nowS)));
}

describe("terms, as the contract sees them", function () {
  this.timeout(60_000);
  let world: EscrowWorld;
  before(async () => {
    world = await openEscrowWorld();
  });
  after(() => world.close());

  it("have the id that we compute", () =>
    fc.assert(
      fc.asyncProperty(wideTerms(), async (terms) => {
        const { chain, contract, domain } = world;
        const id = await chain.readContract({ ...contract, functionName: "idOf", args: [packTerms(terms)] });
        assert.equal(id, termsHash(domain, terms));
      }),
    ));

  it("live in the domain that we sign in", async () => {
    const [, name, version, chainId, contract] = await world.chain.readContract({
      ...world.contract,
      functionName: "eip712Domain",
    });
    assert.deepEqual([name, version], [ESCROW_NAME, ESCROW_VERSION]);
    assert.deepEqual({ chainId: Number(chainId), escrow: contract }, world.domain);
  });

  it("are refused with the very error that validateTerms names, and taken where it names none", async () => {
    const nowS = await world.nowS();
    const named = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(bent(world, nowS), async (terms) => {
        const error = validateTerms(terms, nowS, world.domain.escrow);
        assert.equal(await refusal(world, terms), error);
        const name = error?.replace(/\(.*/, "") ?? "valid";
        named.set(name, (named.get(name) ?? 0) + 1);
      }),
      { numRuns: 1_000, endOnFailure: true },
    );
    assert.ok(named.size > 10, `only ${[...named.keys()]}`);
  });
});
