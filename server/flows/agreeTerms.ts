import { randomBytes } from "node:crypto";
import { type Address, toHex } from "viem";
import type { ChainConfig, TokenConfig } from "../config.ts";
import type { Context } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import { type Id, newId } from "../core/ids.ts";
import { toBaseUnits } from "../core/money.ts";
import {
  type AgreementInForce,
  agreementProblems,
  inForce,
  mostFreight,
  ratesWithin,
} from "../modules/agreements/index.ts";
import { chainTimeS } from "../modules/chains/index.ts";
import type { Channel } from "../modules/channels/index.ts";
import type { ExpressType } from "../modules/logistics/index.ts";
import { type Merchant, merchantsByIds } from "../modules/merchants/index.ts";
import type { Partner } from "../modules/partners/index.ts";
import { paymentProblems } from "../modules/payments/index.ts";
import type { MerchantQuote } from "../modules/pricing/index.ts";
import { type Share, termsFor } from "../modules/settlement/index.ts";
import { LEG_KIND, type Terms } from "../protocol/terms.ts";
import { validateTerms } from "../protocol/validateTerms.ts";

/** What the terms of a basket's orders are made of. */
export interface Tradable {
  readonly channel: Channel;
  /** The chain that they are paid on. */
  readonly chain: ChainConfig;
  readonly express: ExpressType;
  readonly token: TokenConfig;
  /** Who referred the shopper. */
  readonly agent: Partner | undefined;
  /** A part per merchant; each becomes an order. */
  readonly quotes: readonly MerchantQuote[];
}

/** One order to be placed. */
export interface Agreed {
  readonly orderId: Id;
  readonly part: MerchantQuote;
  readonly terms: Terms;
}

/**
 * Terms for every order of a basket, each inside its merchant's agreement and as the escrow would take it now.
 * @throws agreement_missing, agreement_excludes_freight, terms_refused
 */
export async function agreeTerms(house: House, ctx: Context, payer: Address, basket: Tradable): Promise<Agreed[]> {
  const { chain } = basket;
  const nowS = Math.max(Math.floor(house.clock.now() / 1_000), await chainTimeS(ctx, chain.id));
  const merchantIds = basket.quotes.map(({ merchantId }) => merchantId);
  const merchants = await merchantsByIds(ctx, merchantIds);
  const agreements = await inForce(ctx, {
    ...{ merchantIds, channelId: basket.channel.id, token: basket.token.address, nowS },
    ...{ domain: { chainId: chain.id, escrow: chain.escrow }, operator: chain.operator },
  });
  return basket.quotes.map((part) => {
    const merchant = merchants.get(part.merchantId);
    if (merchant === undefined) throw new Error(`there are goods of ${part.merchantId}, but no such merchant`);
    const under = agreements.get(merchant.id);
    const terms = termsUnder(house, basket, part, { payer, nowS, merchant, under });
    const fault = validateTerms(terms, nowS, chain.escrow, under?.agreement);
    if (fault !== undefined) throw paymentProblems.terms_refused(`The escrow would answer ${fault}.`, { fault });
    return { orderId: newId(), part, terms };
  });
}

/** Whose terms one order gets. */
interface Sides {
  readonly payer: Address;
  readonly nowS: number;
  readonly merchant: Merchant;
  readonly under: AgreementInForce | undefined;
}

/** The terms of one order, inside the merchant's agreement where there is one. */
function termsUnder({ config }: House, basket: Tradable, part: MerchantQuote, sides: Sides): Terms {
  const { merchant, under, payer, nowS } = sides;
  const { settlement } = config;
  const { chain, token, express, channel, agent } = basket;
  if (under === undefined && settlement.requireAgreements)
    throw agreementProblems.agreement_missing(
      `"${merchant.name}" has no agreement for the channel "${channel.code}" that is in force now.`,
      { merchant_id: merchant.id },
    );
  const house: Share[] = [
    { kind: LEG_KIND.channel, account: channel.payee, ppm: channel.commissionPpm },
    { kind: LEG_KIND.platform, account: settlement.platformPayee, ppm: settlement.platformFeePpm },
  ];
  // Only who signed an agreement with the merchant earns as its agent.
  const referred =
    agent === undefined ? [] : [{ kind: LEG_KIND.agent, account: agent.payee, ppm: agent.commissionPpm }];
  if (under !== undefined) assertFreight(under, merchant, express, toBaseUnits(part.freight, token));
  return termsFor({
    ...{ payer, nowS, token, operator: chain.operator, carrier: express.carrier, windows: settlement },
    ...{ merchant: under?.agreement.merchant ?? merchant.payee, total: part.total, freight: part.freight },
    shares: under === undefined ? house : ratesWithin(under.agreement, [...house, ...referred]),
    agreement: under && { hash: under.hash, validUntil: under.agreement.validUntil },
    salt: BigInt(toHex(randomBytes(8))),
  });
}

/** @throws agreement_excludes_freight unless the agreement lets the express type's carrier have this much, in base units */
function assertFreight(under: AgreementInForce, merchant: Merchant, express: ExpressType, freight: bigint): void {
  if (freight === 0n) return;
  const most = mostFreight(under.agreement, express.carrier) ?? 0n;
  if (freight <= most) return;
  throw agreementProblems.agreement_excludes_freight(
    most === 0n
      ? `"${merchant.name}" has not agreed to pay the carrier of "${express.name}"; choose another way to send it.`
      : `"${merchant.name}" pays this carrier at most ${most} base units, and this freight is ${freight}.`,
    { merchant_id: merchant.id, most: most.toString(), freight: freight.toString() },
  );
}
