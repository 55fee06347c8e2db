import { defineProblems } from "../../core/http/problems.ts";

export const agreementProblems = defineProblems({
  agreement_not_found: { status: 404, title: "There is no such agreement for you" },
  agreement_refused: { status: 400, title: "The escrow would take no such agreement" },
  agreement_version_taken: { status: 409, title: "Somebody else proposed this version first" },
  agreement_closed: { status: 409, title: "This agreement takes no more signatures" },
  agreement_not_signatory: { status: 400, title: "This account has no part in the agreement" },
  agreement_signature_refused: { status: 400, title: "That is not this account's signature of the agreement" },
  agreement_not_revocable: { status: 409, title: "There is nothing to revoke" },
  agreement_missing: { status: 409, title: "No agreement lets this merchant sell here now" },
  agreement_excludes_freight: { status: 409, title: "The merchant's agreement does not pay this freight" },
});
