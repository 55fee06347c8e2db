import assert from "node:assert/strict";
import fc from "fast-check";
import { type Address, BaseError, ContractFunctionRevertedError, zeroAddress, zeroHash } from "viem";
import { type Agreement, agreementHash, type Party, signatoriesOf } from "../../../server/protocol/agreement.ts";
import { proposalFault } from "../../../server/protocol/agreementFault.ts";
import {
  acceptAgreementCall,
  acceptAgreementWithSignaturesCall,
  revokeAgreementWithSignatureCall,
} from "../../../server/protocol/calls.ts";
import { FIXED, isFixed, LEG_KIND, type Leg, packTerms, type Terms } from "../../../server/protocol/terms.ts";
import { acceptAgreementTypedData, revokeAgreementTypedData } from "../../../server/protocol/typedData.ts";
import { validateTerms } from "../../../server/protocol/validateTerms.ts";
import { bytes, record, wideAgreement } from "./arbitraries.ts";
import { type EscrowWorld, openEscrowWorld, PARTIES } from "./escrowWorld.ts";

const PPM = 1_000_000;
const KINDS = [LEG_KIND.channel, LEG_KIND.agent, LEG_KIND.carrier, LEG_KIND.platform];
const [operator, merchant, ...others] = PARTIES.map(({ address }) => address) as [Address, Address, ...Address[]];

/** The error of a simulated call as `Name(arguments)`; undefined: it would go through. */
async function refusal(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    const reverted =
      error instanceof BaseError && error.walk((cause) => cause instanceof ContractFunctionRevertedError);
    if (!(reverted instanceof ContractFunctionRevertedError) || !reverted.data) throw error;
    return `${reverted.data.errorName}(${(reverted.data.args ?? []).join(", ")})`;
  }
}

const party = (): fc.Arbitrary<Party> =>
  record({
    account: fc.constantFrom(...others),
    kind: fc.constantFrom(...KINDS),
    least: fc.constantFrom(0, 0, 20_000, 100_000),
    more: fc.constantFrom(0, 1, 50_000),
    mostFixed: fc.constantFrom(0n, 5n, 1n << 80n),
  }).map(({ account, kind, least, more, mostFixed }) => {
    const mostPpm = least + more === 0 && mostFixed === 0n ? 1 : least + more;
    return { account, kind, leastPpm: least, mostPpm, mostFixed };
  });

/** Agreements that may be accepted, valid around `nowS`. */
const agreement = (token: Address, nowS: number): fc.Arbitrary<Agreement> =>
  record({
    channel: bytes(32),
    version: fc.nat(9),
    token: fc.constantFrom(zeroAddress, token),
    operator: fc.constant(operator),
    arbiter: fc.constant(zeroAddress),
    validFrom: fc.constantFrom(0, nowS),
    validUntil: fc.constant(nowS + 10_000),
    merchant: fc.constant(merchant),
    parties: fc.uniqueArray(party(), { minLength: 1, maxLength: 9, selector: (p) => `${p.account}${p.kind}` }),
    text: fc.string({ unit: "grapheme", maxLength: 40 }),
  });

/** Agreements with up to two of their rules bent, to the last allowed value or one beyond. */
function bent(world: EscrowWorld, nowS: number): fc.Arbitrary<Agreement> {
  const odd = fc.constantFrom(zeroAddress, world.domain.escrow, world.usd.address, operator, merchant);
  const oddParty = fc.record<Partial<Party>>(
    {
      account: odd,
      kind: fc.nat(6),
      leastPpm: fc.constantFrom(0, 1, PPM, PPM + 1),
      mostPpm: fc.constantFrom(0, PPM, PPM + 1),
      mostFixed: fc.constantFrom(0n, 1n),
    },
    { requiredKeys: [], noNullPrototype: true },
  );
  const bends: fc.Arbitrary<(one: Agreement) => Agreement>[] = [
    odd.map((arbiter) => (one) => ({ ...one, arbiter })),
    odd.map((each) => (one) => ({ ...one, operator: each })),
    odd.map((each) => (one) => ({ ...one, merchant: each })),
    fc.constantFrom(-1, 0, 1).map((off) => (one) => ({ ...one, validFrom: one.validUntil + off })),
    fc.constantFrom(8_192, 8_193).map((length) => (one) => ({ ...one, text: "x".repeat(length) })),
    fc.constantFrom(8_190, 8_191).map((length) => (one) => ({ ...one, text: `${"x".repeat(length)}é` })),
    fc.nat(10).map((count) => (one) => ({ ...one, parties: [...one.parties, ...one.parties].slice(0, count) })),
    fc.tuple(fc.nat(8), oddParty).map(([at, fields]) => (one) => ({
      ...one,
      parties: one.parties.map((each, index) => (index === at % one.parties.length ? { ...each, ...fields } : each)),
    })),
  ];
  return fc
    .tuple(agreement(world.usd.address, nowS), fc.array(fc.oneof(...bends), { maxLength: 2 }))
    .map(([one, bend]) => bend.reduce((each, change) => change(each), one));
}

