import { defineProblems } from "../../core/http/problems.ts";

export const accountProblems = defineProblems({
  login_refused: { status: 401, title: "This signature does not sign you in" },
  refresh_token_refused: { status: 401, title: "This refresh token is not valid any more" },
  wallet_missing: { status: 409, title: "This needs a wallet, and you have linked none" },
  wallet_not_linked: { status: 409, title: "This wallet is not linked to you" },
  wallet_taken: { status: 409, title: "This wallet belongs to another user" },
  wallets_full: { status: 409, title: "You have as many wallets as a user may" },
  last_way_in: { status: 409, title: "Without it you could not sign in any more" },
  address_book_full: { status: 409, title: "Your address book is full" },
});
