import { type Address, getAddress } from "viem";
import type { Config } from "../../config.ts";
import { system } from "../../core/db/context.ts";
import type { Database } from "../../core/db/database.ts";
import { type ChainDifference, openDifferences } from "../../modules/chains/index.ts";
import type { CreditFold } from "../../protocol/creditFold.ts";
import { RpcError } from "../rpc/errors.ts";
import { createRpc, type Rpc } from "../rpc/pool.ts";
import { blocksAt } from "../rpc/read.ts";
import { type ChainSide, readChainSide } from "./chainSide.ts";
import { compare, type Difference, owedIn } from "./compare.ts";
import { type HouseSide, readHouseSide } from "./houseSide.ts";

/** Sums of one token over everything in the escrow, in base units. */
export interface Totals {
  authorized: bigint;
  held: bigint;
  captured_unreleased: bigint;
  disputed: bigint;
  released: bigint;
  /** Before release. */
  refunded: bigint;
  voided: bigint;
  reclaimed: bigint;
  /** The payers' part of disputes that ended. */
  resolved_to_payer: bigint;
  /** Of what was released: went back at the merchants' cost. */
  refunded_released: bigint;
  deposited: bigint;
  /** What became somebody's credit, whatever became of it then. */
  credited: bigint;
  /** Credit that paid for orders, refunds after release and shares of sales paid elsewhere. */
  spent: bigint;
  withdrawn: bigint;
  /** What the escrow has. */
  balance: bigint;
  /** Of it, sent by somebody without being asked; nobody's. */
  uninvited: bigint;
}

export interface Reconciliation {
  readonly chainId: number;
  /** The block at which everything was compared: the cursor's. */
  readonly height: number;
  readonly differences: readonly Difference[];
  /** What the sweep of the server found and is there still. */
  readonly open: readonly ChainDifference[];
  /** By token. */
  readonly totals: ReadonlyMap<Address, Totals>;
}

const ACTOR = system("reconciler");

/**
 * Compares the escrow with stored logs, orders and ledger at the block up to which the house has read the chain.
 * Reads only; whatever differs is for a person.
 * @throws when nothing has been read yet, or the cursor's block is not part of the chain (a reorganisation that the
 *         listener has yet to see)
 */
export async function reconcile(
  house: { db: Database; config: Pick<Config, "chain"> },
  rpc?: Rpc,
): Promise<Reconciliation> {
  const { chain } = house.config;
  const nodes = rpc ?? createRpc(chain);
  const domain = { chainId: chain.id, escrow: chain.escrow };
  const tables = await house.db.readAtOneMoment(ACTOR, (ctx) => readHouseSide(ctx, chain.id, chain.startBlock));
  const { height, hash } = tables.cursor;
  const place = { ...domain, startBlock: chain.startBlock, height, span: chain.blockRange };
  const truth = await nodes.onOne(async (ask) => {
    const [block] = height < 0 ? [] : await blocksAt(ask, [height]);
    if (block && block.hash !== hash)
      throw new RpcError("behind", `block ${height} is ${block.hash} at the node and ${hash} in the tables`);
    return readChainSide(ask, place, {
      orders: new Map(tables.orders.map(({ termsHash, terms }) => [termsHash, terms])),
      accounts: creditAccounts(tables),
      tokens: chain.tokens.map(({ address }) => address),
    });
  });
  return {
    chainId: chain.id,
    height,
    differences: compare(truth, tables, domain),
    open: await house.db.read(ACTOR, (ctx) => openDifferences(ctx, chain.id)),
    totals: new Map([...truth.holdings.keys()].map((token) => [token, totalsOf(truth, token)])),
  };
}

/** Who has credit by the ledger, so that credit which the chain does not know is found. */
const creditAccounts = ({ ledger }: HouseSide) =>
  [...ledger.keys()].flatMap((name) => {
    const [kind, account = "", , token = ""] = name.split(":");
    return kind === "credit" ? [{ account: getAddress(account), token: getAddress(token) }] : [];
  });

function totalsOf(chain: ChainSide, token: Address): Totals {
  const folds = [...chain.folds.values()].filter(({ terms }) => terms?.token === token);
  const over = (amount: (fold: (typeof folds)[number]) => bigint) =>
    folds.reduce((sum, fold) => sum + amount(fold), 0n);
  const credits = [...chain.creditFolds.values()].filter((fold) => fold.token === token);
  const among = (amount: (fold: CreditFold) => bigint) => credits.reduce((sum, fold) => sum + amount(fold), 0n);
  const balance = chain.holdings.get(token)?.balance ?? 0n;
  return {
    authorized: over(({ terms }) => terms?.amount ?? 0n),
    held: over(({ held }) => held),
    captured_unreleased: over(({ captured }) => captured),
    disputed: over(({ disputed }) => disputed),
    released: over(({ released }) => released),
    refunded: over(({ refunded }) => refunded),
    voided: over(({ voided }) => voided),
    reclaimed: over(({ reclaimed }) => reclaimed),
    resolved_to_payer: over(({ resolvedToPayer }) => resolvedToPayer),
    refunded_released: over(({ refundedReleased }) => refundedReleased),
    deposited: among(({ deposited }) => deposited),
    credited: among(({ earned, returned, deposited, distributed }) => earned + returned + deposited + distributed),
    spent: among(({ paid, refunded, debited }) => paid + refunded + debited),
    withdrawn: among(({ withdrawn }) => withdrawn),
    balance,
    uninvited: balance - owedIn(chain, token),
  };
}
