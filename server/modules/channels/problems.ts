import { defineProblems } from "../../core/http/problems.ts";

export const channelProblems = defineProblems({
  channel_not_found: { status: 404, title: "There is no such channel" },
  channel_code_taken: { status: 409, title: "Another channel has this code" },
  channel_closed: { status: 409, title: "This channel does not sell now" },
  channel_currency_not_payable: { status: 400, title: "No token of this chain can pay this currency" },
  channel_commission_too_high: { status: 400, title: "Commission and platform fee leave the merchant nothing" },
});
