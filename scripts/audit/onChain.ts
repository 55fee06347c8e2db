import { type Address, decodeFunctionData, type Hex, type Transaction } from "viem";
import { escrowAbi } from "../../server/protocol/abi.ts";
import { ROUTE } from "../../server/protocol/fold.ts";
import { packTerms, type Terms, unpackTerms } from "../../server/protocol/terms.ts";
import type { ChainClient } from "../client/chain.ts";
import { inParallel } from "../support/parallel.ts";
import { type Amounts, noAmounts } from "./books.ts";

/** Questions to the node at the same time. */
const WIDTH = 20;

/** What the contract itself says of an order, in base units. */
export const orderOnChain = (chain: ChainClient, escrow: Address, terms: Terms) =>
  chain.readContract({ address: escrow, abi: escrowAbi, functionName: "orderOf", args: [packTerms(terms)] });

/** What the contract lets an account withdraw. */
export const creditOnChain = (chain: ChainClient, escrow: Address, account: Address, token: Address) =>
  chain.readContract({ address: escrow, abi: escrowAbi, functionName: "creditOf", args: [account, token] });

/** Blocks asked for at once: all events of a long chain would be more than one answer may hold. */
const RANGE = 100n;

/** Every event of the contract from its first block on, in order. */
export async function eventsOnChain(chain: ChainClient, escrow: Address, startBlock: number) {
  const first = BigInt(startBlock);
  const tip = await chain.getBlockNumber();
  const ranges = Array.from({ length: Number((tip - first) / RANGE) + 1 }, (_, at) => first + BigInt(at) * RANGE);
  const events = await inParallel(ranges, WIDTH, (fromBlock) => {
    const toBlock = fromBlock + RANGE - 1n < tip ? fromBlock + RANGE - 1n : tip;
    return chain.getContractEvents({ address: escrow, abi: escrowAbi, fromBlock, toBlock, strict: true });
  });
  return events.flat();
}

export type ChainEvent = Awaited<ReturnType<typeof eventsOnChain>>[number];

/** Sums the events per token: another way to the totals than the server's fold and the contract's views. */
export function amountsOnChain(events: readonly ChainEvent[]): Map<Address, Amounts> {
  const tokenOf = new Map<Hex, Address>();
  const sums = new Map<Address, Amounts>();
  const sumOf = (token: Address) => {
    const sum = sums.get(token) ?? noAmounts();
    sums.set(token, sum);
    return sum;
  };
  for (const event of events) {
    if (event.eventName === "Authorized") tokenOf.set(event.args.id, event.args.terms.token);
    const token = tokenIn(event, tokenOf);
    if (token) add(sumOf(token), event);
  }
  return sums;
}

/** The token that an event moved; undefined where it moved none. */
function tokenIn({ eventName, args }: ChainEvent, tokenOf: ReadonlyMap<Hex, Address>): Address | undefined {
  if (eventName === "NonceUsed" || eventName === "MandateSet") return undefined;
  if (eventName === "Distributed") return args.sale.token;
  return "token" in args ? args.token : tokenOf.get(args.id);
}

function add(sum: Amounts, event: ChainEvent): void {
  switch (event.eventName) {
    case "Withdrawn":
      sum.withdrawn += event.args.amount;
      return;
    case "Deposited":
      sum.deposited += event.args.amount;
      sum.credited += event.args.amount;
      return;
    case "Distributed":
      sum.spent += event.args.debited;
      sum.credited += event.args.debited;
      return;
    default:
      addOrderEvent(sum, event);
  }
}

function addOrderEvent(sum: Amounts, event: ChainEvent): void {
  switch (event.eventName) {
    case "Authorized": {
      const { amount } = unpackTerms(event.args.terms);
      sum.authorized += amount;
      sum.held += amount;
      if (event.args.route === ROUTE.credit) sum.spent += amount;
      return;
    }
    case "Captured":
      sum.held -= event.args.amount;
      if (event.args.releaseAt > 0n) sum.captured_unreleased += event.args.amount;
      else release(sum, event.args.amount);
      return;
    case "Released":
      sum.captured_unreleased -= event.args.amount;
      release(sum, event.args.amount);
      return;
    case "Voided":
      sum.held -= event.args.amount;
      sum.voided += event.args.amount;
      return;
    case "Reclaimed":
      sum.held -= event.args.amount;
      sum.reclaimed += event.args.amount;
      return;
    case "Refunded":
      sum.captured_unreleased -= event.args.amount;
      sum.refunded += event.args.amount;
      return;
    case "Disputed":
      sum.captured_unreleased -= event.args.amount;
      sum.disputed += event.args.amount;
      return;
    case "Resolved":
      sum.disputed -= event.args.toPayer + event.args.toLegs;
      sum.resolved_to_payer += event.args.toPayer;
      release(sum, event.args.toLegs);
      return;
    case "RefundedReleased":
      sum.refunded_released += event.args.amount;
      sum.spent += event.args.fromCredit;
      return;
    case "ReturnCredited":
      sum.credited += event.args.amount;
  }
}

function release(sum: Amounts, amount: bigint): void {
  sum.released += amount;
  sum.credited += amount;
}

/** Gas of one sort of call, over all that the demo made. */
export interface GasUse {
  count: number;
  median: number;
}

/** Gas by operation, from the receipts of all transactions to the contract that are on the chain now. */
export async function gasOnChain(
  chain: ChainClient,
  escrow: Address,
  startBlock: number,
): Promise<Record<string, GasUse>> {
  const used = new Map<string, number[]>();
  const tip = await chain.getBlockNumber();
  const heights = Array.from({ length: Number(tip) - startBlock + 1 }, (_, at) => BigInt(startBlock + at));
  await inParallel(heights, WIDTH, async (blockNumber) => {
    const { transactions } = await chain.getBlock({ blockNumber, includeTransactions: true });
    for (const transaction of transactions.filter(({ to }) => to?.toLowerCase() === escrow.toLowerCase())) {
      const receipt = await chain.getTransactionReceipt({ hash: transaction.hash });
      const name = receipt.status === "success" ? operation(transaction) : "reverted";
      const all = used.get(name) ?? [];
      all.push(Number(receipt.gasUsed));
      used.set(name, all);
    }
  });
  return Object.fromEntries([...used].sort().map(([name, all]) => [name, { count: all.length, median: median(all) }]));
}

function operation({ input, value }: Pick<Transaction, "input" | "value">): string {
  const { functionName } = decodeFunctionData({ abi: escrowAbi, data: input });
  if (functionName === "authorize") return value > 0n ? "authorize_eth" : "authorize_allowance";
  if (functionName === "authorizeWithAuthorization") return "authorize_erc3009";
  return functionName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The middle one, the lower of two. */
const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The smallest value that is not below `part` of all. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(part * sorted.length) - 1))] ?? 0;
}
