import { type Address, type Hex, numberToHex } from "viem";
import { STRANGER } from "../cast.ts";
import type { Draw } from "../draw.ts";
import { type Block, type Branch, tipOf, type Waiting } from "./blocks.ts";
import { type Evm, mineBlock, readBlock } from "./evm.ts";

/** The truth of one simulation: the canonical branch, those that it left, and what waits for a block. */
export interface SimulatedChain {
  readonly evm: Evm;
  /** The branch that stands, from the first block on. */
  branch(): Branch;
  /** A block of any branch there ever was. */
  byHash(hash: string): Block | undefined;
  /** Whether one of these transactions was ever mined and reverted, on whatever branch. */
  everReverted(hashes: readonly string[]): boolean;
  /** What waits for a block, oldest first. */
  readonly pool: Waiting[];
  /** Of the blocks that a reorganisation took, how many. */
  reorged(): number;
  /** Seconds by which the chain's clock is ahead of ours. */
  ahead(seconds: number): void;
  /** What gas costs from the next block on, in wei; undefined: whatever the chain makes of it. */
  price(wei: bigint | undefined): void;
  /** Mines a block in which the escrow emits an event of this topic with nothing in it. */
  gibberish(topic: Hex): Promise<void>;
  /** Mines one block of what `choose` takes out of the pool. */
  mine(choose?: (waiting: readonly Waiting[]) => Waiting[]): Promise<Block>;
  /** The newest block when the story began: no reorganisation goes further back. */
  readonly beginning: number;
  /** Drops the last `depth` blocks for one more of others; `fate` says what becomes of each transaction that was in them. */
  reorganise(depth: number, fate: (waiting: Waiting) => "again" | "lost"): Promise<void>;
  /** Asks the chain about its newest block or an older one; not while a branch is being replaced. */
  ask<Answer>(method: string, params?: unknown[]): Promise<Answer>;
  /** How many transactions of an account are mined at a height of the canonical branch. */
  nonceOf(account: Address, height: number): Promise<number>;
}

/** What is the same for all simulations of a process: the chain as it was deployed. */
export interface Base {
  readonly evm: Evm;
  /** Blocks with the deployment. */
  readonly blocks: readonly Block[];
  snapshot: Hex;
}

export async function makeBase(evm: Evm): Promise<Base> {
  const newest = Number(await evm.ask<Hex>("eth_blockNumber"));
  const blocks: Block[] = [];
  for (let height = 0; height <= newest; height += 1) blocks.push({ ...(await readBlock(evm.ask, height)), mined: [] });
  return { evm, blocks, snapshot: await evm.ask<Hex>("evm_snapshot") };
}

