import { AbiCoder, concat, getCreateAddress } from "ethers";
import { type Artifact, differenceOf, readArtifact } from "./artifacts.ts";
import type { Contract, Link } from "./contracts.ts";
import { addressBy, callOf, PROXY } from "./proxy.ts";
import type { Ask } from "./rpc.ts";

/** CREATE2 by the proxy gives the same address on every chain; plain CREATE one that depends on who pays and when. */
export type Method = "create2" | "create";

/** A contract, where it will be, and whether it is there already. */
export type Planned = {
  name: string;
  artifact: Artifact;
  /** Constructor arguments as the compiler encodes them. */
  encodedArgs: string;
  initCode: string;
  address: string;
  there: boolean;
  /** What to send so that it comes to be. */
  call: { to?: string; data: string };
};

export type PlanOptions = {
  ask: Ask;
  contracts: readonly Contract[];
  method: Method;
  /** Plain CREATE only: who pays, and the nonce of its next transaction. */
  payer?: { address: string; nonce: number };
  /** Plain CREATE only: addresses of an earlier run by name. One that has other code than ours is not used. */
  known?: Readonly<Record<string, string>>;
};

/**
 * Says where every contract is or will be. Reads the chain, sends nothing.
 * @throws when other code than ours is at an address that only ours can have
 */
export async function makePlan({ ask, contracts, method, payer, known = {} }: PlanOptions): Promise<Planned[]> {
  const plan: Planned[] = [];
  let nonce = payer?.nonce ?? 0;
  for (const { name, artifact: path, args } of contracts) {
    const artifact = await readArtifact(path);
    const values = args.map((argument) => given(argument, plan));
    const encodedArgs = AbiCoder.defaultAbiCoder().encode(artifact.inputs, values);
    const initCode = concat([artifact.bytecode, encodedArgs]);
    const links = args.filter(isLink).map((link) => given(link, plan) as string);
    const candidate = method === "create2" ? addressBy(initCode) : known[name];
    const found = await differenceAt(ask, candidate, artifact, links);
    if (method === "create2" && found && found !== "nothing") throw new Error(`${name} at ${candidate}: ${found}.`);
    const there = found === undefined;
    const address = candidate && (method === "create2" || there) ? candidate : creation(payer?.address, nonce++);
    const call = method === "create2" ? { to: PROXY, data: callOf(initCode) } : { data: initCode };
    plan.push({ name, artifact, encodedArgs, initCode, address, there, call });
  }
  return plan;
}

/** How the code at an address differs from ours; "nothing" where there is none. */
async function differenceAt(ask: Ask, address: string | undefined, artifact: Artifact, links: readonly string[]) {
  if (!address) return "nothing";
  const code = await ask<string>("eth_getCode", [address, "latest"]);
  return code === "0x" ? "nothing" : differenceOf(artifact, code, links);
}

function creation(from: string | undefined, nonce: number): string {
  if (!from) throw new Error("Without a key nobody can say where --create will put the contracts.");
  return getCreateAddress({ from, nonce });
}

const isLink = (argument: unknown): argument is Link =>
  typeof argument === "object" && argument !== null && "of" in argument;

function given(argument: unknown, plan: readonly Planned[]): unknown {
  if (!isLink(argument)) return argument;
  const planned = plan.find(({ name }) => name === argument.of);
  if (!planned) throw new Error(`${argument.of} has to come before what knows its address`);
  return planned.address;
}
