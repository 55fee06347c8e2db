import { setTimeout as pause } from "node:timers/promises";
import { toEventSelector } from "viem";
import { escrowAbi } from "../../../server/protocol/abi.ts";
import { MERCHANT, PLATFORM } from "../cast.ts";
import { tipOf } from "../chain/blocks.ts";
import type { SimulatedChain } from "../chain/chain.ts";
import type { Draw } from "../draw.ts";
import type { Servers } from "../house/servers.ts";
import { FINAL_AFTER } from "../house/settings.ts";
import type { Order, Shop } from "../house/shop.ts";
import type { Delivery } from "../nodes/answers.ts";
import { HTTP_MOODS, LYING_MOODS, REFUSING_MOODS } from "../nodes/moods.ts";
import type { FakeNode, Stance } from "../nodes/node.ts";
import type { DatabaseFaults } from "./databaseFaults.ts";
import type { Deeds } from "./deeds.ts";

/** Everything that a story moves. */
export interface Stage {
  readonly chain: SimulatedChain;
  readonly nodes: readonly FakeNode[];
  readonly servers: Servers;
  readonly shop: Shop;
  readonly deeds: Deeds;
  readonly databaseFaults: DatabaseFaults;
  /** How many processes are to run at most. */
  readonly processes: number;
  /** Told what happened, for the counts. */
  readonly met: (what: string) => void;
}

/** How often each thing happens; how long it lasts is drawn where it does. */
const WEIGHTS = {
  ...{ mine: 40, deed: 24, ask: 14, sign: 8, basket: 2, cancel: 2, withdraw: 3, reorganise: 5 },
  ...{ node: 22, process: 5, database: 7, gibberish: 1, time: 1, price: 2 },
} as const;

/** Lets things happen, `steps` of them, a few milliseconds apart. */
export async function tell(stage: Stage, steps: number, draw: Draw): Promise<void> {
  let step = 0;
  const actor = actors(stage, draw, () => step > steps * 0.6);
  keepOneRunning(stage);
  // Most stories are of a house that follows the chain; in the others it has to catch up.
  if (draw.chance(0.75)) await stage.servers.ready();
  for (; step < steps; step += 1) {
    const name = draw.weighted(WEIGHTS);
    await actor[name]();
    for (const node of stage.nodes) if (draw.chance(0.8)) node.follow();
    keepOneRunning(stage);
    await pause(draw.whole(2, 35));
  }
}

/** Somebody always starts a server that is gone, as a supervisor would. */
function keepOneRunning({ servers, processes }: Stage): void {
  while (servers.running() + servers.starting() < processes) servers.start();
}

function actors(stage: Stage, draw: Draw, late: () => boolean): Record<keyof typeof WEIGHTS, () => Promise<void>> {
  const { chain, nodes, servers, shop, deeds, databaseFaults, met } = stage;
  const signed = new Set<Order>();
  let highest = tipOf(chain.branch()).height;
  const lowest = highest;
  return {
    mine: async () => {
      await chain.mine((waiting) => waiting.filter(() => draw.chance(0.85)).slice(0, 8));
      highest = Math.max(highest, tipOf(chain.branch()).height);
    },
    deed: async () => {
      for (let deed = draw.whole(1, 3); deed > 0; deed -= 1) await deeds.one();
    },
    ask: async () => {
      const taken = await shop.ask(draw);
      if (taken) met("request");
    },
    sign: async () => {
      const order = draw.of(shop.orders);
      if (order.terms.token === TOKENLESS || signed.has(order)) return;
      signed.add(order);
      await shop.sign(order);
      met("signature");
    },
    basket: async () => {
      if (await shop.signBasket(draw)) met("basket");
    },
    cancel: async () => {
      if (await shop.cancel(draw.of(shop.orders))) met("cancelled");
    },
    withdraw: async () => {
      const account = draw.of([MERCHANT, PLATFORM]);
      const { terms } = draw.of(shop.orders);
      await shop.withdraw(account, terms.token, draw.part(terms.amount / 4n + 1n), draw);
      met("withdrawal");
    },
    gibberish: async () => {
      await chain.gibberish(draw.of(TOPICS));
      highest = Math.max(highest, tipOf(chain.branch()).height);
      met("gibberish");
    },
    time: async () => {
      // Late in a story, for what was not paid by then never can be.
      if (!late()) return;
      chain.ahead(draw.of([HOUR_S, 8 * DAY_S, 15 * DAY_S]));
      met("time_passed");
    },
    price: async () => chain.price(draw.chance(0.5) ? CHEAP : draw.of([50n, 300n, 700n]) * CHEAP),
    reorganise: async () => {
      const { height } = tipOf(chain.branch());
      // What somebody may have called final stays: counted from the highest block that there ever was.
      const deepest = Math.min(height - lowest, height - (highest - FINAL_AFTER));
      if (deepest < 1) return;
      await chain.reorganise(draw.whole(1, deepest), () => (draw.chance(0.85) ? "again" : "lost"));
      highest = Math.max(highest, tipOf(chain.branch()).height);
      met("reorganisation");
    },
    node: async () => change(draw.of(nodes), nodes, draw),
    process: async () => {
      const what = draw.weighted({ kill: 50, freeze: 35, end: 15 });
      if (what === "freeze") servers.freeze(draw.whole(30, 900));
      else servers[what]();
    },
    database: async () => {
      // A start that cannot write at all ends, as it should, and would only be tried again.
      if (servers.starting() > 0) return;
      const name = databaseFaults.begin();
      if (name) met(name);
    },
  };
}

const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;
/** Wei. */
const CHEAP = 10n ** 9n;
/** Topics of the escrow's own events. */
const TOPICS = escrowAbi.filter((entry) => entry.type === "event").map((event) => toEventSelector(event));

/** Of all its answers, how many a mood changes. */
const OFTEN = [0.3, 0.6, 1] as const;

const TOKENLESS = "0x0000000000000000000000000000000000000000";

/** Another stance, another mood, other ways with transactions, or back to normal. At most one node lies at a time. */
function change(node: FakeNode, nodes: readonly FakeNode[], draw: Draw): void {
  const others = nodes.filter((each) => each !== node);
  const somebodyLies = others.some((each) => (LYING_MOODS as readonly string[]).includes(each.currentMood() ?? ""));
  switch (draw.weighted({ well: 30, stance: 20, http: 15, refusing: 10, lying: somebodyLies ? 0 : 18, sending: 15 })) {
    case "well":
      node.mood(undefined);
      node.stance({ kind: "live" });
      node.deliveries(undefined);
      break;
    case "stance":
      node.stance(
        draw.of<Stance>([
          { kind: "behind", blocks: draw.whole(1, 5) },
          { kind: "stuck" },
          { kind: "balanced", behind: draw.whole(0, 4) },
        ]),
      );
      break;
    case "http":
      node.mood(draw.of(HTTP_MOODS), draw.of(OFTEN));
      break;
    case "refusing":
      node.mood(draw.of(REFUSING_MOODS), draw.of(OFTEN));
      break;
    case "lying":
      node.mood(draw.of(LYING_MOODS), draw.of(OFTEN));
      break;
    case "sending":
      node.deliveries(() =>
        draw.weighted<Delivery | "answer_lost">({ pooled: 30, answer_lost: 30, refused: 20, swallowed: 20 }),
      );
  }
}
