import type { Address, Hex, LocalAccount } from "viem";
import type { HDAccount } from "viem/accounts";
import { system } from "../../../server/core/db/context.ts";
import type { House } from "../../../server/core/house.ts";
import { applyAgreement } from "../../../server/modules/agreements/index.ts";
import type { AgreementJson } from "../../../server/protocol/agreement.ts";
import type { AgreementFold } from "../../../server/protocol/agreementFold.ts";
import type { TypedDataJson } from "../../../server/protocol/typedData.ts";
import type { Answer, TestClient } from "../../support/http.ts";
import { wallet } from "../../support/wallets.ts";
import { done } from "../flows/market.ts";

/** Who signs, beside the operator, what the first merchant of a market and its partners agree on. */
export const [merchant, agent, channel, carrier, platform] = [1, 14, 16, 17, 19].map((at) => wallet(at)) as [
  HDAccount,
  HDAccount,
  HDAccount,
  HDAccount,
  HDAccount,
];
export const SIGNERS: readonly LocalAccount[] = [merchant, agent, channel, carrier, platform];

const PATH = "/api/v1/agreements";

export type AgreementBody = {
  id: string;
  merchant_id: string;
  version: number;
  hash: Hex;
  state: string;
  confidence: string | null;
  valid_from: string;
  valid_until: string;
  content: AgreementJson;
  signatories: { account: Address; roles: string[]; signed_at: string | null; on_chain: boolean }[];
  missing: Address[];
  revoked_by: Address | null;
  activated_at: string | null;
  to_sign: { nonce: string; deadline: number; typed_data: TypedDataJson; submit_to: string } | null;
  events: { event: string; height: number; tx_hash: Hex }[];
};
export type RevocationBody = {
  hash: Hex;
  nonce: string;
  deadline: number;
  typed_data: TypedDataJson;
  submit_to: string;
};

/** Four parties: channel 4 to 8 %, agent up to 2 %, freight up to 10 dollars, platform 2 to 3 %. */
export const PARTIES = [
  { kind: "channel", account: channel.address, least_ppm: 40_000, most_ppm: 80_000 },
  { kind: "agent", account: agent.address, most_ppm: 20_000 },
  { kind: "carrier", account: carrier.address, most_ppm: 0, most_fixed: "10000000" },
  { kind: "platform", account: platform.address, least_ppm: 20_000, most_ppm: 30_000 },
];

/** Proposes the usual agreement for the channel `web`, with `changes`. */
export const propose = (
  client: TestClient,
  merchantId: string,
  changes: Record<string, unknown> = {},
): Promise<Answer<AgreementBody>> =>
  client.post(PATH, { merchant_id: merchantId, channel: "web", parties: PARTIES, text: "As agreed.", ...changes });

/** What an account hands in as its signature. */
export async function signedBy(account: LocalAccount, typedData: TypedDataJson | undefined) {
  return { account: account.address, signature: await account.signTypedData(typedData as never) };
}

/** Hands in what these accounts signed. */
export async function sign(
  client: TestClient,
  { id, to_sign }: AgreementBody,
  accounts: readonly LocalAccount[] = SIGNERS,
): Promise<Answer<AgreementBody>> {
  const signatures = await Promise.all(accounts.map((account) => signedBy(account, to_sign?.typed_data)));
  return client.post(`${PATH}/${id}/signatures`, { signatures });
}

/** What the listener would tell the house of an agreement. */
export const chainSays = (
  { db, config }: House,
  { hash }: AgreementBody,
  fold: Partial<AgreementFold> | undefined,
  confidence: "seen" | "confirmed" | "final" = "confirmed",
) =>
  db.write(system("listener"), (ctx) =>
    applyAgreement(ctx, {
      ...{ chainId: config.chain.id, hash, confidence },
      fold: fold && { accepted: [], complete: false, revokedBy: undefined, ...fold },
    }),
  );

/** A version that everybody signed and the chain has. */
export async function agreed(
  house: House,
  client: TestClient,
  merchantId: string,
  changes: Record<string, unknown> = {},
): Promise<AgreementBody> {
  const proposed = await done(propose(client, merchantId, changes));
  await chainSays(house, proposed, { complete: true });
  return proposed;
}
