import { keccak256, numberToHex, toHex } from "viem";
import type { BlockJson, LogJson } from "../chain/blocks.ts";
import type { Draw } from "../draw.ts";
import { type LogFilter, type RpcAnswer, type RpcCall, type RpcErrorJson, spanOf } from "./answers.ts";

/** What a node does to whole requests. */
export const HTTP_MOODS = [
  ...(["limited", "limited_with_hint", "unavailable", "html", "truncated", "half_json", "endless"] as const),
  ...(["silent", "reset", "slow", "nonsense", "other_ids"] as const),
] as const;

/** What a node does to single answers without saying anything untrue. */
export const REFUSING_MOODS = ["too_large", "rate_error", "internal_error", "no_header", "null_blocks"] as const;

/** Untruths that one look at the answers shows. */
export const LYING_MOODS = [
  ...(["no_logs", "logs_of_some_blocks_missing", "doubled_logs", "foreign_logs", "logs_of_another_block"] as const),
  ...(["removed_logs", "logs_outside", "another_block", "another_chain"] as const),
] as const;

export type HttpMood = (typeof HTTP_MOODS)[number];
export type RefusingMood = (typeof REFUSING_MOODS)[number];
export type LyingMood = (typeof LYING_MOODS)[number];
export type Mood = HttpMood | RefusingMood | LyingMood;

/** How nodes and providers say that a range is too large. */
const TOO_LARGE: readonly RpcErrorJson[] = [
  { code: -32_005, message: "query returned more than 10000 results" },
  {
    code: -32_600,
    message: "Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range.",
  },
  { code: -32_602, message: "block range too large" },
  { code: -32_000, message: "exceed maximum block range: 5000" },
  { code: -32_614, message: "eth_getLogs is limited to a 10,000 range" },
  { code: -32_000, message: "Log response size exceeded." },
];

/** What a node in this mood says of one call, before it is answered; undefined: the truth comes next. */
export function refusal(mood: Mood, call: RpcCall, height: number, draw: Draw): RpcAnswer | undefined {
  switch (mood) {
    case "too_large": {
      if (call.method !== "eth_getLogs") return undefined;
      const { from, to } = spanOf({ height }, call.params[0] as LogFilter);
      return to - from + 1 > draw.whole(1, 4) ? { error: draw.of(TOO_LARGE) } : undefined;
    }
    case "rate_error":
      return { error: { code: 429, message: "Your app has exceeded its compute units per second capacity" } };
    case "internal_error":
      return { error: { code: -32_603, message: "internal error" } };
    case "no_header":
      return { error: { code: -32_000, message: "header not found" } };
    case "null_blocks":
      return call.method === "eth_getBlockByNumber" && draw.chance(0.5) ? { result: null } : undefined;
    case "another_chain":
      return call.method === "eth_chainId" ? { result: "0x1" } : undefined;
    default:
      return undefined;
  }
}

/** What a node in this mood makes of a true answer. */
export function distorted(mood: Mood, call: RpcCall, answer: RpcAnswer, draw: Draw): RpcAnswer {
  if ("error" in answer) return answer;
  if (call.method === "eth_getLogs") return { result: distortedLogs(mood, answer.result as LogJson[], draw) };
  if (call.method === "eth_getBlockByNumber" && mood === "another_block" && answer.result !== null)
    return { result: distortedBlock(answer.result as BlockJson, draw) };
  return answer;
}

function distortedLogs(mood: Mood, logs: readonly LogJson[], draw: Draw): readonly unknown[] {
  const [victim] = draw.shuffled(logs);
  if (!victim) return logs;
  const instead = (changes: Readonly<Record<string, unknown>>) =>
    logs.map((log) => (log === victim ? { ...log, ...changes } : log));
  switch (mood) {
    case "no_logs":
      return [];
    case "logs_of_some_blocks_missing":
      return logs.filter(({ blockNumber }) => blockNumber !== victim.blockNumber);
    case "doubled_logs":
      return [...logs, victim];
    case "foreign_logs":
      return instead({ address: `0x${"ab".repeat(20)}` });
    case "logs_of_another_block":
      return instead({ blockHash: keccak256(victim.blockHash) });
    case "removed_logs":
      return instead({ removed: true });
    case "logs_outside":
      return instead({ blockNumber: numberToHex(Number(victim.blockNumber) + 1_000) });
    default:
      return logs;
  }
}

/** A block that is not the one that was asked for, or that is no child of its parent. */
const distortedBlock = (block: BlockJson, draw: Draw): unknown =>
  draw.chance(0.5)
    ? { ...block, number: numberToHex(Number(block.number) + 1) }
    : { ...block, parentHash: keccak256(toHex(draw.number())) };
