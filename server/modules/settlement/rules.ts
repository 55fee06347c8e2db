import { type Address, type Hex, zeroAddress, zeroHash } from "viem";
import type { TokenConfig } from "../../config.ts";
import { type Currency, type Minor, toBaseUnits } from "../../core/money.ts";
import { FIXED, LEG_KIND, type Leg, PPM, TERMS_FLAG, type Terms } from "../../protocol/terms.ts";

/** A party that earns a share of each sale, in parts per million; of one of `LEG_KIND` but the merchant's. */
export interface Share {
  readonly kind: number;
  readonly account: Address;
  readonly ppm: number;
}

/** Who earns on one order. */
export interface Parties {
  readonly merchant: Address;
  /** Earns `freight`, in base units of the order's token. */
  readonly carrier: { readonly payee: Address; readonly freight: bigint };
  /** In the order in which they share: channel, agent, carrier, platform. */
  readonly shares: readonly Share[];
}

/**
 * The legs of an order, as the escrow wants them: merchant, fixed amounts, parts per million. Nobody gets a leg of
 * zero but the merchant, whose part is what the others leave.
 */
export function legsOf({ merchant, carrier, shares }: Parties): Leg[] {
  const fixed = [{ account: carrier.payee, share: carrier.freight, kind: LEG_KIND.carrier | FIXED }];
  const shared = shares.map(({ kind, account, ppm }) => ({ account, share: BigInt(ppm), kind }));
  const others = [...fixed, ...shared].filter(({ share }) => share > 0n);
  const left = shared.reduce((rest, { share }) => rest - share, PPM);
  return [{ account: merchant, share: left, kind: LEG_KIND.merchant }, ...others];
}

/** How long an order's money may wait at each stage, in seconds. */
export interface Windows {
  readonly paymentWindowS: number;
  readonly captureWindowS: number;
  readonly releaseDelayS: number;
}

/** The agreement that an order's terms name. */
export interface Naming {
  readonly hash: Hex;
  /** Chain second from which no order may authorize under it. */
  readonly validUntil: number;
}

/** What one order is sold by. */
export interface Sale {
  readonly payer: Address;
  readonly operator: Address;
  readonly token: Pick<TokenConfig, "address" | "rateNum" | "rateDen">;
  /** Minor units, freight included. */
  readonly total: Minor;
  /** Minor units. */
  readonly freight: Minor;
  readonly carrier: Address;
  readonly merchant: Address;
  readonly shares: readonly Share[];
  readonly agreement: Naming | undefined;
  readonly windows: Windows;
  /** The later of the server's and the chain's clock, in seconds. */
  readonly nowS: number;
  /** 64 random bits. */
  readonly salt: bigint;
}

/**
 * The terms of one order. The operator may refund, because merchants ask for their refunds here and it relays them;
 * merchants may capture, so that a sale does not depend on the operator being there. An order can be paid for no
 * longer than the agreement it names is valid.
 */
export function termsFor(sale: Sale): Terms {
  const { windows, nowS, token, agreement } = sale;
  const authorizeBy = Math.min(nowS + windows.paymentWindowS, agreement?.validUntil ?? Number.POSITIVE_INFINITY);
  return {
    payer: sale.payer,
    operator: sale.operator,
    token: token.address,
    amount: toBaseUnits(sale.total, token),
    authorizeBy,
    captureBy: authorizeBy + windows.captureWindowS,
    releaseDelay: windows.releaseDelayS,
    arbiter: zeroAddress,
    rulingTime: 0,
    defaultToPayerPpm: 0,
    flags: TERMS_FLAG.operatorMayRefund | TERMS_FLAG.merchantMayCapture,
    agreement: agreement?.hash ?? zeroHash,
    legs: legsOf({
      merchant: sale.merchant,
      carrier: { payee: sale.carrier, freight: toBaseUnits(sale.freight, token) },
      shares: sale.shares,
    }),
    salt: sale.salt,
  };
}

/** The ways to pay that a token can be asked for. */
type Method = "escrow_erc3009" | "escrow_allowance" | "escrow_eth";

/** The first token that pays prices in `currency` by `method`; undefined when none does. */
export const tokenFor = (tokens: readonly TokenConfig[], currency: Currency, method: Method): TokenConfig | undefined =>
  tokens.find((token) => token.currency === currency && suits(token, method));

/** Whether a token can be paid by `method`. */
export function suits({ address, name, version }: TokenConfig, method: Method): boolean {
  if (method === "escrow_eth") return address === zeroAddress;
  if (address === zeroAddress) return false;
  return method === "escrow_allowance" || (name !== undefined && version !== undefined);
}
