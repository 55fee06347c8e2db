import type { Hex } from "viem";
import type { House } from "../../core/house.ts";
import type { Metrics } from "../../core/metrics.ts";
import {
  type ChainDifference,
  countDifferences,
  head,
  type NewDifference,
  noteDifferences,
  openDifferences,
  resolveDifferences,
} from "../../modules/chains/index.ts";
import { openNodes } from "../listener/rescan.ts";
import { createRpc, type Rpc } from "../rpc/pool.ts";
import { beginningOf } from "./begin.ts";
import { compareCredits } from "./credits.ts";
import type { Finding } from "./finding.ts";
import { heal } from "./heal.ts";
import { compareOrders } from "./orders.ts";
import { ACTOR, FIRST_ROUND, nextPage } from "./rounds.ts";

/** Compares the chain with the books, a page at a time, for as long as the process leads. */
export interface Sweep {
  /** Whether this process leads: only the one that does sweeps. */
  lead(leads: boolean): void;
  stop(): Promise<void>;
}

/** Open differences that are looked at again with every sweep; the others wait until some of them are settled. */
const MOST_OPEN = 100;
/** Of the time between two sweeps, how much a re-scan may take. */
const PACE = 0.25;

/**
 * Starts sweeping: every `sweepMs` a page of orders and credits is compared with the escrow. A difference is kept,
 * told and counted, and leads to a re-scan of the blocks concerned; nothing is ever set right but by logs of the chain.
 */
export function startSweep(house: House, metrics?: Metrics): Sweep {
  const { db, config, log } = house;
  const { chain } = config;
  const rpc = createRpc(chain);
  const nodes = openNodes(house);
  const counts = sweepMetrics(house, metrics);
  let rounds = FIRST_ROUND;
  let leads = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> | undefined;
  const goesOn = () => leads && !stopped;

  const sweep = async (): Promise<void> => {
    const until = performance.now() + chain.sweepMs * PACE;
    const before = await db.read(ACTOR, (ctx) => openDifferences(ctx, chain.id, MOST_OPEN));
    const readAgain = await heal(house, nodes, () => goesOn() && performance.now() < until);
    const page = await db.read(ACTOR, (ctx) => nextPage(ctx, chain.id, rounds));
    const subjects = (credits: boolean) =>
      before.filter(({ what }) => (what === "credit") === credits).map(({ subject }) => subject);
    const orders = await compareOrders(house, rpc, [...new Set([...page.orders, ...(subjects(false) as Hex[])])]);
    const credits = await compareCredits(house, rpc, [...new Set([...page.credits, ...subjects(true)])]);
    if (!goesOn()) return;
    const compared = new Set([...orders.subjects, ...credits.subjects]);
    await keep(before, compared, [...orders.found, ...credits.found], readAgain);
    rounds = page.rounds;
    counts.swept(orders.subjects.length, credits.subjects.length);
  };

  /** Writes what was found, and what is not there any more of what was open; tells of what is new. */
  const keep = async (
    before: readonly ChainDifference[],
    compared: ReadonlySet<string>,
    found: readonly Finding[],
    readAgain: ReadonlySet<string>,
  ): Promise<void> => {
    const known = new Map(before.map((one) => [keyOf(one), one]));
    const still = new Set(found.map(keyOf));
    const resolved = before.filter((one) => compared.has(one.subject) && !still.has(keyOf(one)));
    const fresh = found.filter((one) => !known.has(keyOf(one)));
    const noted = await withBlocks(house, rpc, found, known);
    await db.write(ACTOR, async (ctx) => {
      await noteDifferences(ctx, chain.id, noted);
      await resolveDifferences(
        ctx,
        resolved.map(({ id }) => id),
      );
    });
    for (const { what, subject, expected, actual, height } of fresh) {
      counts.found(what);
      log.error({ chain: chain.id, what, subject, expected, actual, height }, "the books and the chain differ");
    }
    for (const { what, subject } of resolved)
      log.warn({ chain: chain.id, what, subject }, "the books and the chain agree again");
    for (const one of before)
      if (readAgain.has(one.id) && still.has(keyOf(one)))
        log.error(
          { chain: chain.id, what: one.what, subject: one.subject },
          "the books and the chain still differ after a re-scan: a person has to look",
        );
  };

  const wait = (): void => {
    clearTimeout(timer);
    if (!goesOn()) return;
    timer = setTimeout(() => {
      sweeping ??= sweep()
        .catch((error: unknown) => {
          if (!stopped) log.warn({ err: error }, "a sweep failed");
        })
        .finally(() => {
          sweeping = undefined;
          wait();
        });
    }, chain.sweepMs);
  };

  return {
    lead(now) {
      leads = now;
      if (sweeping === undefined) wait();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      for (const one of [rpc, ...nodes]) one.close();
      await sweeping;
    },
  };
}

const keyOf = ({ what, subject }: Pick<Finding, "what" | "subject">): string => `${what} ${subject}`;

/** Findings with the blocks that are to be read again for those that are new. */
async function withBlocks(
  { db, config }: House,
  rpc: Rpc,
  found: readonly Finding[],
  known: ReadonlyMap<string, ChainDifference>,
): Promise<NewDifference[]> {
  const { id, startBlock } = config.chain;
  const cursor = await db.read(ACTOR, (ctx) => head(ctx, id));
  if (!cursor || found.length === 0) return [];
  const begins = new Map<string, number>();
  const fresh = found.filter((one) => !known.has(keyOf(one)));
  // The times of many orders are few: an hour has one beginning.
  for (const one of fresh) {
    const key = `${one.fromHeight}:${one.fromS === undefined ? "" : Math.floor(one.fromS / 3_600)}`;
    if (!begins.has(key)) begins.set(key, await rpc.onOne((ask) => beginningOf(ask, hourOf(one), startBlock, cursor)));
    begins.set(keyOf(one), begins.get(key) ?? startBlock);
  }
  return found.map(({ fromHeight: _, fromS: __, ...one }) => ({
    ...{ ...one, rescanNext: begins.get(keyOf(one)) ?? startBlock, rescanTo: cursor.height },
  }));
}

const hourOf = (one: Finding): Finding =>
  one.fromS === undefined ? one : { ...one, fromS: Math.floor(one.fromS / 3_600) * 3_600 };

function sweepMetrics({ db, config }: House, metrics: Metrics | undefined) {
  const chain = String(config.chain.id);
  const name = (short: string) => `tributary_chain_${short}`;
  metrics?.gauge(
    name("differences"),
    "Open differences between the chain and the books",
    () => db.read(ACTOR, (ctx) => countDifferences(ctx, config.chain.id)),
    { chain },
  );
  const found = metrics?.counter(name("differences_total"), "Differences the sweep found", ["chain", "what"]);
  const swept = metrics?.counter(name("swept_total"), "Orders and credits the sweep compared", ["chain", "what"]);
  return {
    found: (what: string) => found?.inc({ chain, what }),
    swept(orders: number, credits: number) {
      swept?.inc({ chain, what: "orders" }, orders);
      swept?.inc({ chain, what: "credits" }, credits);
    },
  };
}
