import type { AddressBook } from "./book.ts";
import { contractsOf, type Wanted } from "./contracts.ts";
import { hasProxy } from "./installProxy.ts";
import { makePlan, type Planned, type PlanOptions } from "./plan.ts";
import type { Ask } from "./rpc.ts";

/** Which chain it is: chains of one id are told apart by their first block. */
export type Chain = { chainId: number; genesisHash: string };

/** What is on a chain of ours, and what is missing. */
export type Survey = Chain & { proxyThere: boolean; plan: readonly Planned[] };

export type SurveyOptions = Omit<PlanOptions, "contracts"> & { chain: Chain; wanted: Wanted };

export async function chainOf(ask: Ask): Promise<Chain> {
  const chainId = Number(await ask<string>("eth_chainId"));
  const genesis = await ask<{ hash?: string } | null>("eth_getBlockByNumber", ["0x0", false]);
  if (genesis?.hash) return { chainId, genesisHash: genesis.hash };
  throw new Error("The node does not know block 0, by which chains of one id are told apart; ask another by --rpc.");
}

/** Looks at a chain and plans what to deploy there. Sends nothing. */
export async function survey({ chain, wanted, ...options }: SurveyOptions): Promise<Survey> {
  const proxyThere = await hasProxy(options.ask);
  const plan = await makePlan({ ...options, contracts: contractsOf(wanted) });
  return { ...chain, proxyThere, plan };
}

/** The book of a planned deployment, but for what only the finished one knows. */
export function placesOf({ chainId, genesisHash, plan }: Survey): Omit<AddressBook, "startBlock" | "tokens"> {
  const at = (name: string) => plan.find((planned) => planned.name === name)?.address;
  const [escrow, order, revenue, agreement] = ["SettlementEscrow", "OrderDesk", "RevenueDesk", "AgreementDesk"].map(at);
  const [statementRegistry, arbiterPanel] = ["StatementRegistry", "ArbiterPanel"].map(at);
  if (!escrow) throw new Error("a deployment without the escrow");
  return {
    ...{ chainId, genesisHash, escrow },
    ...(order && revenue && agreement ? { desks: { order, revenue, agreement } } : {}),
    ...(statementRegistry ? { statementRegistry } : {}),
    ...(arbiterPanel ? { arbiterPanel } : {}),
  };
}
