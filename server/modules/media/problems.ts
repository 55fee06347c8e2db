import { defineProblems } from "../../core/http/problems.ts";

export const mediaProblems = defineProblems({
  picture_refused: { status: 422, title: "This is no picture that can be shown" },
  picture_not_found: { status: 404, title: "There is no such picture" },
  pictures_full: { status: 409, title: "The good has as many pictures as it may have" },
  picture_order_wrong: { status: 400, title: "The order does not name each picture of the good once" },
});
