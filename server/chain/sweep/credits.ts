import { type Address, getAddress } from "viem";
import type { House } from "../../core/house.ts";
import { type ChainCursor, head } from "../../modules/chains/index.ts";
import { type Credit, creditsOf } from "../../modules/ledger/index.ts";
import type { Ask } from "../rpc/endpoint.ts";
import type { Rpc } from "../rpc/pool.ts";
import { creditView } from "../views.ts";
import { type Compared, onOurChain } from "./finding.ts";
import { ACTOR } from "./rounds.ts";

/**
 * Compares what the escrow owes accounts with what the ledger says, at the finalized block. A journal may hold what two
 * blocks did, the final one and one that is not; who differs is therefore compared once more, with all that is booked
 * at the cursor's block, and differs only when both do.
 * @param names ledger accounts of credits
 * @throws RpcError when no node answers that is on the tables' chain
 */
export async function compareCredits(
  { db, config }: Pick<House, "db" | "config">,
  rpc: Rpc,
  names: readonly string[],
): Promise<Compared> {
  const { id: chainId, escrow } = config.chain;
  const { cursor, credits } = await db.readAtOneMoment(ACTOR, async (ctx) => {
    const cursor = await head(ctx, chainId);
    const usable = cursor && cursor.stopped === null && names.length > 0;
    return { cursor, credits: usable ? await creditsOf(ctx, names, cursor.finalizedHeight) : [] };
  });
  if (!cursor || cursor.finalizedHeight < 0 || credits.length === 0) return { subjects: [], found: [] };
  return rpc.onOne(async (ask) => {
    const owed = await owedAt(ask, escrow, credits, cursor.finalizedHeight);
    await onOurChain(ask, cursor);
    const doubtful = credits.filter(({ final }, at) => final !== owed[at]);
    const now = await owedAt(ask, escrow, doubtful, cursor.height);
    if (doubtful.length > 0) await onOurChain(ask, cursor);
    return {
      subjects: credits.map(({ name }) => name),
      found: doubtful.flatMap((credit, at) => differenceOf(credit, now[at] ?? 0n, cursor)),
    };
  });
}

async function owedAt(ask: Ask, escrow: Address, credits: readonly Credit[], height: number): Promise<bigint[]> {
  const views = credits.map(({ owner, token }) => creditView(escrow, getAddress(owner), getAddress(token), height));
  const answers = views.length === 0 ? [] : await ask(views.map(({ call }) => call));
  return views.map((view, at) => view.read(answers[at]));
}

function differenceOf({ name, balance }: Credit, owed: bigint, { height }: ChainCursor) {
  if (balance === owed) return [];
  const said = { expected: `credit ${owed}`, actual: `credit ${balance}` };
  return [{ what: "credit" as const, subject: name, height, ...said, fromHeight: undefined, fromS: undefined }];
}
