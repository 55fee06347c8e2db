import type { Hex } from "viem";
import type { House } from "../../core/house.ts";
import { type ChainCursor, type ChainLog, head, logsOfOrders } from "../../modules/chains/index.ts";
import { escrowAccounts } from "../../modules/ledger/index.ts";
import { type SweptOrder, snapshot, snapshotOf, sweptOrders, termsOf } from "../../modules/payments/index.ts";
import type { OrderFold } from "../../protocol/fold.ts";
import { orderPositions } from "../../protocol/positions.ts";
import type { EscrowDomain, Terms } from "../../protocol/terms.ts";
import { byOrder, foldLogs, type ReadLog, readAgain } from "../listener/logRows.ts";
import { amountsOf, viewOf, wrongOf } from "../reconciler/orderView.ts";
import type { Rpc } from "../rpc/pool.ts";
import { type OrderOnChain, orderView } from "../views.ts";
import { type Compared, type Finding, onOurChain } from "./finding.ts";
import { ACTOR } from "./rounds.ts";

/** Before an order's payment was opened nobody had its terms; clocks may differ by so much, in seconds. */
const CLOCKS_DIFFER_S = 3_600;

/** An order as the tables have it, all of one moment. */
interface Stored {
  readonly termsHash: Hex;
  readonly row: SweptOrder | undefined;
  readonly logs: readonly ReadLog[];
  readonly fold: OrderFold | undefined;
  /** Its ledger accounts in the escrow -> base units. */
  readonly accounts: ReadonlyMap<string, bigint>;
}

/**
 * Compares orders: what the escrow keeps of them at the finalized block against the stored logs up to it, their rows and
 * their ledger accounts against all of their logs.
 * @param hashes the chain's ids, of ours and of strangers
 * @throws RpcError when no node answers that is on the tables' chain
 */
export async function compareOrders(
  { db, config }: Pick<House, "db" | "config">,
  rpc: Rpc,
  hashes: readonly Hex[],
): Promise<Compared> {
  const { chain } = config;
  const domain = { chainId: chain.id, escrow: chain.escrow };
  const { cursor, orders } = await db.readAtOneMoment(ACTOR, async (ctx) => {
    const cursor = await head(ctx, chain.id);
    if (!cursor || cursor.stopped !== null || hashes.length === 0) return { cursor: undefined, orders: [] };
    const rows = await sweptOrders(ctx, chain.id, hashes);
    const logs = byOrder(await logsOfOrders(ctx, chain.id, hashes));
    const accounts = Map.groupBy(await escrowAccounts(ctx, chain.id, hashes), ([, { owner }]) => owner);
    return { cursor, orders: hashes.map((hash) => storedOrder(hash, { rows, logs, accounts }, domain)) };
  });
  if (!cursor) return { subjects: [], found: [] };
  const views = await viewsOf(rpc, cursor, domain, orders);
  return {
    subjects: hashes,
    found: orders.flatMap((order) => differencesOf(order, views.get(order.termsHash), cursor, domain)),
  };
}

interface Tables {
  readonly rows: ReadonlyMap<Hex, SweptOrder>;
  readonly logs: ReadonlyMap<Hex, readonly ChainLog[]>;
  readonly accounts: ReadonlyMap<string, readonly (readonly [string, { readonly balance: bigint }])[]>;
}

function storedOrder(termsHash: Hex, { rows, logs, accounts }: Tables, domain: EscrowDomain): Stored {
  const own = (logs.get(termsHash) ?? []).map((log) => readAgain(log, domain, true));
  return {
    ...{ termsHash, row: rows.get(termsHash), logs: own, fold: foldLogs(own) },
    accounts: new Map((accounts.get(termsHash) ?? []).map(([name, { balance }]) => [name, balance])),
  };
}

/** The escrow's own word at the finalized block, in one request. Terms that nobody knows cannot be asked for. */
async function viewsOf(
  rpc: Rpc,
  cursor: ChainCursor,
  { escrow }: EscrowDomain,
  orders: readonly Stored[],
): Promise<ReadonlyMap<Hex, OrderOnChain>> {
  const asked = orders.flatMap(({ termsHash, row, fold }) => {
    const terms: Terms | undefined = row ? termsOf(row) : fold?.terms;
    return terms ? [{ termsHash, view: orderView(escrow, terms, cursor.finalizedHeight) }] : [];
  });
  if (cursor.finalizedHeight < 0 || asked.length === 0) return new Map();
  return rpc.onOne(async (ask) => {
    await onOurChain(ask, cursor);
    const answers = await ask(asked.map(({ view }) => view.call));
    return new Map(asked.map(({ termsHash, view }, at) => [termsHash, view.read(answers[at])]));
  });
}

function differencesOf(
  { termsHash, row, logs, fold, accounts }: Stored,
  view: OrderOnChain | undefined,
  { height, finalizedHeight }: ChainCursor,
  domain: EscrowDomain,
): Finding[] {
  const final = foldLogs(logs.filter((log) => log.height <= finalizedHeight));
  const inLog = view && wrongOf(amountsOf(view), amountsOf(viewOf(final)));
  const inRow = row && wrongOf(rowSays(snapshotOf(fold, "seen")), rowSays(snapshot(row)));
  const held = wrongOf(...bothSides(fold, accounts, domain.chainId));
  const of = { subject: termsHash, ...beginning(row, logs) };
  return [
    ...(inLog ? [{ what: "log" as const, height: finalizedHeight, ...of, ...inLog }] : []),
    ...(inRow ? [{ what: "row" as const, height, ...of, ...inRow }] : []),
    ...(held ? [{ what: "held" as const, height, ...of, ...held }] : []),
  ];
}

/** What a payment's row says of its money; how sure it is changes with every block. */
function rowSays({ confidence: _, broken, ...payment }: ReturnType<typeof snapshot>) {
  return { ...amountsOf(payment), broken: broken ?? "no" };
}

/** An order's accounts in the escrow by its logs, and as the ledger has them. */
function bothSides(
  fold: OrderFold | undefined,
  accounts: ReadonlyMap<string, bigint>,
  chainId: number,
): [Record<string, bigint>, Record<string, bigint>] {
  const positions = [...(fold ? orderPositions(fold, chainId) : [])].filter(([name]) => name.startsWith("escrow_"));
  const expected = new Map(positions);
  const names = [...new Set([...expected.keys(), ...accounts.keys()])];
  const side = (of: ReadonlyMap<string, bigint>) => Object.fromEntries(names.map((name) => [name, of.get(name) ?? 0n]));
  return [side(expected), side(accounts)];
}

/** Where its first log may be: ours cannot be older than their payment, a stranger's begins with what is stored. */
function beginning(row: SweptOrder | undefined, logs: readonly ChainLog[]): Pick<Finding, "fromHeight" | "fromS"> {
  if (row) return { fromHeight: undefined, fromS: Math.floor(row.openedAt / 1_000) - CLOCKS_DIFFER_S };
  return { fromHeight: logs[0]?.height, fromS: undefined };
}
