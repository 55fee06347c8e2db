import type { Hex } from "viem";
import { reconcile } from "../../../server/chain/reconciler/index.ts";
import { orderView } from "../../../server/chain/views.ts";
import type { Config } from "../../../server/config.ts";
import { system } from "../../../server/core/db/context.ts";
import type { Database } from "../../../server/core/db/database.ts";
import { sql } from "../../../server/core/db/sql.ts";
import { decodeLog } from "../../../server/protocol/decode.ts";
import { OPERATOR } from "../cast.ts";
import { tipOf } from "../chain/blocks.ts";
import type { SimulatedChain } from "../chain/chain.ts";
import { drawOf } from "../draw.ts";
import type { Order, Shop } from "../house/shop.ts";
import { startNode } from "../nodes/node.ts";
import { type JournalRow, judgeBooks, type PostingRow } from "./books.ts";
import { type ExceptionRow, type Foreign, judgeExceptions } from "./exceptions.ts";
import { escrowLogs, judgeLogs, type StoredLog } from "./logs.ts";
import { judgeOrder, type OrderRows } from "./orders.ts";
import { judgeTransactions, type OwnRow } from "./transactions.ts";

/** What a simulation is judged by. */
export interface Case {
  readonly db: Database;
  readonly config: Config;
  readonly chain: SimulatedChain;
  readonly shop: Shop;
  /** Orders that are not the house's. */
  readonly foreign: readonly Order[];
}

/** Everything in which the tables of a house at rest differ from the chain that stands; nothing where all is well. */
export async function judge(given: Case): Promise<string[]> {
  const { chain, shop, db } = given;
  const rows = reader(db);
  const branch = chain.branch();
  const logs = await rows<StoredLog>(
    "SELECT block_hash, log_index, height, tx_hash, topics, data, state FROM chain_log",
  );
  const own = await ownTransactions(rows);
  const used = await chain.nonceOf(OPERATOR.address, tipOf(branch).height);
  return [
    ...judgeLogs(branch, logs, shop.domain, shop.isOurs),
    ...(await judgeOrders(given, rows)),
    ...judgeExceptions(
      await rows<ExceptionRow>("SELECT terms_hash, kind, state FROM payment_exception WHERE kind <> 'late'"),
      await foreignOrders(given),
    ),
    ...judgeTransactions(chain, own, used),
    ...(await judgeLedger(rows)),
    ...(await differences(given)),
  ];
}

type Rows = <Row>(query: string) => Promise<Row[]>;

const reader =
  (db: Database): Rows =>
  async <Row>(query: string) =>
    (await db.read(system("judge"), (ctx) => sql<Row>(ctx.db, query, {}))).rows;

/** What the house's own audit finds, which reads the contract's storage by itself; here from a node that is true. */
async function differences({ db, config, chain }: Case): Promise<string[]> {
  const node = await startNode(chain, drawOf(0), true);
  const honest = { ...config.chain, rpcUrls: [node.url], blockRange: 100_000, rpcTimeoutMs: 20_000 };
  const { differences: found } = await reconcile({ db, config: { ...config, chain: honest } }).finally(node.stop);
  return found.map(({ what, where, expected, actual }) => `${what}: ${where}: chain ${expected}; house ${actual}`);
}

async function ownTransactions(rows: Rows): Promise<OwnRow[]> {
  const transactions = await rows<Omit<OwnRow, "purposes" | "attempts">>(
    "SELECT id, nonce, hash, state, block_hash FROM chain_transaction",
  );
  const errands = await rows<{ transaction_id: string; purpose: string }>(
    "SELECT transaction_id, purpose FROM chain_errand",
  );
  const attempts = await rows<{ transaction_id: string; hash: Hex }>("SELECT transaction_id, hash FROM chain_attempt");
  const hashes = Map.groupBy(attempts, ({ transaction_id }) => transaction_id);
  const purposes = Map.groupBy(errands, ({ transaction_id }) => transaction_id);
  return transactions.map((row) => ({
    ...row,
    attempts: (hashes.get(row.id) ?? []).map(({ hash }) => hash),
    purposes: (purposes.get(row.id) ?? []).map(({ purpose }) => purpose),
  }));
}

