import fc from "fast-check";
import { type Address, getAddress, type Hex, toHex, zeroAddress, zeroHash } from "viem";
import type { Agreement, Party } from "../../../server/protocol/agreement.ts";
import type { Mandate, Sale } from "../../../server/protocol/sale.ts";
import { type EscrowDomain, FIXED, LEG_KIND, type Leg, type Terms } from "../../../server/protocol/terms.ts";

export const NOW_S = 1_800_000_000;
const DAY_S = 86_400;

export const bytes = (length: number): fc.Arbitrary<Hex> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((value) => toHex(value));
export const uint = (bits: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min: 0n, max: (1n << bits) - 1n });
export const amount = (): fc.Arbitrary<bigint> =>
  fc.oneof(
    fc.bigInt({ min: 1n, max: 100n }),
    fc.bigInt({ min: 1n, max: 10n ** 12n }),
    fc.bigInt(1n, (1n << 104n) - 1n),
  );

/** Records as our code makes them, with a prototype. */
export const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true });

const named = (at: number): Address => getAddress(toHex(0xacc0_0000 + at, { size: 20 }));
/** Who rules disputes; never a party. */
const ARBITER = named(50);
/** Few enough that parties coincide now and then. */
export const account = (): fc.Arbitrary<Address> => fc.integer({ min: 1, max: 8 }).map(named);

const sharing = (most: number, accounts: fc.Arbitrary<Address>, share: fc.Arbitrary<bigint>) =>
  fc.array(
    record({
      account: accounts,
      share,
      kind: fc.constantFrom(LEG_KIND.channel, LEG_KIND.agent, LEG_KIND.carrier, LEG_KIND.platform),
    }),
    { maxLength: most },
  );

/** Keeps the legs whose shares fit into `limit` one after the other. */
function within(limit: bigint, legs: readonly Leg[]): Leg[] {
  let left = limit;
  return legs.filter(({ share }) => {
    const fits = share <= left;
    if (fits) left -= share;
    return fits;
  });
}

/** Valid legs of an order of `total` base units. */
export const legs = (total: bigint, accounts = account()): fc.Arbitrary<Leg[]> =>
  record({
    merchant: accounts,
    fixed: sharing(4, accounts, fc.bigInt({ min: 1n, max: (1n << 88n) - 1n })),
    ppm: sharing(5, accounts, fc.oneof(fc.bigInt({ min: 1n, max: 100_000n }), fc.bigInt({ min: 1n, max: 1_000_000n }))),
  }).map(({ merchant, fixed, ppm }) => {
    const ppmLegs = within(1_000_000n, ppm);
    const share = ppmLegs.reduce((rest, leg) => rest - leg.share, 1_000_000n);
    const atMost = (share: bigint) => (share > total ? (share % total) + 1n : share);
    const fixedLegs = fixed.map((leg) => ({ ...leg, share: atMost(leg.share), kind: leg.kind | FIXED }));
    return [{ account: merchant, share, kind: LEG_KIND.merchant }, ...within(total, fixedLegs), ...ppmLegs];
  });

export const domain = (): fc.Arbitrary<EscrowDomain> =>
  record({ chainId: fc.integer({ min: 1, max: 2 ** 50 }), escrow: bytes(20).map((hex) => getAddress(hex)) });

/** Terms that are valid at NOW_S. */
export const terms = (): fc.Arbitrary<Terms> =>
  amount().chain((total) =>
    record({
      payer: account(),
      operator: account(),
      token: fc.constantFrom(zeroAddress, named(99)),
      amount: fc.constant(total),
      authorizeBy: fc.integer({ min: NOW_S + 1, max: NOW_S + 3600 }),
      captureBy: fc.integer({ min: NOW_S + 3600, max: NOW_S + 180 * 86_400 }),
      releaseDelay: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 90 * 86_400 })),
      ...{ arbiter: fc.constantFrom(zeroAddress, ARBITER), rulingTime: fc.integer({ min: DAY_S, max: 90 * DAY_S }) },
      defaultToPayerPpm: fc.integer({ min: 0, max: 1_000_000 }),
      flags: fc.integer({ min: 0, max: 3 }),
      agreement: fc.constant(zeroHash),
      legs: legs(total),
      salt: uint(152n),
    }).map(arbitrated),
  );

/** Terms are judged by an arbiter only where there is a delay in which to dispute, and else say nothing of it. */
export const arbitrated = <T extends Pick<Terms, "arbiter" | "rulingTime" | "releaseDelay">>(terms: T): T =>
  terms.releaseDelay > 0 && terms.arbiter !== zeroAddress ? terms : { ...terms, arbiter: zeroAddress, rulingTime: 0 };

/** Terms whose fields fill their whole width; they need not be valid. */
export const wideTerms = (): fc.Arbitrary<Terms> => {
  const address = bytes(20).map((hex) => getAddress(hex));
  const whole = (bits: bigint) => uint(bits).map(Number);
  return record({
    payer: address,
    operator: address,
    token: address,
    amount: uint(104n),
    authorizeBy: whole(40n),
    captureBy: whole(40n),
    releaseDelay: whole(32n),
    arbiter: address,
    rulingTime: whole(32n),
    defaultToPayerPpm: whole(24n),
    flags: whole(8n),
    agreement: bytes(32),
    legs: fc.array(record({ account: address, share: uint(88n), kind: whole(8n) }), { maxLength: 10 }),
    salt: uint(152n),
  });
};

/** Sales whose fields fill their whole width; they need not be valid. */
export const wideSale = (): fc.Arbitrary<Sale> => {
  const address = bytes(20).map((hex) => getAddress(hex));
  const leg = record({ account: address, share: uint(88n), kind: uint(8n).map(Number) });
  return record({
    ...{ account: address, operator: address, token: address, gross: uint(256n), agreement: bytes(32), ref: bytes(32) },
    legs: fc.array(leg, { maxLength: 10 }),
  });
};

/** Mandates whose fields fill their whole width. */
export const wideMandate = (): fc.Arbitrary<Mandate> =>
  record({
    ...{ perCall: uint(88n), perPeriod: uint(88n), period: uint(32n).map(Number), until: uint(40n).map(Number) },
  });

/** Agreements whose fields fill their whole width; they need not be valid. */
export const wideAgreement = (): fc.Arbitrary<Agreement> => {
  const address = bytes(20).map((hex) => getAddress(hex));
  const whole = (bits: bigint) => uint(bits).map(Number);
  const ppm = whole(24n);
  const party = record<Party>({
    ...{ account: address, kind: whole(8n), leastPpm: ppm, mostPpm: ppm, mostFixed: uint(88n) },
  });
  return record({
    channel: bytes(32),
    version: whole(32n),
    token: address,
    operator: address,
    arbiter: address,
    validFrom: whole(40n),
    validUntil: whole(40n),
    merchant: address,
    parties: fc.array(party, { maxLength: 9 }),
    text: fc.string({ unit: "grapheme" }),
  });
};
