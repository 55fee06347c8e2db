import assert from "node:assert/strict";
import { Problem } from "../../../server/core/http/problems.ts";
import { expressType } from "../../../server/modules/logistics/index.ts";
import { wallet } from "../../support/wallets.ts";

describe("an express type", () => {
  const standard = {
    code: "standard",
    name: "Standard",
    currency: "USD",
    freightMinor: 500,
    carrier: wallet(17).address,
  };
  const config = { expressTypes: [standard, { ...standard, code: "express", freightMinor: 1_500 }] };

  it("is found by its code", () => assert.equal(expressType(config, "express", "USD").freightMinor, 1_500));

  it("serves its own currency only", () =>
    assert.throws(() => expressType(config, "express", "EUR"), { code: "unknown_express_type" }));

  it("is refused when nobody offers it, with what is offered", () => {
    for (const code of ["", "Standard", "constructor"])
      assert.throws(
        () => expressType(config, code, "USD"),
        (error: unknown) =>
          error instanceof Problem &&
          error.code === "unknown_express_type" &&
          error.status === 400 &&
          error.detail.includes("standard, express"),
      );
  });
});
