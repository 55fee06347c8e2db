import type { z } from "zod";
import type { House } from "../../core/house.ts";
import { type Door, door } from "../../core/http/door.ts";
import { presentList } from "../../core/http/paging.ts";
import { problems } from "../../core/http/problems.ts";
import {
  type AgreementProposal,
  agreementDetails,
  handInSignatures,
  listAgreements,
  offerRevocation,
  proposeAgreement,
  revokeAgreement,
} from "../../flows/agreements.ts";
import { agreementProblems, PARTY_KINDS } from "../../modules/agreements/index.ts";
import { chainProblems } from "../../modules/chains/index.ts";
import { channelProblems } from "../../modules/channels/index.ts";
import { merchantProblems } from "../../modules/merchants/index.ts";
import { paymentProblems } from "../../modules/payments/index.ts";
import { presentAgreement, presentDetails, presentProposed, presentRevocation } from "./present.ts";
import {
  AgreementList,
  ById,
  DetailsView,
  HandInSignatures,
  ListAgreements,
  ProposeAgreement,
  ProposedView,
  RevocationView,
  RevokeAgreement,
} from "./schema.ts";

export const agreementRoutes = (house: House): Door => addRevocation(house, addSigning(house, reading(house)));

const reading = (house: House): Door =>
  door(house, "agreements")
    .get(
      "/agreements",
      {
        summary: "Agreements, newest first: of a merchant of yours, or those that a wallet of yours is to sign",
        auth: "user",
        limit: "reads",
        query: ListAgreements,
        answers: [200, AgreementList],
        problems: [merchantProblems.merchant_not_found, channelProblems.channel_not_found, problems.cursor_invalid],
      },
      async (c) => {
        const { query } = c.input;
        return presentList(await listAgreements(house, c.actor, query), query, presentAgreement);
      },
    )
    .get(
      "/agreements/:id",
      {
        summary: "An agreement with its acceptances and what the chain said of it",
        auth: "user",
        limit: "reads",
        params: ById,
        answers: [200, DetailsView],
        problems: [agreementProblems.agreement_not_found],
      },
      async (c) => presentDetails(await agreementDetails(house, c.actor, c.input.params.id)),
    );

const addSigning = (house: House, agreements: Door): Door =>
  agreements
    .postOnce(
      "/agreements",
      {
        summary: "Propose the next version of a merchant's agreement for a channel; for its owner and staff",
        auth: "user",
        limit: "writes",
        idempotent: true,
        body: ProposeAgreement,
        answers: [201, ProposedView],
        problems: [
          ...[merchantProblems.merchant_not_found, merchantProblems.payee_refused, channelProblems.channel_not_found],
          ...[agreementProblems.agreement_refused, agreementProblems.agreement_version_taken],
          ...[chainProblems.chain_unknown, paymentProblems.payment_method_unavailable],
        ],
        present: presentProposed,
      },
      (c) => proposeAgreement(house, c.actor, proposalOf(c.input.body)),
    )
    .post(
      "/agreements/:id/signatures",
      {
        summary: "Hand in signatories' signatures; with the last of them the operator accepts on the chain",
        auth: "user",
        limit: "writes",
        params: ById,
        body: HandInSignatures,
        answers: [200, DetailsView],
        problems: [
          ...[agreementProblems.agreement_not_found, agreementProblems.agreement_closed],
          ...[agreementProblems.agreement_not_signatory, agreementProblems.agreement_signature_refused],
        ],
      },
      async (c) => presentDetails(await handInSignatures(house, c.actor, c.input.params.id, c.input.body.signatures)),
    );

function proposalOf(body: z.output<typeof ProposeAgreement>): AgreementProposal {
  const { merchant_id: merchantId, channel, chain_id: chainId, token, valid_from, valid_until, text, parties } = body;
  return {
    ...{ merchantId, channel, chainId, token, text },
    validFrom: secondOf(valid_from),
    validUntil: secondOf(valid_until),
    parties: parties.map(({ kind, account, least_ppm, most_ppm, most_fixed }) => ({
      ...{ account, kind: PARTY_KINDS[kind], leastPpm: least_ppm, mostPpm: most_ppm, mostFixed: most_fixed },
    })),
  };
}

/** Chain seconds begin in 1970, and so does what came before. */
const secondOf = (moment: string | undefined): number | undefined =>
  moment === undefined ? undefined : Math.max(0, Math.floor(Date.parse(moment) / 1_000));

const addRevocation = (house: House, agreements: Door): Door =>
  agreements
    .get(
      "/agreements/:id/revocation",
      {
        summary: "What a signatory signs to take an agreement back",
        auth: "user",
        limit: "reads",
        params: ById,
        answers: [200, RevocationView],
        problems: [agreementProblems.agreement_not_found, agreementProblems.agreement_not_revocable],
      },
      async (c) => {
        const { id } = c.input.params;
        return presentRevocation(id, await offerRevocation(house, c.actor, id));
      },
    )
    .post(
      "/agreements/:id/revocation",
      {
        summary: "Hand in a signed revocation; no new order names the agreement once the chain has it",
        auth: "user",
        limit: "writes",
        params: ById,
        body: RevokeAgreement,
        answers: [202, DetailsView],
        problems: [
          ...[agreementProblems.agreement_not_found, agreementProblems.agreement_not_revocable],
          ...[agreementProblems.agreement_not_signatory, agreementProblems.agreement_signature_refused],
          agreementProblems.agreement_closed,
        ],
      },
      async (c) => presentDetails(await revokeAgreement(house, c.actor, c.input.params.id, c.input.body)),
    );
