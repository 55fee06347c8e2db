import type { z } from "zod";
import type { House } from "../../core/house.ts";
import { type Door, door } from "../../core/http/door.ts";
import { presentList } from "../../core/http/paging.ts";
import { problems } from "../../core/http/problems.ts";
import { Nothing, Page } from "../../core/http/schemas.ts";
import {
  type AddressDetails,
  accountProblems,
  addAddress,
  addressesOf,
  addressOf,
  changeAddress,
  removeAddress,
} from "../../modules/accounts/index.ts";
import { presentAddress } from "./present.ts";
import { AddressList, AddressView, ById, PutAddress } from "./schema.ts";

const detailsOf = ({ postal_code: postalCode, ...rest }: z.output<typeof PutAddress>): AddressDetails => ({
  ...rest,
  postalCode,
});

export const addressRoutes = (house: House): Door =>
  door(house, "addresses")
    .get(
      "/addresses",
      {
        summary: "Your addresses, newest first",
        auth: "user",
        limit: "reads",
        query: Page,
        answers: [200, AddressList],
      },
      async (c) => {
        const slice = await house.db.read(c.actor, (ctx) => addressesOf(ctx, c.actor.id, c.input.query));
        return presentList(slice, c.input.query, presentAddress);
      },
    )
    .postOnce(
      "/addresses",
      {
        summary: "Write an address into your book",
        auth: "user",
        limit: "writes",
        idempotent: true,
        body: PutAddress,
        answers: [201, AddressView],
        problems: [accountProblems.address_book_full],
        present: presentAddress,
      },
      (c) => house.db.write(c.actor, (ctx) => addAddress(ctx, c.actor.id, detailsOf(c.input.body))),
    )
    .get(
      "/addresses/:id",
      {
        summary: "One of your addresses",
        auth: "user",
        limit: "reads",
        params: ById,
        answers: [200, AddressView],
        problems: [problems.not_found],
      },
      async (c) => presentAddress(await house.db.read(c.actor, (ctx) => addressOf(ctx, c.actor.id, c.input.params.id))),
    )
    .put(
      "/addresses/:id",
      {
        summary: "Replace one of your addresses",
        auth: "user",
        limit: "writes",
        params: ById,
        body: PutAddress,
        answers: [200, AddressView],
        problems: [problems.not_found],
      },
      async (c) => {
        const { params, body } = c.input;
        return presentAddress(
          await house.db.write(c.actor, (ctx) => changeAddress(ctx, c.actor.id, params.id, detailsOf(body))),
        );
      },
    )
    .delete(
      "/addresses/:id",
      {
        summary: "Remove one of your addresses",
        auth: "user",
        limit: "writes",
        params: ById,
        answers: [204, Nothing],
        problems: [problems.not_found],
      },
      (c) => house.db.write(c.actor, (ctx) => removeAddress(ctx, c.actor.id, c.input.params.id)),
    );
