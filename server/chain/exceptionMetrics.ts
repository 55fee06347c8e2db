import { system } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import type { Metrics } from "../core/metrics.ts";
import { countExceptions, EXCEPTION_KINDS, EXCEPTION_STATES } from "../modules/payments/index.ts";

const ACTOR = system("metrics");
/** All gauges of one question are told by one count, in milliseconds. */
const FRESH_MS = 1_000;
/** States in which money has yet to go back. */
const DUE: readonly string[] = ["open", "returning", "left_to_payer"];

/** Registers how many payments of this chain are not as agreed, by kind and state, and how many have money due. */
export function exceptionGauges({ db, config }: Pick<House, "db" | "config">, metrics: Metrics): void {
  const { id } = config.chain;
  const chain = String(id);
  let counted: { at: number; rows: ReturnType<typeof countExceptions> } | undefined;
  const count = () => {
    const now = performance.now();
    if (counted === undefined || now - counted.at > FRESH_MS)
      counted = { at: now, rows: db.read(ACTOR, (ctx) => countExceptions(ctx, id)) };
    return counted.rows;
  };
  const name = "tributary_chain_payment_exceptions";
  for (const kind of EXCEPTION_KINDS)
    for (const state of EXCEPTION_STATES)
      metrics.gauge(
        name,
        "Payments that are not as agreed, by what is wrong and what became of them",
        async () => (await count()).find((row) => row.kind === kind && row.state === state)?.count ?? 0,
        { chain, kind, state },
      );
  metrics.gauge(
    "tributary_chain_refunds_due",
    "Payments that are not as agreed and have yet to go back",
    async () => (await count()).reduce((sum, row) => sum + (DUE.includes(row.state) ? row.count : 0), 0),
    { chain },
  );
}
