import { randomUUID } from "node:crypto";
import { type Address, type Hex, hashTypedData } from "viem";
import type { PrivateKeyAccount } from "viem/accounts";
import type { ProposeAgreement, ProposedView } from "../../server/api/agreements/schema.ts";
import type { JsonOf, Session } from "./session.ts";
import type { Seller } from "./shop.ts";

type PartyJson = JsonOf<typeof ProposeAgreement>["parties"][number];

/** Who earns what in a merchant's sales by a channel. `most_fixed` is base units as text. */
export interface AgreementPlan {
  /** The channel's code. */
  readonly channel: string;
  readonly parties: readonly PartyJson[];
  readonly text: string;
}

/** An agreement that waits for signatures. */
export interface Proposal {
  readonly id: string;
  /** Its name on the chain. */
  readonly hash: Hex;
  /** What every signatory signs, hashed. */
  readonly digest: Hex;
}

/** A merchant proposes the next version of its agreement for a channel. */
export async function proposeAgreement({ session, merchantId }: Seller, plan: AgreementPlan): Promise<Proposal> {
  const body = { merchant_id: merchantId, ...plan };
  const proposed = await session.send<JsonOf<typeof ProposedView>>("POST", "/agreements", body, randomUUID());
  if (!proposed.to_sign) throw new Error(`the agreement ${proposed.id} says not what to sign`);
  // The API says what to sign in the form of eth_signTypedData_v4, whose types are only known at run time.
  const typedData = proposed.to_sign.typed_data as Parameters<typeof hashTypedData>[0];
  return { id: proposed.id, hash: proposed.hash as Hex, digest: hashTypedData(typedData) };
}

/** Hands in the signatures of many in one request; with the last of them the operator accepts on the chain. */
export async function signAgreement(
  session: Session,
  { id, digest }: Proposal,
  signatories: readonly PrivateKeyAccount[],
): Promise<void> {
  const signatures: { account: Address; signature: Hex }[] = [];
  for (const account of signatories)
    signatures.push({ account: account.address, signature: await account.sign({ hash: digest }) });
  await session.send("POST", `/agreements/${id}/signatures`, { signatures });
}
