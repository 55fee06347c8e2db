import { defineProblems } from "../../core/http/problems.ts";

export const accountProblems = defineProblems({
  login_refused: { status: 401, title: "This signature does not sign you in" },
  refresh_token_refused: { status: 401, title: "This refresh token is not valid any more" },
  password_refused: { status: 401, title: "The user name or the password is wrong" },
  password_weak: { status: 400, title: "This password would not protect you" },
  password_moved: { status: 409, title: "Your password has changed meanwhile" },
  current_password_wrong: { status: 403, title: "The password you have now is another" },
  username_needed: { status: 400, title: "A password needs a user name" },
  username_kept: { status: 409, title: "You have a user name already" },
  username_taken: { status: 409, title: "This user name belongs to somebody else" },
  email_taken: { status: 409, title: "This mail address belongs to another user" },
  email_verified_already: { status: 409, title: "No mail address of yours waits for its verification" },
  mail_token_refused: { status: 400, title: "This code is not valid any more" },
  wallet_missing: { status: 409, title: "This needs a wallet, and you have linked none" },
  wallet_not_linked: { status: 409, title: "This wallet is not linked to you" },
  wallet_taken: { status: 409, title: "This wallet belongs to another user" },
  wallets_full: { status: 409, title: "You have as many wallets as a user may" },
  last_way_in: { status: 409, title: "Without it you could not sign in any more" },
  address_book_full: { status: 409, title: "Your address book is full" },
});
