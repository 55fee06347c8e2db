import assert from "node:assert/strict";
import type { OrderFold } from "../../../server/protocol/fold.ts";
import {
  authorized,
  captured,
  disputed,
  fold,
  instant,
  judging,
  of,
  reclaimed,
  refunded,
  refundedReleased,
  released,
  resolved,
  voided,
} from "./orderEvents.ts";

describe("paymentState", () => {
  const states: [string, OrderFold][] = [
    ["authorized", of()],
    ["authorized", of(voided(3n))],
    ["authorized", of(captured(3n), refunded(3n))],
    ["partially_captured", of(captured(3n))],
    ["partially_captured", of(captured(3n), released(3n))],
    ["captured", of(captured(10n))],
    ["captured", of(captured(3n), released(3n), voided(2n), captured(5n))],
    ["released", of(captured(10n), released(10n))],
    ["released", of(captured(10n), refunded(9n), released(1n))],
    ["released", fold(authorized(instant), captured(1n, 0), reclaimed(9n))],
    ["voided", of(voided(10n))],
    ["reclaimed", of(voided(1n), reclaimed(9n))],
    ["refunded", of(captured(1n), refunded(1n), voided(9n))],
    ["disputed", judging(captured(3n), disputed(1n))],
    ["disputed", judging(captured(10n), disputed(10n))],
    ["captured", judging(captured(10n), disputed(3n), resolved(3n, 0n))],
    ["released", judging(captured(10n), disputed(10n), resolved(4n, 6n))],
    ["refunded", judging(captured(10n), disputed(10n), resolved(10n, 0n))],
    ["released", fold(authorized(instant), captured(10n, 0), refundedReleased(9n))],
    ["refunded", fold(authorized(instant), captured(10n, 0), refundedReleased(10n))],
    ["pending", fold(captured(1n))],
  ];
  for (const [state, order] of states) {
    const { held, captured, disputed, released, voided, reclaimed, refunded, resolvedToPayer, refundedReleased } =
      order;
    const quantities = {
      held,
      captured,
      disputed,
      released,
      voided,
      reclaimed,
      refunded,
      resolvedToPayer,
      refundedReleased,
    };
    const named = Object.entries(quantities).flatMap(([name, units]) => (units > 0n ? [`${units} ${name}`] : []));
    it(`is ${state} with ${named.join(", ") || "nothing"}`, () => assert.equal(order.state, state));
  }
});
