import { type Address, type Hex, numberToHex } from "viem";
import { NotYet } from "../../core/tasks.ts";
import type { Call } from "../../protocol/calls.ts";
import { RpcError } from "../rpc/errors.ts";
import type { Rpc } from "../rpc/pool.ts";
import { hex, whole } from "../rpc/read.ts";
import { type Offer, offerFor, priceOf } from "./fees.ts";
import { MARKET_CALLS, toGasNow } from "./market.ts";
import type { Candidate } from "./merge.ts";
import { revertReason } from "./revertReason.ts";
import type { Fees } from "./send.ts";

/** How long to wait for gas to become cheaper, in milliseconds. */
const CHEAPER_MS = 10_000;
/** A tenth more gas than a simulation used, for state may have grown a little meanwhile. */
const GAS_MARGIN = 11n;

/** What a simulation says: what it would cost, that it would not do all of its jobs, or why it cannot be. */
export type Verdict = Fees | { readonly reverts: string } | "not_all" | RpcError;

/** What one node says at one moment. */
export interface Simulation {
  /** In the order of the candidates. */
  readonly verdicts: readonly Verdict[];
  /** How many nonces of the sender the node has seen, waiting ones included. */
  readonly pending: number;
  /** Most gas of a block. */
  readonly blockGasLimit: bigint;
}

/** Gas costs more than the house pays. */
export class AboveCap extends NotYet {}

/**
 * Asks one node, in one request, what each would cost and whether the chain would take it. What it cannot tell of one
 * it may tell of the others.
 * @param cap most wei per gas
 * @throws AboveCap while gas costs more than the cap
 */
export function simulate(rpc: Rpc, from: Address, candidates: readonly Candidate[], cap: bigint): Promise<Simulation> {
  return rpc.onOne(async (_, each) => {
    const probes = candidates.flatMap(({ doesAll }) => (doesAll ? [doesAll] : []));
    const answers = await each([
      ...MARKET_CALLS,
      { method: "eth_getTransactionCount", params: [from, "pending"] },
      ...candidates.map(({ call }) => ({ method: "eth_estimateGas", params: [transactionOf(from, call)] })),
      ...probes.map(({ call }) => call),
    ]);
    const { market, blockGasLimit } = toGasNow(answers.splice(0, MARKET_CALLS.length));
    const [count, ...said] = answers;
    if (count instanceof RpcError) throw count;
    const estimates = said.splice(0, candidates.length);
    assertOneAnswered(estimates);
    const doAll = new Map(probes.map((probe, at) => [probe, !(said[at] instanceof RpcError) && probe.read(said[at])]));
    const offer = offerFor(market, cap);
    if (offer === undefined)
      throw new AboveCap(CHEAPER_MS, `gas costs ${priceOf(market)} wei, above the cap of ${cap}`);
    const fees = { ...offer, legacy: market.baseFee === undefined };
    return {
      verdicts: candidates.map(({ doesAll }, at) => {
        const verdict = verdictOf(estimates[at], fees, blockGasLimit);
        return doesAll && "gasLimit" in Object(verdict) && !doAll.get(doesAll) ? "not_all" : verdict;
      }),
      pending: whole(count),
      blockGasLimit,
    };
  });
}

/** A node that has no estimate at all may be the wrong one to ask: its fault is thrown, so that the next is asked. */
function assertOneAnswered(estimates: readonly unknown[]): void {
  const faults = estimates.filter((answer) => answer instanceof RpcError && !isVerdict(answer));
  if (faults.length > 0 && faults.length === estimates.length) throw faults[0];
}

/** What every node would say. */
const isVerdict = ({ fault }: RpcError): boolean => fault === "reverted" || fault === "refused";

function verdictOf(answer: unknown, offer: Offer & { readonly legacy: boolean }, blockGasLimit: bigint): Verdict {
  if (answer instanceof RpcError) return answer.fault === "reverted" ? { reverts: revertReason(answer.data) } : answer;
  const gas = BigInt(hex(answer));
  if (gas > blockGasLimit) return { reverts: `needs ${gas} gas, a block has ${blockGasLimit}` };
  const ample = (gas * GAS_MARGIN) / 10n;
  return { ...offer, gasLimit: ample < blockGasLimit ? ample : blockGasLimit };
}

/** A call as `eth_estimateGas` wants it. */
const transactionOf = (from: Address, { to, data, value }: Call): Record<string, Hex> => ({
  ...{ from, to, data },
  ...(value > 0n ? { value: numberToHex(value) } : {}),
});
