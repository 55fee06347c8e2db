import { system } from "../../core/db/context.ts";
import type { House } from "../../core/house.ts";
import type { Metrics } from "../../core/metrics.ts";
import { type Waiting, waitingTransactions } from "../../modules/chains/index.ts";
import type { Unstuck } from "./unstick.ts";

const ACTOR = system("operator");

/** What the operator counts. */
export interface OperatorMetrics {
  /** @param wei what the key has */
  balance(wei: bigint): void;
  unstuck(done: Unstuck): void;
  /** Something waits because gas costs more than the cap. */
  capped(): void;
}

/** Registers the operator's metrics; without `metrics` it counts nothing. */
export function operatorMetrics({ db, config, clock }: House, metrics: Metrics | undefined): OperatorMetrics {
  if (metrics === undefined) return { balance: () => undefined, unstuck: () => undefined, capped: () => undefined };
  const { id: chainId, operator: sender } = config.chain;
  const chain = String(chainId);
  const name = (short: string) => `tributary_chain_operator_${short}`;
  const counter = (short: string, help: string) => metrics.counter(name(short), help, ["chain"]);
  const gauge = (short: string, help: string, read: (waiting: Waiting) => number) =>
    metrics.gauge(
      name(short),
      help,
      async () => read(await db.read(ACTOR, (ctx) => waitingTransactions(ctx, { chainId, sender }))),
      { chain },
    );
  gauge("open", "Own transactions that are in no block", ({ count }) => count);
  gauge("attempts", "Signed variants of own transactions that are in no block", ({ attempts }) => attempts);
  gauge("oldest_seconds", "Age of the oldest own transaction that is in no block", ({ since }) =>
    since === undefined ? 0 : Math.max(0, clock.now() - since) / 1_000,
  );
  let wei: bigint | undefined;
  const balance = () => (wei === undefined ? undefined : Number(wei));
  metrics.gauge(name("balance_wei"), "What the key that sends has for gas, in wei", balance, { chain });
  const replaced = counter("replacements_total", "Own transactions replaced by a dearer variant");
  const filled = counter("gaps_filled_total", "Nonces nobody used, given to a transaction that does nothing");
  const capped = counter("capped_total", "Times something waited because gas cost more than the cap");
  return {
    balance: (now) => {
      wei = now;
    },
    unstuck: (done) => {
      replaced.inc({ chain }, done.replaced);
      filled.inc({ chain }, done.filled);
      if (done.capped) capped.inc({ chain });
    },
    capped: () => capped.inc({ chain }),
  };
}
