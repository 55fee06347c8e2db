import type { House } from "../../core/house.ts";
import { type Door, door } from "../../core/http/door.ts";
import { presentList } from "../../core/http/paging.ts";
import { problems } from "../../core/http/problems.ts";
import { listExceptions } from "../../flows/exceptionOverview.ts";
import { presentException } from "./present.ts";
import { ExceptionList, ListExceptions } from "./schema.ts";

export const paymentExceptionRoutes = (house: House): Door =>
  door(house, "payments").get(
    "/payment_exceptions",
    {
      summary:
        "Payments of your wallets that were not as agreed, newest first, and their way back; for staff everybody's",
      auth: "user",
      limit: "reads",
      query: ListExceptions,
      answers: [200, ExceptionList],
      problems: [problems.cursor_invalid],
    },
    async (c) => {
      const slice = await house.db.read(c.actor, (ctx) => listExceptions(ctx, c.actor.id, c.input.query));
      return presentList(slice, c.input.query, (each) => presentException(each, house.config));
    },
  );
