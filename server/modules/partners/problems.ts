import { defineProblems } from "../../core/http/problems.ts";

export const partnerProblems = defineProblems({
  partner_not_found: { status: 404, title: "There is no such partner for you" },
  partner_code_taken: { status: 409, title: "This code belongs to another partner" },
  partners_full: { status: 409, title: "You have applied as often as one user may" },
  partner_decided: { status: 409, title: "This partner has been decided about already" },
  partner_no_agent: { status: 409, title: "Only agents have a commission of their own" },
});
