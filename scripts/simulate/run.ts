import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Address } from "viem";
import { tipOf } from "./chain/blocks.ts";
import { type Base, type SimulatedChain, startChain } from "./chain/chain.ts";
import { type Draw, drawOf } from "./draw.ts";
import { type Copy, OWN_NAME, openAt, type Template } from "./house/databases.ts";
import { makeServers } from "./house/servers.ts";
import { settingsFor } from "./house/settings.ts";
import { placeOrders } from "./house/shop.ts";
import { type FakeNode, startNode } from "./nodes/node.ts";
import { type DatabaseFaults, postgresFaults, sqliteFaults } from "./story/databaseFaults.ts";
import { makeDeeds } from "./story/deeds.ts";
import { digBelowFinal } from "./story/deep.ts";
import { settle } from "./story/settle.ts";
import { tell } from "./story/story.ts";
import { watch } from "./story/watcher.ts";
import { judge } from "./verdict/index.ts";

/** What one process has for all of its simulations. */
export interface Place {
  readonly base: Base;
  readonly template: Template;
  /** The bundled server. */
  readonly script: string;
  readonly addressBook: string;
}

/** What came of one seed. `why` is empty where all was well; `kept` is the folder with what is left of a failure. */
export interface Outcome {
  readonly seed: number;
  readonly dialect: string;
  readonly why: readonly string[];
  readonly kept: string | undefined;
  readonly seconds: number;
  readonly met: Readonly<Record<string, number>>;
}

/** Plays the story of one seed and judges its end. */
export async function runSeed(place: Place, seed: number): Promise<Outcome> {
  const began = performance.now();
  const folder = await mkdtemp(join(tmpdir(), `tributary-simulation-${seed}-`));
  const copy = await place.template.copy(folder);
  const met = new Map<string, number>();
  let why: readonly string[];
  try {
    why = await play(place, drawOf(seed), folder, copy, met);
  } catch (error) {
    why = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  }
  if (why.length > 0) await writeFile(join(folder, "why.txt"), `${why.join("\n")}\n`);
  else {
    await copy.drop();
    await rm(folder, { recursive: true, force: true });
  }
  return {
    ...{ seed, dialect: place.template.dialect, why, kept: why.length > 0 ? folder : undefined },
    seconds: (performance.now() - began) / 1_000,
    met: Object.fromEntries(met),
  };
}

async function play(
  place: Place,
  draw: Draw,
  folder: string,
  copy: Copy,
  counts: Map<string, number>,
): Promise<string[]> {
  const closing: (() => Promise<unknown>)[] = [];
  const met = (what: string, times = 1) => counts.set(what, (counts.get(what) ?? 0) + times);
  try {
    const chain = await startChain(place.base, draw.apart());
    const nodes = await startNodes(chain, draw);
    closing.push(() => Promise.all(nodes.map((node) => node.stop())));
    const { env, config } = settingsFor(
      { folder, addressBook: place.addressBook, databaseUrl: copy.url, nodes: nodes.map(({ url }) => url) },
      draw,
    );
    const db = await openAt(ownUrl(copy.url));
    closing.push(() => db.close());
    const shop = await placeOrders(db, config, Math.floor(Date.now() / 1_000), draw.whole(8, 14), draw.apart());
    const servers = makeServers(place.script, env, join(folder, "server.log"), draw.apart());
    closing.push(() => servers.stop());
    const databaseFaults = await faultsOf(copy.url, draw.apart());
    closing.push(() => databaseFaults.close());
    const deeds = makeDeeds(chain, shop, place.base.evm.token as Address, draw.apart());
    const watcher = watch(db, chain);
    closing.push(() => watcher.stop());

    const processes = place.template.dialect === "postgres" ? draw.whole(1, 2) : draw.chance(0.2) ? 2 : 1;
    const stage = { chain, nodes, servers, shop, deeds, databaseFaults, processes, met };
    await tell(stage, draw.whole(60, 120), draw);
    const deep = draw.chance(0.1) ? await digBelowFinal(stage, { db, config, watcher }, draw) : [];
    const unsettled = deep.length > 0 ? deep : await settle(stage, db, config);

    for (const { met: seen } of nodes) for (const [what, times] of seen) met(what, times);
    for (const [what, times] of Object.entries(servers.counts)) met(what, times);
    met("reorganised_blocks", chain.reorged());
    met("blocks", tipOf(chain.branch()).height - tipOf(place.base.blocks).height);
    met("looks", watcher.looks());
    const verdict = unsettled.length > 0 ? unsettled : await judge({ db, config, chain, shop, foreign: deeds.foreign });
    return [...verdict, ...watcher.complaints, ...servers.deaths];
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

async function startNodes(chain: SimulatedChain, draw: Draw): Promise<FakeNode[]> {
  const count = draw.whole(1, 3);
  const nodes: FakeNode[] = [];
  for (let at = 0; at < count; at += 1) nodes.push(await startNode(chain, draw.apart(), draw.chance(0.5)));
  return nodes;
}

/** So that the simulation's own connections are told from those that it ends. */
function ownUrl(url: string): string {
  if (url.startsWith("sqlite:")) return url;
  return `${url}?application_name=${OWN_NAME}`;
}

const faultsOf = (url: string, draw: Draw): Promise<DatabaseFaults> =>
  url.startsWith("sqlite:")
    ? Promise.resolve(sqliteFaults(url.slice("sqlite:".length), draw))
    : postgresFaults(url, draw);
