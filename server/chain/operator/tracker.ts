import { type Hex, numberToHex } from "viem";
import { type ReadContext, system } from "../../core/db/context.ts";
import type { House } from "../../core/house.ts";
import {
  type ChainTransaction,
  head,
  moveTransaction,
  openTransactions,
  transactionFor,
} from "../../modules/chains/index.ts";
import { dropRequest } from "../../modules/payments/index.ts";
import type { Ask, Call } from "../rpc/endpoint.ts";
import { RpcError } from "../rpc/errors.ts";
import { type Receipt, receiptCall, toReceipt, whole } from "../rpc/read.ts";
import { revertReason } from "./revertReason.ts";
import { broadcast, type Sender } from "./send.ts";

const ACTOR = system("operator");

/** What a node says of one of our transactions. */
interface Sighting {
  readonly row: ChainTransaction;
  readonly receipt: Receipt | undefined;
  /** Whether the node has it, mined or waiting. */
  readonly known: boolean;
  /** How many nonces of ours are used in what is final. */
  readonly usedFinally: number;
}

export interface TrackerOptions extends Sender {
  /** Told of every transaction that came to another state. */
  readonly onSettled: (state: string) => void;
}

/**
 * Looks after every transaction that is not settled, lowest nonce first. Only a receipt, or its nonce being used by
 * another one in what is final, decides; one that no node knows is sent again as it is.
 * @returns how many are open
 */
export async function track(house: House, options: TrackerOptions): Promise<number> {
  const { db, config } = house;
  const { id: chainId, operator } = config.chain;
  const { rows, finalized } = await db.read(ACTOR, async (ctx) => {
    const finalized = (await head(ctx, chainId))?.finalizedHeight ?? -1;
    return { rows: await openTransactions(ctx, chainId, operator, finalized), finalized };
  });
  if (rows.length === 0) return 0;
  for (const sighting of await options.rpc.onOne((ask) => sightings(ask, rows, finalized)))
    await follow(house, options, sighting, finalized);
  return rows.length;
}

/** Everything of one moment of one node: what two nodes say together may never have been true. */
async function sightings(ask: Ask, rows: readonly ChainTransaction[], finalized: number): Promise<Sighting[]> {
  const hashes = rows.map(({ hash }) => hash ?? ("0x" as Hex));
  const [count, ...answers] = await ask([
    {
      method: "eth_getTransactionCount",
      params: [rows[0]?.sender, finalized < 0 ? "earliest" : numberToHex(finalized)],
    },
    ...hashes.map(receiptCall),
    ...hashes.map((hash): Call => ({ method: "eth_getTransactionByHash", params: [hash] })),
  ]);
  return rows.map((row, at) => ({
    row,
    receipt: toReceipt(answers[at], hashes[at] ?? "0x"),
    known: answers[rows.length + at] !== null,
    usedFinally: whole(count),
  }));
}

async function follow(house: House, options: TrackerOptions, seen: Sighting, finalized: number): Promise<void> {
  const { row, receipt, known, usedFinally } = seen;
  if (receipt) return mined(house, options, row, receipt, finalized);
  if (row.state === "mined" || row.state === "failed") return unmined(house, options, row);
  if (known) {
    if (row.state === "prepared") await move(house, options, row, "submitted");
    return;
  }
  if (row.nonce !== null && usedFinally > row.nonce) return superseded(house, options, row);
  await broadcast(options, row);
}

async function mined(
  house: House,
  options: TrackerOptions,
  row: ChainTransaction,
  receipt: Receipt,
  finalized: number,
): Promise<void> {
  const { blockHash, height, gasUsed, reverted } = receipt;
  const state = reverted ? "failed" : height <= finalized ? "final" : "mined";
  if (row.state === state && row.blockHash === blockHash) return;
  const error = reverted ? (row.error ?? (await reasonOf(options, row, height))) : null;
  await move(house, options, row, state, { blockHash, height, gasUsed, error });
}

/** Why a transaction reverted, as far as its block still tells. */
async function reasonOf({ rpc }: Sender, { sender, to, data }: ChainTransaction, height: number): Promise<string> {
  try {
    await rpc.onOne((ask) => ask([{ method: "eth_call", params: [{ from: sender, to, data }, numberToHex(height)] }]));
    return revertReason(undefined);
  } catch (error) {
    if (error instanceof RpcError && error.fault === "reverted") return revertReason(error.data);
    throw error;
  }
}

/** A reorganisation took its block, so it is on its way again; unless, having failed, it was replaced by another. */
async function unmined(house: House, options: TrackerOptions, row: ChainTransaction): Promise<void> {
  const facts = { blockHash: null, height: null, gasUsed: null, error: null };
  const replaced = row.state === "failed" && (await house.db.read(ACTOR, (ctx) => isServed(ctx, row)));
  await move(house, options, row, replaced ? "superseded" : "submitted", facts);
  if (!replaced) await broadcast(options, { ...row, ...facts, state: "submitted" });
}

const isServed = async (ctx: ReadContext, { chainId, purpose }: ChainTransaction): Promise<boolean> =>
  (await transactionFor(ctx, chainId, purpose)) !== null;

/** Its nonce went to another transaction for good: it will never happen, and what it was for is looked at anew. */
async function superseded(house: House, options: TrackerOptions, row: ChainTransaction): Promise<void> {
  house.log.error({ hash: row.hash, nonce: row.nonce, purpose: row.purpose }, "another transaction took our nonce");
  await house.db.write(ACTOR, async (ctx) => {
    const moved = await moveTransaction(ctx, row, "superseded", { error: `nonce ${row.nonce} went to another one` });
    if (moved) await ctx.emit(row.kind, row.request, { key: `again:${row.id}` });
  });
  options.onSettled("superseded");
}

async function move(
  { db }: House,
  { onSettled }: TrackerOptions,
  row: ChainTransaction,
  state: ChainTransaction["state"],
  facts: Parameters<typeof moveTransaction>[3] = {},
): Promise<void> {
  await db.write(ACTOR, async (ctx) => {
    await moveTransaction(ctx, row, state, facts);
    const { request_id } = row.request;
    if (state === "failed" && request_id !== undefined) await dropRequest(ctx, request_id);
  });
  onSettled(state);
}
