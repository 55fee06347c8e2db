import { DESKS } from "../support/deployEscrow.ts";

/** The address of a contract that stands before this one in the list. */
export type Link = { of: string };

/** A contract to deploy: its name, where its artifact is, what its constructor is given. */
export type Contract = { name: string; artifact: string; args: readonly unknown[] };

/** The members of an ArbiterPanel, how many of them must vote, and the seconds it keeps for itself to rule in. */
export type Panel = { members: readonly string[]; quorum: number; executionS: number };

export type Wanted = { testUsd: boolean; panel?: Panel };

/**
 * Every contract of a deployment, in the order in which they come to be: each desk knows the next, the escrow the first.
 * Nothing in here depends on the chain or on who pays, so that the addresses do not either.
 */
export function contractsOf({ testUsd, panel }: Wanted): Contract[] {
  return [
    ...DESKS.map((name, at) => ({
      ...{ name, artifact: `desks/${name}.sol/${name}` },
      args: at === 0 ? [] : [{ of: DESKS[at - 1] }],
    })),
    { name: "SettlementEscrow", artifact: "SettlementEscrow.sol/SettlementEscrow", args: [{ of: "OrderDesk" }] },
    { name: "StatementRegistry", artifact: "StatementRegistry.sol/StatementRegistry", args: [] },
    ...(panel ? [{ name: "ArbiterPanel", artifact: "ArbiterPanel.sol/ArbiterPanel", args: argsOf(panel) }] : []),
    ...(testUsd ? [{ name: "TestUSD", artifact: "mocks/TestUSD.sol/TestUSD", args: [] }] : []),
  ];
}

const argsOf = ({ members, quorum, executionS }: Panel) => [members, quorum, executionS];
