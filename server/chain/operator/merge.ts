import { decodeFunctionResult } from "viem";
import type { ChainTransaction, Errand } from "../../modules/chains/index.ts";
import { escrowAbi } from "../../protocol/abi.ts";
import { type Call, captureManyCall, releaseManyCall } from "../../protocol/calls.ts";
import type { EscrowDomain } from "../../protocol/terms.ts";
import { hex } from "../rpc/read.ts";
import type { View } from "../views.ts";
import type { Part, Work } from "./jobs/kind.ts";

/** A job that wants a transaction. */
export interface Ready {
  /** Its place among the jobs of the round. */
  readonly at: number;
  readonly work: Work;
  /** What of it nothing serves yet. */
  readonly errands: readonly Errand[];
  readonly call: () => Call;
  /** Is not to share a transaction, for a shared one failed. */
  readonly alone: boolean;
}

/** A transaction that would do one job, or several of a sort. */
export interface Candidate {
  readonly jobs: readonly Ready[];
  readonly call: Call;
  /** Whether it would do all of its jobs; not asked where a call that succeeds always does. */
  readonly doesAll?: View<boolean>;
}

/** Most jobs of one transaction. */
const MOST_PARTS = 30;

/** Joins captures to captures and matured releases to matured releases; every other job stays alone. */
export function together(domain: EscrowDomain, from: ChainTransaction["sender"], ready: readonly Ready[]): Candidate[] {
  const sorts = Map.groupBy(ready, ({ work, alone }) => (alone ? undefined : work.part?.many));
  return [...sorts].flatMap(([many, jobs]) => {
    if (many === undefined) return jobs.map(single);
    return chunks(jobs, MOST_PARTS).map((chunk) => joined(domain, from, chunk));
  });
}

export const single = (job: Ready): Candidate => ({ jobs: [job], call: job.call() });

/** Two of half the size. */
export const halves = (domain: EscrowDomain, from: ChainTransaction["sender"], { jobs }: Candidate): Candidate[] =>
  chunks(jobs, Math.ceil(jobs.length / 2)).map((half) => joined(domain, from, half));

function joined(domain: EscrowDomain, from: ChainTransaction["sender"], jobs: readonly Ready[]): Candidate {
  const [first] = jobs;
  if (jobs.length === 1 && first) return single(first);
  const parts = jobs.map(({ work }) => work.part);
  const captures = parts.flatMap((part) => (isPart(part, "capture") ? [part.request] : []));
  if (captures.length > 0) return { jobs, call: captureManyCall(domain, captures) };
  const call = releaseManyCall(
    domain,
    parts.flatMap((part) => (isPart(part, "release") ? [part.terms] : [])),
  );
  return { jobs, call, doesAll: releases(call, from, jobs.length) };
}

const isPart = <Many extends Part["many"]>(part: Part | undefined, many: Many): part is Extract<Part, { many: Many }> =>
  part?.many === many;

/** The escrow passes over what it cannot release, and says how many it released. */
const releases = ({ to, data }: Call, from: ChainTransaction["sender"], count: number): View<boolean> => ({
  call: { method: "eth_call", params: [{ from, to, data }, "latest"] },
  read: (answer) =>
    decodeFunctionResult({ abi: escrowAbi, functionName: "releaseMany", data: hex(answer) }) === BigInt(count),
});

export function chunks<T>(items: readonly T[], most: number): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < items.length; at += most) parts.push(items.slice(at, at + most));
  return parts;
}
