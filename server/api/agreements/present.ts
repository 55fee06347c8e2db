import { getAddress } from "viem";
import { presentMoment } from "../../core/http/schemas.ts";
import { type AgreementDetails, type AgreementOverview, type RevocationOffer, toSign } from "../../flows/agreements.ts";
import { contentOf, missingOf, rolesIn, shownState } from "../../modules/agreements/index.ts";

const atSecond = (second: number): string => presentMoment(second * 1_000);

export function presentAgreement({ agreement, signatories, nowS }: AgreementOverview) {
  const { id, merchantId, channelId, chainId, escrow, version, hash, content, confidence } = agreement;
  const onChain = new Set(agreement.accepted.map((account) => account.toLowerCase()));
  const signedAt = new Map(signatories.map((each) => [each.account, each.signedAt]));
  return {
    ...{ id, merchant_id: merchantId, channel_id: channelId, chain_id: chainId, escrow, version, hash },
    ...{ state: shownState(agreement, nowS), confidence },
    ...{ valid_from: atSecond(agreement.validFromS), valid_until: atSecond(agreement.validUntilS), content },
    signatories: rolesIn(contentOf(agreement)).map(({ account, roles }) => ({
      ...{ account, roles, on_chain: onChain.has(account.toLowerCase()) },
      signed_at: momentOrNull(signedAt.get(account.toLowerCase()) ?? null),
    })),
    missing: missingOf(agreement, signatories).map((account) => getAddress(account)),
    revoked_by: agreement.revokedBy,
    created_at: presentMoment(agreement.createdAt),
    activated_at: momentOrNull(agreement.activatedAt),
  };
}

const momentOrNull = (at: number | null): string | null => (at === null ? null : presentMoment(at));

export const presentProposed = (found: AgreementOverview) => ({
  ...presentAgreement(found),
  to_sign: presentToSign(found),
});

/** Only while signatures are taken. */
function presentToSign({ agreement, nowS }: AgreementOverview) {
  const shown = shownState(agreement, nowS);
  if (shown !== "draft" && shown !== "accepting") return null;
  return {
    ...{ nonce: agreement.nonce.toString(), deadline: agreement.deadlineS, typed_data: toSign(agreement) },
    submit_to: `/api/v1/agreements/${agreement.id}/signatures`,
  };
}

export const presentDetails = (found: AgreementDetails) => ({
  ...presentProposed(found),
  events: found.logs.map(({ event, height, txHash }) => ({ event: event ?? "", height, tx_hash: txHash })),
});

export const presentRevocation = (id: string, { hash, nonce, deadline, typedData }: RevocationOffer) => ({
  ...{ hash, nonce: nonce.toString(), deadline, typed_data: typedData },
  submit_to: `/api/v1/agreements/${id}/revocation`,
});
