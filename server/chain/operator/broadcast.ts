import type { Hex } from "viem";
import { system } from "../../core/db/context.ts";
import { type ChainTransaction, type Move, moveTransactions } from "../../modules/chains/index.ts";
import { RpcError } from "../rpc/errors.ts";
import type { Rpc } from "../rpc/pool.ts";
import { chunks } from "./merge.ts";
import { meaningOf } from "./refusals.ts";
import type { Sender } from "./send.ts";

const ACTOR = system("operator");
/** Most transactions of one request, so that they reach the node in their order. */
const MOST_SENT = 50;

/** A stored transaction to be told, with the bytes of its newest attempt. */
export type Sendable = Pick<ChainTransaction, "id" | "state" | "error"> & { readonly raw: Hex };

/**
 * Tells a node of stored transactions in the order of their nonces, or tells them again: the same bytes are the same
 * transaction. Where no answer comes one may have arrived all the same, so it counts as submitted. What the node
 * refuses stays as it was, with the reason.
 */
export async function broadcast({ db, rpc }: Pick<Sender, "db" | "rpc">, rows: readonly Sendable[]): Promise<Move[]> {
  const refusals = new Map<string, string>();
  for (const chunk of chunks(rows, MOST_SENT)) for (const [id, why] of await tell(rpc, chunk)) refusals.set(id, why);
  const moves = rows.flatMap(({ id, state, error }): Move[] => {
    const why = refusals.get(id) ?? null;
    const to = why === null || meaningOf(why) === "used" ? "submitted" : state;
    return to === state && why === error ? [] : [{ id, from: state, to, facts: { error: why } }];
  });
  return moves.length === 0 ? [] : db.write(ACTOR, (ctx) => moveTransactions(ctx, moves));
}

/** What the node refuses, by id. One that it refused for a lower nonce it did not have is told again once it has that. */
async function tell(rpc: Rpc, rows: readonly Sendable[]): Promise<Map<string, string>> {
  const refused = new Map<string, string>();
  for (let open = rows; open.length > 0; ) {
    const calls = open.map(({ raw }) => ({ method: "eth_sendRawTransaction", params: [raw] }));
    const answers = await rpc.onOne((_, each) => each(calls)).catch(unanswered);
    const again = open.filter(({ id }, at) => {
      const why = refusalOf(answers[at]);
      if (why === undefined) refused.delete(id);
      else refused.set(id, why);
      return why !== undefined && meaningOf(why) !== "used";
    });
    if (again.length === open.length) break;
    open = again;
  }
  return refused;
}

function unanswered(error: unknown): unknown[] {
  if (!(error instanceof RpcError)) throw error;
  return [];
}

function refusalOf(answer: unknown): string | undefined {
  if (!(answer instanceof RpcError)) return undefined;
  const answered = answer.fault === "refused" || answer.fault === "reverted";
  return answered && meaningOf(answer.message) !== "known" ? answer.message : undefined;
}