/** Terms inside an agreement, then with up to two things changed. */
function termsOf(agreed: Agreement, id: Terms["agreement"], nowS: number): fc.Arbitrary<Terms> {
  const legs = fc.tuple(...agreed.parties.map((each) => fc.tuple(fc.constant(each), fc.nat(2), fc.boolean())));
  const leg = ({ account }: Party, share: bigint, kind: number): Leg => ({ account, share, kind });
  const inside = legs.map((draws): Leg[] => {
    const fixed = draws.flatMap(([one, , wants]) =>
      wants && one.mostFixed > 0n ? [leg(one, one.mostFixed < 9n ? one.mostFixed : 9n, one.kind | FIXED)] : [],
    );
    const ppm = draws.flatMap(([one, pick]) => {
      const share = [one.leastPpm, one.mostPpm, Math.floor((one.leastPpm + one.mostPpm) / 2)][pick] ?? 0;
      return share > 0 ? [leg(one, BigInt(share), one.kind)] : [];
    });
    return [...fixed, ...ppm].slice(0, 9).sort((a, b) => Number(isFixed(b)) - Number(isFixed(a)));
  });
  const withLegs = (rest: readonly Leg[]): Leg[] => {
    const left = rest.reduce((sum, each) => (isFixed(each) ? sum : sum - each.share), BigInt(PPM));
    // Nothing below zero can be packed: legs that share too much reach the contract beside a merchant of nothing.
    return [{ account: agreed.merchant, share: left > 0n ? left : 0n, kind: LEG_KIND.merchant }, ...rest];
  };
  const bends: fc.Arbitrary<(terms: Terms) => Terms>[] = [
    fc.constantFrom(...others).map((each) => (terms) => ({ ...terms, operator: each })),
    fc.constantFrom(agreed.token, others[0] ?? merchant).map((token) => (terms) => ({ ...terms, token })),
    fc.nat(8).map((at) => ({ legs: each, ...terms }) => ({ ...terms, legs: withLegs(each.slice(1).toSpliced(at, 1)) })),
    fc.tuple(fc.nat(8), fc.constantFrom(-1n, 1n, 60_000n)).map(([at, by]) => ({ legs: each, ...terms }) => ({
      ...terms,
      legs: withLegs(each.slice(1).map((one, i) => (i === at ? { ...one, share: one.share + by } : one))),
    })),
    fc.tuple(fc.nat(8), fc.constantFrom(...KINDS)).map(([at, kind]) => ({ legs: each, ...terms }) => ({
      ...terms,
      legs: withLegs(
        each.slice(1).map((one, i) => (i === at ? { ...one, kind: isFixed(one) ? kind | FIXED : kind } : one)),
      ),
    })),
    fc.constant(({ legs: each, ...terms }) => ({ ...terms, legs: withLegs([...each.slice(1), ...each.slice(-1)]) })),
    fc.constant((terms) => ({ ...terms, agreement: `0x${"77".repeat(32)}` as const })),
    fc.constant(({ legs: [first, ...rest], ...terms }) => ({
      ...terms,
      legs: first ? [{ ...first, account: others[1] ?? operator }, ...rest] : [],
    })),
  ];
  const terms = inside.map(
    (each): Terms => ({
      ...{ payer: others[0] ?? merchant, operator: agreed.operator, token: agreed.token, amount: 10n ** 9n },
      ...{ authorizeBy: nowS + 100, captureBy: nowS + 200, releaseDelay: 0, arbiter: agreed.arbiter, rulingTime: 0 },
      ...{ defaultToPayerPpm: 0, flags: 0, agreement: id, salt: 1n },
      legs: withLegs(each),
    }),
  );
  return fc
    .tuple(terms, fc.array(fc.oneof(...bends), { maxLength: 2 }))
    .map(([one, all]) => all.reduce((each, bend) => bend(each), one));
}