/** Brings the chain back to its base and starts a simulation's branch there. */
export async function startChain(base: Base, draw: Draw): Promise<SimulatedChain> {
  const { evm } = base;
  await evm.ask("evm_revert", [base.snapshot]);
  base.snapshot = await evm.ask<Hex>("evm_snapshot");
  const known = new Map(base.blocks.map((block) => [block.hash, block]));
  const pool: Waiting[] = [];
  /** By height: the chain right after that block. */
  const moments = new Map<number, Hex>();
  const beginning = base.blocks.length - 1;
  let branch: readonly Block[] = [...base.blocks];
  let reorged = 0;
  let aheadS = 0;
  let price: bigint | undefined;
  /** Whatever was signed elsewhere and given to the chain, which may mine it later than it was told to. */
  const given = new Map<string, Waiting>();
  let last: Promise<unknown> = Promise.resolve();

  /** One after the other: while a branch is being replaced the chain is in no state that anybody should see. */
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };

  const nonceOf = async (account: Address, height: number): Promise<number> =>
    Number(await evm.ask<Hex>("eth_getTransactionCount", [account, numberToHex(height)]));

  const mineOne = async (choose: (waiting: readonly Waiting[]) => Waiting[]): Promise<Block> => {
    const parent = tipOf(branch);
    const chosen = await inNonceOrder(choose(pool), (account) => nonceOf(account, parent.height));
    const nowS = Math.floor(Date.now() / 1_000) + aheadS;
    for (const each of chosen) if (each.signed) given.set(each.signed.hash, each);
    if (price !== undefined) await evm.ask("hardhat_setNextBlockBaseFeePerGas", [numberToHex(price)]);
    await mineBlock(evm.ask, chosen, Math.max(parent.timestampS, nowS));
    const read = await readBlock(evm.ask, parent.height + 1);
    const signed = read.json.transactions.flatMap((hash) => given.get(hash) ?? []);
    const block: Block = { ...read, mined: [...chosen.filter((each) => !each.signed), ...signed] };
    const used = nextNonces(block.mined);
    const left = pool.filter((each) => !block.mined.includes(each) && !chosen.includes(each) && !isOver(each, used));
    pool.splice(0, pool.length, ...left, ...chosen.filter((each) => each.signed && !block.mined.includes(each)));
    branch = [...branch, block];
    known.set(block.hash, block);
    moments.set(block.height, await evm.ask<Hex>("evm_snapshot"));
    return block;
  };

  const chain: SimulatedChain = {
    ...{ evm, pool, nonceOf },
    branch: () => branch,
    byHash: (hash) => known.get(hash as Hex),
    everReverted: (hashes) =>
      [...known.values()].some(({ receipts }) =>
        receipts.some(({ status, transactionHash }) => status === "0x0" && hashes.includes(transactionHash)),
      ),
    reorged: () => reorged,
    ahead: (seconds) => {
      aheadS += seconds;
    },
    price: (wei) => {
      price = wei;
    },
    gibberish: (topic) =>
      alone(async () => {
        const escrow = evm.book.escrow;
        const code = await evm.ask<Hex>("eth_getCode", [escrow, "latest"]);
        const call = {
          from: STRANGER.address,
          to: escrow as Address,
          data: "0x" as const,
          value: 0n,
          what: "gibberish",
        };
        await evm.ask("hardhat_setCode", [escrow, emitting(topic)]);
        const { height } = await mineOne(() => [call]);
        await evm.ask("hardhat_setCode", [escrow, code]);
        moments.set(height, await evm.ask<Hex>("evm_snapshot"));
      }),
    mine: (choose = (waiting) => [...waiting]) => alone(() => mineOne(choose)),
    beginning,
    reorganise: (wanted, fate) =>
      alone(async () => {
        const to = Math.max(tipOf(branch).height - wanted, beginning);
        const depth = tipOf(branch).height - to;
        const moment = moments.get(to);
        if (moment === undefined) throw new Error(`there is no moment of block ${to} to go back to`);
        const gone = branch.slice(to + 1);
        await evm.ask("evm_revert", [moment]);
        moments.set(to, await evm.ask<Hex>("evm_snapshot"));
        for (let height = to + 1; moments.delete(height); height += 1);
        branch = branch.slice(0, to + 1);
        reorged += depth;
        await evm.ask("hardhat_setPrevRandao", [draw.bytes(32)]);
        pool.unshift(...gone.flatMap(({ mined }) => mined).filter((each) => fate(each) === "again"));
        for (let mined = 0; mined <= depth; mined += 1) await mineOne((all) => all.filter(() => draw.chance(0.5)));
      }),
    ask: (method, params) => alone(() => evm.ask(method, params)),
  };
  moments.set(tipOf(branch).height, await evm.ask<Hex>("evm_snapshot"));
  return chain;
}

/** Code that emits an event without any data: PUSH32 topic, PUSH0, PUSH0, LOG1, STOP. */
const emitting = (topic: Hex): Hex => `0x7f${topic.slice(2)}5f5fa100`;

/** Transactions that others signed can be mined one nonce after the other only; of two for one nonce, who pays more. */
async function inNonceOrder(
  chosen: readonly Waiting[],
  nonceOf: (account: Address) => Promise<number>,
): Promise<Waiting[]> {
  const ready = chosen.filter(({ signed }) => !signed);
  const bySender = Map.groupBy(
    chosen.filter(({ signed }) => signed),
    ({ from }) => from,
  );
  for (const [sender, signed] of bySender) {
    let next = await nonceOf(sender);
    for (;;) {
      const fit = signed.filter((each) => each.signed?.nonce === next);
      const best = fit.sort((a, b) => Number((b.signed?.feePerGas ?? 0n) - (a.signed?.feePerGas ?? 0n)))[0];
      if (!best) break;
      ready.push(best);
      next += 1;
    }
  }
  return ready;
}

/** Whose next nonce is known from what was mined. */
const nextNonces = (mined: readonly Waiting[]): ReadonlyMap<Address, number> =>
  new Map(mined.flatMap(({ from, signed }) => (signed ? [[from, signed.nonce + 1] as const] : [])));

/** Another transaction used its nonce. */
const isOver = ({ from, signed }: Waiting, next: ReadonlyMap<Address, number>): boolean =>
  signed !== undefined && signed.nonce < (next.get(from) ?? 0);