/** Orders whose terms their payers burnt unpaid. */
const burntIn = (chain: SimulatedChain, { domain }: Shop): ReadonlySet<Hex> =>
  new Set(
    escrowLogs(chain.branch(), domain)
      .map((log) => decodeLog(log, domain))
      .flatMap((event) => (event.kind === "cancelled" ? [event.id] : [])),
  );

async function foreignOrders({ chain, shop, foreign }: Case): Promise<Foreign[]> {
  const burnt = burntIn(chain, shop);
  const found: Foreign[] = [];
  for (const order of foreign) {
    const { call, read } = orderView(shop.domain.escrow, order.terms, "latest");
    const truth = read(await chain.ask(call.method, [...call.params]));
    const isPaid = truth.used && !burnt.has(order.id);
    found.push({ order, truth, isPaid, isOperated: order.terms.operator === OPERATOR.address });
  }
  return found;
}

async function judgeLedger(rows: Rows): Promise<string[]> {
  const postings = await rows<PostingRow>("SELECT journal_id, account, amount FROM posting");
  const journals = await rows<JournalRow>("SELECT id, key FROM journal");
  const balances = await rows<{ name: string; balance: string }>("SELECT name, balance FROM ledger_account");
  return judgeBooks(postings, journals, new Map(balances.map(({ name, balance }) => [name, BigInt(balance)])));
}

type Amount = "amount" | "held" | "captured" | "disputed" | "released" | "returned";
type OrderRow = Omit<OrderRows, Amount | "orderId" | "history" | "told"> &
  Record<Amount, string> & { readonly order_id: string };

async function judgeOrders({ chain, shop }: Case, rows: Rows): Promise<string[]> {
  const orders = await rows<OrderRow>(
    `SELECT e.order_id, e.amount, o.state, e.state AS payment, e.confidence, e.held, e.captured, e.disputed,
       e.released, e.returned, e.broken FROM escrow_order e JOIN shop_order o ON o.id = e.order_id`,
  );
  const history = await rows<{ order_id: string; event: string }>(
    "SELECT order_id, event FROM order_history ORDER BY id",
  );
  const told = await rows<{ kind: string; payload: string | { order_id: string } }>(
    `SELECT n.kind, n.payload FROM notification n
     WHERE n.user_id IN (SELECT user_id FROM shop_order) ORDER BY n.id`,
  );
  const events = Map.groupBy(history, ({ order_id }) => order_id);
  const news = Map.groupBy(told, ({ payload }) => orderIn(payload));
  const burnt = burntIn(chain, shop);
  const complaints: string[] = [];
  for (const { orderId, terms, id } of shop.orders) {
    const row = orders.find(({ order_id }) => order_id === orderId);
    if (!row) {
      complaints.push(`order ${orderId} has no row`);
      continue;
    }
    const view = orderView(shop.domain.escrow, terms, "latest");
    const onChain = view.read(await chain.ask(view.call.method, [...view.call.params]));
    complaints.push(
      ...judgeOrder(
        {
          ...row,
          orderId: row.order_id,
          ...{ amount: BigInt(row.amount), held: BigInt(row.held), captured: BigInt(row.captured) },
          ...{ disputed: BigInt(row.disputed), released: BigInt(row.released), returned: BigInt(row.returned) },
          history: (events.get(row.order_id) ?? []).map(({ event }) => event),
          told: (news.get(row.order_id) ?? []).map(({ kind }) => kind),
        },
        { ...onChain, cancelled: burnt.has(id) },
      ),
    );
  }
  return complaints;
}

const orderIn = (payload: string | { order_id: string }): string =>
  (typeof payload === "string" ? (JSON.parse(payload) as { order_id: string }) : payload).order_id;
