import { defineProblems } from "../../core/http/problems.ts";

export const merchantProblems = defineProblems({
  merchant_not_found: { status: 404, title: "There is no such merchant for you" },
  payee_refused: { status: 400, title: "This address cannot be paid" },
});