describe("agreements, as the contract sees them", function () {
  this.timeout(120_000);
  let world: EscrowWorld;
  before(async () => {
    world = await openEscrowWorld();
  });
  after(() => world.close());

  const wallets = new Map(PARTIES.map((each) => [each.address.toLowerCase(), each]));

  /** Lets every signatory but the operator sign, and the operator call. */
  async function activate(agreed: Agreement, nonce: bigint): Promise<void> {
    const deadline = (await world.nowS()) + 1_000;
    const typed = acceptAgreementTypedData(world.domain, agreed, { nonce, deadline });
    const acceptances = [];
    for (const account of signatoriesOf(agreed).filter((each) => each !== agreed.operator)) {
      const signature = await wallets.get(account.toLowerCase())?.signTypedData(typed as never);
      assert.ok(signature);
      acceptances.push({ account, nonce, deadline, signature });
    }
    await world.send(agreed.operator, acceptAgreementWithSignaturesCall(world.domain, agreed, acceptances));
  }

  const view = (id: Terms["agreement"]) =>
    world.chain.readContract({ ...world.contract, functionName: "agreementOf", args: [id] });

  it("have the id that we compute", () =>
    fc.assert(
      fc.asyncProperty(wideAgreement(), async (wide) => {
        const { chain, contract, domain } = world;
        const id = await chain.readContract({ ...contract, functionName: "agreementIdOf", args: [wide] });
        assert.equal(id, agreementHash(domain, wide));
      }),
    ));

  it("are refused with the very error that proposalFault names, and taken where it names none", async () => {
    const nowS = await world.nowS();
    const named = new Set<string>();
    await fc.assert(
      fc.asyncProperty(bent(world, nowS), async (one) => {
        const call = {
          ...world.contract,
          functionName: "acceptAgreement",
          args: [one],
          account: one.operator,
        } as const;
        const fault = proposalFault(one, world.domain.escrow);
        assert.equal(await refusal(world.chain.simulateContract(call)), fault);
        named.add(fault?.replace(/\(.*/, "") ?? "valid");
      }),
      { numRuns: 500, endOnFailure: true },
    );
    assert.ok(named.size > 8, `only ${[...named]}`);
  });

  it("are active once everybody signed, and bind terms exactly as validateTerms says", async () => {
    const named = new Set<string>();
    for (const [at, agreed] of fc.sample(agreement(world.usd.address, await world.nowS()), 8).entries()) {
      await activate(agreed, BigInt(at));
      const id = agreementHash(world.domain, agreed);
      assert.partialDeepStrictEqual(await view(id), { proposed: true, active: true, revoked: false });
      const nowS = await world.nowS();
      await fc.assert(
        fc.asyncProperty(termsOf(agreed, id, nowS), async (terms) => {
          const value = terms.token === zeroAddress ? terms.amount : 0n;
          const call = { ...world.contract, args: [packTerms(terms)], account: terms.payer, value } as const;
          const inForce = terms.agreement === id ? agreed : undefined;
          const fault = validateTerms(terms, nowS, world.domain.escrow, inForce);
          if (terms.token !== zeroAddress && terms.token !== world.usd.address && fault === undefined) return;
          assert.equal(await refusal(world.chain.simulateContract({ ...call, functionName: "authorize" })), fault);
          named.add(fault?.replace(/\(.*/, "") ?? "valid");
        }),
        { numRuns: 60, endOnFailure: true },
      );
    }
    assert.ok(named.size > 4, `only ${[...named]}`);
  });

  it("name the range before the repetition of a leg that breaks both", async () => {
    const [account = merchant] = others;
    const party = { account, kind: LEG_KIND.channel, leastPpm: 10, mostPpm: 20, mostFixed: 0n };
    const [drawn] = fc.sample(agreement(world.usd.address, await world.nowS()), { numRuns: 1, seed: 7 });
    assert.ok(drawn);
    const agreed = { ...drawn, parties: [party], version: 77 };
    await activate(agreed, 7_777n);
    const id = agreementHash(world.domain, agreed);
    const nowS = await world.nowS();
    const [inside] = fc.sample(termsOf(agreed, id, nowS), { numRuns: 1, seed: 7 });
    assert.ok(inside);
    for (const share of [15n, 21n]) {
      const shared = [15n, share].map((each) => ({ account, share: each, kind: LEG_KIND.channel }));
      const first = { account: merchant, share: BigInt(PPM) - 15n - share, kind: LEG_KIND.merchant };
      const plain = { payer: account, operator: agreed.operator, token: agreed.token, agreement: id };
      const terms: Terms = { ...inside, ...plain, legs: [first, ...shared] };
      const value = terms.token === zeroAddress ? terms.amount : 0n;
      const call = { ...world.contract, args: [packTerms(terms)], account: terms.payer, value } as const;
      const fault = validateTerms(terms, nowS, world.domain.escrow, agreed);
      assert.equal(fault, share === 15n ? "LegRepeated(2)" : "LegOutsideRange(2, 21, 10, 20)");
      assert.equal(await refusal(world.chain.simulateContract({ ...call, functionName: "authorize" })), fault);
    }
  });

  it("bind nothing any more once a signatory has signed their end", async () => {
    const [agreed] = fc.sample(agreement(world.usd.address, await world.nowS()), { numRuns: 1, seed: 5 });
    assert.ok(agreed);
    await world.send(agreed.operator, acceptAgreementCall(world.domain, agreed));
    const id = agreementHash(world.domain, agreed);
    const until = { nonce: 99n, deadline: (await world.nowS()) + 1_000 };
    const typed = revokeAgreementTypedData(world.domain, { id, ...until });
    const signature = await wallets.get(merchant.toLowerCase())?.signTypedData(typed as never);
    assert.ok(signature);
    const call = revokeAgreementWithSignatureCall(world.domain, id, { account: merchant, ...until, signature });
    await world.send(others[0] ?? operator, call);
    assert.partialDeepStrictEqual(await view(id), { proposed: true, active: false, revoked: true });
    const events = await world.eventsAbove(0);
    assert.deepEqual(
      events.slice(-2).map(({ kind }) => kind),
      ["nonce_used", "agreement_revoked"],
    );
    assert.partialDeepStrictEqual(await view(zeroHash), { proposed: false, active: false });
  });
});
