import { formatEther, formatGwei } from "viem";
import { priceOf } from "../../server/chain/operator/fees.ts";
import type { OpenOne, OperatorStatus } from "../../server/chain/operator/statusShape.ts";

/** For programs: amounts are strings of wei, times RFC 3339. */
export const toJson = (found: readonly OperatorStatus[]) => ({
  ok: found.every(({ problems }) => problems.length === 0),
  chains: found.map((status) => ({
    ...{ chain_id: status.chainId, operator: status.sender, problems: status.problems },
    ...{ balance: String(status.balance), pays_for: status.paysFor },
    gas: {
      ...{ price: String(priceOf(status.market)), tip: String(status.market.tip), cap: String(status.cap) },
      ...{ base_fee: status.market.baseFee?.toString() ?? null, affordable: status.affordable },
    },
    nonces: status.nonces,
    open: status.open.map(({ since, maxFeePerGas, maxPriorityFeePerGas, ...one }) => ({
      ...{ ...one, since: rfc3339(since) },
      ...{ max_fee_per_gas: String(maxFeePerGas), max_priority_fee_per_gas: String(maxPriorityFeePerGas) },
    })),
    tasks: status.tasks.map(({ nextRunAt, ...task }) => ({ ...task, next_run_at: rfc3339(nextRunAt) })),
    ended: status.ended.map(({ updatedAt, ...one }) => ({ ...one, at: rfc3339(updatedAt) })),
  })),
});

export const toText = (found: readonly OperatorStatus[]): string => `${found.flatMap(lines).join("\n")}\n`;

function lines(status: OperatorStatus): string[] {
  const { chainId, sender, balance, paysFor, market, cap, nonces, open, tasks, ended, problems } = status;
  return [
    `chain ${chainId}, key ${sender}`,
    `  balance  ${formatEther(balance)} ETH, pays for ${paysFor} transactions at the cap`,
    `  gas      ${formatGwei(priceOf(market))} gwei now, ${formatGwei(cap)} at most`,
    `  nonces   ${nonces.used} used in blocks, ${nonces.pending} with those in the node's pool, ${nonces.next} next of ours`,
    `  open     ${open.length} transactions in no block`,
    ...open.map((one) => `    ${openLine(one)}`),
    `  tasks    ${tasks.reduce((sum, { count }) => sum + count, 0)} waiting`,
    ...tasks.map(({ count, kind, why }) => `    ${count} × ${kind}${why === null ? "" : `: ${why}`}`),
    `  ended    ${ended.length} failed or superseded in the last day`,
    ...ended.map(({ state, error, purposes, updatedAt }) => {
      return `    ${rfc3339(updatedAt)}  ${state}  ${purposes.join(", ")}: ${error ?? "no reason"}`;
    }),
    ...(problems.length === 0
      ? ["Nothing needs a person."]
      : ["Needs a person:", ...problems.map((why) => `  ${why}`)]),
  ];
}

function openLine({ nonce, state, since, attempts, maxFeePerGas, purposes, error }: OpenOne): string {
  const what = purposes.length === 0 ? "fills a nonce that nobody used" : purposes.join(", ");
  const price = `${attempts} attempts, at most ${formatGwei(maxFeePerGas)} gwei`;
  return `nonce ${nonce}  ${state}  since ${rfc3339(since)}  ${price}  ${what}${error === null ? "" : `: ${error}`}`;
}

const rfc3339 = (ms: number): string => new Date(ms).toISOString();
