import { differenceOf } from "./artifacts.ts";
import { installProxy } from "./installProxy.ts";
import { type Patience, until } from "./patience.ts";
import type { Planned } from "./plan.ts";
import type { Ask } from "./rpc.ts";
import type { Mined, Sender } from "./sender.ts";
import type { Survey } from "./survey.ts";

export type CarryOutOptions = Patience & {
  ask: Ask;
  payer: Sender;
  /** Blocks that must stand on what was mined, its own counted. */
  confirmations: number;
  /** Told where a contract will be, before it is sent. */
  placing?: (name: string, address: string) => Promise<void>;
};

/**
 * Sends what is missing, a contract after the other, and looks at each afterwards. When it is broken off, the next run
 * finds on the chain what is there already.
 * @returns what was mined, by name
 */
export async function carryOut(found: Survey, options: CarryOutOptions): Promise<Map<string, Mined>> {
  const { ask, payer, tell, placing } = options;
  const missing = found.plan.filter(({ there }) => !there);
  const mined = new Map<string, Mined>();
  if (missing.some(({ call }) => call.to !== undefined) && !found.proxyThere) await installProxy(ask, payer, tell);
  for (const planned of found.plan) {
    const line = `  ${planned.name.padEnd(18)} ${planned.address}`;
    if (planned.there) {
      tell(`${line}  there already`);
      continue;
    }
    await placing?.(planned.name, planned.address);
    const receipt = await payer.send({ what: planned.name, ...planned.call });
    mined.set(planned.name, receipt);
    tell(`${line}  block ${receipt.block}, ${receipt.gas.toLocaleString("en")} gas`);
  }
  await confirm(missing, [...mined.values()], options);
  return mined;
}

/** Waits until the blocks lie deep enough, then looks whether everything is still there, with the code that is ours. */
async function confirm(missing: readonly Planned[], mined: readonly Mined[], options: CarryOutOptions): Promise<void> {
  const { ask, confirmations } = options;
  const last = Math.max(0, ...mined.map(({ block }) => block));
  const deepEnough = async () => {
    const tip = Number(await ask<string>("eth_blockNumber"));
    return tip >= last + confirmations - 1 ? tip : undefined;
  };
  if (mined.length > 0)
    await until(options, deepEnough, `${confirmations} confirmations`, () => {
      return `Block ${last} does not have ${confirmations} confirmations yet. Run this again, which only looks whether all is there; with --confirmations 1 where blocks come on demand.`;
    });
  for (const { name, address, artifact } of missing) {
    const code = await ask<string>("eth_getCode", [address, "latest"]);
    if (code === "0x")
      throw new Error(`${name} is gone from ${address}, in a reorganisation of the chain. Run this again.`);
    const strange = differenceOf(artifact, code, []);
    if (strange) throw new Error(`${name} at ${address} is not as compiled: ${strange}.`);
  }
}
