import type { Hex } from "viem";
import type { Ask } from "./node.ts";
import { type Line, RecordMismatch, timesOf } from "./record.ts";

type Progress = (done: number, blocks: number) => void;

/**
 * Mines the recorded blocks again and proves that they are the same: every line's last hash is compared.
 * Afterwards block time goes on with the clock, or from the last block where that is ahead of it.
 * @returns number of the last block
 * @throws RecordMismatch at the first line that differs
 */
export async function replay(ask: Ask, file: string, lines: readonly Line[], progress: Progress): Promise<number> {
  const blocks = lines.reduce((sum, line) => sum + line.t.length, 0);
  await ask("evm_setAutomine", [false]);
  let last = 0;
  for (const line of lines) {
    if (line.n !== last + 1) throw new RecordMismatch(file, `block ${last + 1} is missing`);
    for (const timeS of timesOf(line)) {
      await mineAgain(ask, file, timeS, line.x ?? []);
      last += 1;
      progress(last, blocks);
    }
    const { hash } = await blockAt(ask, last);
    if (hash !== line.h) throw new RecordMismatch(file, `block ${last} came out as ${hash} instead of ${line.h}`);
  }
  await ask("evm_setAutomine", [true]);
  await followTheClock(ask, last);
  return last;
}

async function mineAgain(ask: Ask, file: string, timeS: number, raw: string[]): Promise<void> {
  try {
    await ask("evm_setNextBlockTimestamp", [timeS]);
    for (const transaction of raw) await ask("eth_sendRawTransaction", [transaction]);
    await ask("evm_mine");
  } catch (error) {
    throw new RecordMismatch(file, error instanceof Error ? error.message : String(error));
  }
}

/** A block of a given time leaves the node's clock at that time; this sets it right again. */
async function followTheClock(ask: Ask, last: number): Promise<void> {
  const { timestamp } = await blockAt(ask, last);
  const behindS = Math.floor(Date.now() / 1000) - Number(timestamp);
  if (behindS > 0) await ask("evm_increaseTime", [behindS]);
}

const blockAt = (ask: Ask, number: number) =>
  ask<{ hash: Hex; timestamp: Hex }>("eth_getBlockByNumber", [`0x${number.toString(16)}`, false]);
