import { type Address, type Hex, numberToHex } from "viem";
import { NotYet } from "../../core/tasks.ts";
import type { Call } from "../../protocol/calls.ts";
import type { AskEach } from "../rpc/endpoint.ts";
import { RpcError } from "../rpc/errors.ts";
import type { Rpc } from "../rpc/pool.ts";
import { hex, whole } from "../rpc/read.ts";
import type { Candidate } from "./merge.ts";
import { revertReason } from "./revertReason.ts";
import type { Fees } from "./send.ts";

/** How long to wait for gas to become cheaper, in milliseconds. */
const CHEAPER_MS = 10_000;
/** A tenth more gas than a simulation used, for state may have grown a little meanwhile. */
const GAS_MARGIN = 11n;
const TIP_WEI = 1_000_000_000n;

/** What a simulation says: what it would cost, that it would not do all of its jobs, or why it cannot be. */
export type Verdict = Fees | { readonly reverts: string } | "not_all" | RpcError;

/** What one node says at one moment. */
export interface Simulation {
  /** In the order of the candidates. */
  readonly verdicts: readonly Verdict[];
  /** How many nonces of the sender the node has seen, waiting ones included. */
  readonly pending: number;
}

/**
 * Asks one node, in one request, what each would cost and whether the chain would take it.
 * @param cap most wei per gas
 * @throws NotYet while gas costs more than the cap
 */
export function simulate(rpc: Rpc, from: Address, candidates: readonly Candidate[], cap: bigint): Promise<Simulation> {
  return rpc.onOne(async (_, each) => {
    const probes = candidates.flatMap(({ doesAll }) => (doesAll ? [doesAll] : []));
    const [block, count, ...answers] = await trusted(each, [
      { method: "eth_getBlockByNumber", params: ["latest", false] },
      { method: "eth_getTransactionCount", params: [from, "pending"] },
      ...candidates.map(({ call }) => ({ method: "eth_estimateGas", params: [transaction(from, call)] })),
      ...probes.map(({ call }) => call),
    ]);
    const said = answers.splice(candidates.length);
    const doAll = new Map(probes.map((probe, at) => [probe, !(said[at] instanceof RpcError) && probe.read(said[at])]));
    assertCheap(block, cap);
    return {
      verdicts: candidates.map(({ doesAll }, at) => {
        const verdict = verdictOf(answers[at], cap);
        return doesAll && "gasLimit" in Object(verdict) && !doAll.get(doesAll) ? "not_all" : verdict;
      }),
      pending: whole(count),
    };
  });
}

/** Answers of which another node may have none better: what only fails here is thrown, so that the next is asked. */
async function trusted(each: AskEach, calls: Parameters<AskEach>[0]): ReturnType<AskEach> {
  const answers = await each(calls);
  const fault = answers.find(
    (answer) => answer instanceof RpcError && answer.fault !== "reverted" && answer.fault !== "refused",
  );
  if (fault) throw fault;
  return answers;
}

function verdictOf(answer: unknown, cap: bigint): Verdict {
  if (answer instanceof RpcError) return answer.fault === "reverted" ? { reverts: revertReason(answer.data) } : answer;
  return { gasLimit: (BigInt(hex(answer)) * GAS_MARGIN) / 10n, maxFeePerGas: cap, maxPriorityFeePerGas: TIP_WEI };
}

function assertCheap(block: unknown, cap: bigint): void {
  if (block instanceof RpcError) throw block;
  const baseFee = BigInt(hex((block as { baseFeePerGas?: unknown } | null)?.baseFeePerGas ?? "0x0"));
  if (baseFee + TIP_WEI > cap) throw new NotYet(CHEAPER_MS, `gas costs ${baseFee} wei, above the cap of ${cap}`);
}

const transaction = (from: Address, { to, data, value }: Call): Record<string, Hex> => ({
  ...{ from, to, data },
  ...(value > 0n ? { value: numberToHex(value) } : {}),
});
