import { type Address, toHex, zeroAddress } from "viem";
import { type View as ContractView, creditView, type OrderOnChain, orderView } from "../../../server/chain/views.ts";
import {
  authorizeCall,
  type Call,
  cancelTermsCall,
  captureCall,
  concedeCall,
  depositCall,
  disputeCall,
  endDisputeCall,
  reclaimCall,
  refundReleasedCall,
  releaseCall,
  ruleCall,
  voidCall,
  withdrawCall,
} from "../../../server/protocol/calls.ts";
import { termsHash } from "../../../server/protocol/terms.ts";
import { ARBITER, MERCHANT, OPERATOR, PAYEES, PLATFORM, STRANGE_MERCHANT, STRANGER } from "../cast.ts";
import type { SimulatedChain } from "../chain/chain.ts";
import type { Draw } from "../draw.ts";
import { drawTerms, type Order, type Shop } from "../house/shop.ts";

/** What people do on the chain by themselves, without asking the house. */
export interface Deeds {
  /** Somebody does something; what it is depends on how the orders stand. */
  one(): Promise<void>;
  /** Orders with terms that this house did not issue, which somebody paid. */
  readonly foreign: readonly Order[];
}

export function makeDeeds(chain: SimulatedChain, shop: Shop, token: Address, draw: Draw): Deeds {
  const { domain } = shop;
  const foreign: Order[] = [];
  const read = async <T>({ call, read: of }: ContractView<T>): Promise<T> =>
    of(await chain.ask(call.method, [...call.params]));
  const send = (from: Address, call: Call, what: string): void => {
    chain.pool.push({ from, ...call, what });
  };

  /** Terms that somebody may pay though the house never issued them: a stranger's, or ours with one thing changed. */
  const foreignOrder = (): Order => {
    const nowS = Math.floor(Date.now() / 1_000);
    const ours = draw.of(shop.orders).terms;
    const strange = drawTerms(draw, nowS, draw.chance(0.7) ? token : zeroAddress);
    const terms = draw.of([
      { ...strange, payer: STRANGER.address, operator: STRANGE_MERCHANT.address },
      { ...strange, payer: STRANGER.address },
      { ...ours, amount: ours.amount + BigInt(draw.whole(1, 999)) },
      { ...ours, amount: draw.part(ours.amount) },
      { ...ours, payer: STRANGER.address },
      { ...ours, token: ours.token === zeroAddress ? token : zeroAddress },
      { ...ours, salt: BigInt(draw.bytes(12)) },
    ]);
    const order = { orderId: undefined, id: termsHash(domain, terms), terms };
    // A part of the amount may be all of it: then they are ours.
    if (!shop.isOurs(order.id)) foreign.push(order);
    return order;
  };

  const pay = ({ terms }: Order): void => send(terms.payer, authorizeCall(domain, terms), "pays");

  const onHeld = ({ terms }: Order, { held }: OrderOnChain): void => {
    const amount = draw.part(held);
    const by = (terms.flags & 1) !== 0 ? draw.of([terms.operator, MERCHANT.address]) : terms.operator;
    if (by === OPERATOR.address) return;
    send(
      by,
      draw.chance(0.6) ? captureCall(domain, terms, amount, held) : voidCall(domain, terms, amount, held),
      "takes or gives back what is held",
    );
  };

  const onCaptured = ({ terms }: Order, { captured }: OrderOnChain): void => {
    const dispute = disputeCall(domain, terms, draw.part(captured), toHex(1, { size: 32 }));
    if (terms.arbiter !== zeroAddress && draw.chance(0.6)) send(terms.payer, dispute, "disputes");
    else send(draw.chance(0.7) ? terms.payer : STRANGER.address, releaseCall(domain, terms), "releases");
  };

  const onDisputed = ({ terms }: Order, { disputed, round }: OrderOnChain): void => {
    const ruling = { round, amount: disputed, toPayerPpm: draw.whole(0, 1_000_000) };
    const [from, call] = draw.of<readonly [Address, Call]>([
      [ARBITER.address, ruleCall(domain, terms, ruling)],
      [terms.payer, concedeCall(domain, terms, round)],
      [MERCHANT.address, concedeCall(domain, terms, round)],
      [STRANGER.address, endDisputeCall(domain, terms)],
    ]);
    send(from, call, "ends a dispute");
  };

  const giveBack = async ({ terms }: Order, { refunded }: OrderOnChain): Promise<void> => {
    const credit = await read(creditView(domain.escrow, MERCHANT.address, terms.token, "latest"));
    const amount = draw.part(terms.amount / 2n || 1n);
    send(MERCHANT.address, refundReleasedCall(domain, terms, amount, refunded, credit), "refunds what was released");
  };

  const onOrder = async (order: Order): Promise<void> => {
    const { terms } = order;
    const now = await read(orderView(domain.escrow, terms, "latest"));
    if (!now.used)
      return draw.chance(0.9) ? pay(order) : send(terms.payer, cancelTermsCall(domain, terms), "burns terms");
    if (now.disputed > 0n) return onDisputed(order, now);
    if (now.captured > 0n && draw.chance(0.7)) return onCaptured(order, now);
    if (now.held > 0n)
      return draw.chance(0.9) ? onHeld(order, now) : send(STRANGER.address, reclaimCall(domain, terms), "reclaims");
    if (draw.chance(0.3)) await giveBack(order, now);
  };

  const withdraw = async (): Promise<void> => {
    const account = draw.of([MERCHANT.address, PLATFORM.address, ...PAYEES]);
    const of = draw.chance(0.7) ? token : zeroAddress;
    const credit = await read(creditView(domain.escrow, account, of, "latest"));
    if (credit > 0n) send(account, withdrawCall(domain, of, draw.part(credit)), "withdraws");
  };

  const deposit = (): void => {
    const of = draw.chance(0.5) ? token : zeroAddress;
    send(STRANGER.address, depositCall(domain, draw.of(PAYEES), of, BigInt(draw.whole(1, 1_000_000))), "deposits");
  };

  return {
    foreign,
    one: async () => {
      switch (draw.weighted({ order: 60, foreign: 12, foreign_again: 8, withdraw: 12, deposit: 6 })) {
        case "order":
          return onOrder(draw.of(shop.orders));
        case "foreign":
          return pay(foreignOrder());
        case "foreign_again":
          return foreign.length > 0 ? onOrder(draw.of(foreign)) : undefined;
        case "withdraw":
          return withdraw();
        case "deposit":
          return deposit();
      }
    },
  };
}
