import { defineProblems } from "../../core/http/problems.ts";

export const logisticsProblems = defineProblems({
  unknown_express_type: { status: 400, title: "There is no such express type" },
});
