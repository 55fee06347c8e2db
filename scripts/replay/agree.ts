import { proposeAgreement, signAgreement } from "../client/agreements.ts";
import type { Seller } from "../client/shop.ts";
import type { Pair } from "./needs.ts";
import { walletOf } from "./people.ts";
import { baseUnits, RATES } from "./shares.ts";
import { AGENT_WALLETS, CARRIER, CHANNEL_PLANS, CHANNEL_WALLETS, PLATFORM, type World } from "./world.ts";

/** More freight than any order has, in minor units. */
const MOST_FREIGHT = 1_000_000;

/**
 * Makes what a merchant, its channel, its agent, the carrier and the platform have agreed, signed by all of them and
 * accepted on the chain.
 */
export async function agree({ horizon }: World, { sellerId, channel: at }: Pair, seller: Seller): Promise<void> {
  const channel = CHANNEL_WALLETS[at];
  const agent = AGENT_WALLETS[at];
  if (!channel || !agent) throw new Error(`there is no channel ${at}`);
  const exactly = (ppm: bigint) => ({ least_ppm: Number(ppm), most_ppm: Number(ppm) });
  const proposal = await proposeAgreement(seller, {
    channel: CHANNEL_PLANS[at]?.code ?? "",
    text: "What each of us earns of every sale by this channel.",
    parties: [
      { kind: "channel", account: channel.address, ...exactly(RATES.channel) },
      { kind: "agent", account: agent.address, least_ppm: 0, most_ppm: Number(RATES.agent) },
      { kind: "carrier", account: CARRIER.address, most_ppm: 0, most_fixed: String(baseUnits(MOST_FREIGHT)) },
      { kind: "platform", account: PLATFORM.address, ...exactly(RATES.platform) },
    ],
  });
  await signAgreement(seller.session, proposal, [walletOf("seller", sellerId), channel, agent, CARRIER, PLATFORM]);
  await horizon.booked(proposal.hash, "AgreementActivated");
}
