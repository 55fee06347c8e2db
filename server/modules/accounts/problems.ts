import { defineProblems } from "../../core/http/problems.ts";

export const accountProblems = defineProblems({
  login_refused: { status: 401, title: "This signature does not sign you in" },
  refresh_token_refused: { status: 401, title: "This refresh token is not valid any more" },
  address_book_full: { status: 409, title: "Your address book is full" },
});
