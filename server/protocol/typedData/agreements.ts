import type { Hex } from "viem";
import { AGREEMENT_FIELDS, type Agreement, PARTY_FIELDS } from "../agreement.ts";
import type { EscrowDomain } from "../terms.ts";
import { DEADLINE, escrowTypedData, ID, NONCE, type TypedDataJson, type Until } from "./form.ts";

/** A signatory's acceptance of an agreement, shown whole; the same for all signatories. */
export const acceptAgreementTypedData = (
  domain: EscrowDomain,
  agreement: Agreement,
  { nonce, deadline }: Until,
): TypedDataJson =>
  escrowTypedData(
    domain,
    [
      ["AcceptAgreement", [{ name: "agreement", type: "Agreement" }, NONCE, DEADLINE]],
      ["Agreement", AGREEMENT_FIELDS],
      ["Party", PARTY_FIELDS],
    ],
    {
      agreement: {
        ...agreement,
        parties: agreement.parties.map((party) => ({ ...party, mostFixed: party.mostFixed.toString() })),
      },
      nonce: nonce.toString(),
      deadline: deadline.toString(),
    },
  );

/** A signatory's revocation of an agreement, for `revokeAgreementWithSignature`. */
export const revokeAgreementTypedData = (
  domain: EscrowDomain,
  { id, nonce, deadline }: Until & { readonly id: Hex },
): TypedDataJson =>
  escrowTypedData(domain, [["RevokeAgreement", [ID, NONCE, DEADLINE]]], {
    ...{ id, nonce: nonce.toString(), deadline: deadline.toString() },
  });
