import assert from "node:assert/strict";
import { Problem } from "../../../server/core/http/problems.ts";
import { expressType } from "../../../server/modules/logistics/index.ts";
import { wallet } from "../../support/wallets.ts";

describe("an express type", () => {
  const standard = { code: "standard", name: "Standard", freightMinor: 500, carrier: wallet(17).address };
  const config = { expressTypes: [standard, { ...standard, code: "express", freightMinor: 1_500 }] };

  it("is found by its code", () => assert.equal(expressType(config, "express").freightMinor, 1_500));

  it("is refused when nobody offers it, with what is offered", () => {
    for (const code of ["", "Standard", "constructor"])
      assert.throws(
        () => expressType(config, code),
        (error: unknown) =>
          error instanceof Problem &&
          error.code === "unknown_express_type" &&
          error.status === 400 &&
          error.detail.includes("standard, express"),
      );
  });
});
