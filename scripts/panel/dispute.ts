import { type Address, type Hex, isAddressEqual } from "viem";
import { arbiterPanelAbi, escrowAbi } from "../../server/protocol/abi.ts";
import { packTerms, type Terms } from "../../server/protocol/terms.ts";
import type { OnChain, Sending, Sent } from "../support/onChain.ts";

/** Which dispute: number `round` of an order, over `amount` base units. */
export type Dispute = { readonly round: number; readonly amount: bigint };

/** A member's vote. */
export type Ballot = Dispute & { readonly toPayerPpm: number; readonly reason: Hex };

/** A vote that its member signed and anyone may send. */
export type SignedBallot = Ballot & { readonly member: Address; readonly deadline: number; readonly signature: Hex };

/** An order at an escrow, before the panel that its terms name. Throws when they name none. */
export async function courtOf({ client, chainId, send }: OnChain, escrow: Address, terms: Terms) {
  const panel = terms.arbiter;
  if (BigInt(panel) === 0n) throw new Error("the terms name no arbiter, so nothing can be disputed");
  const wire = packTerms(terms);
  // The escrow's errors come through the panel.
  const contract = { address: panel, abi: [...arbiterPanelAbi, ...escrowAbi] } as const;
  const atEscrow = { address: escrow, abi: escrowAbi } as const;
  const id = await client.readContract({ ...atEscrow, functionName: "idOf", args: [wire] });
  const sending = (sender: Pick<Sending, "account" | "dryRun">) => ({ ...contract, ...sender });

  return {
    ...{ chainId, panel, escrow, id },

    /** Who votes, and by which rules; times in seconds. */
    async panelRules() {
      const read = { address: panel, abi: arbiterPanelAbi } as const;
      const [members, quorum, executionTime] = await Promise.all([
        client.readContract({ ...read, functionName: "members" }),
        client.readContract({ ...read, functionName: "quorum" }),
        client.readContract({ ...read, functionName: "executionTime" }),
      ]);
      return { members, quorum: Number(quorum), executionTime: Number(executionTime) };
    },

    /** The order's last dispute; `amount` 0 when it is over. */
    async open(): Promise<Dispute & { rulingBy: number }> {
      const order = await client.readContract({ ...atEscrow, functionName: "orderOf", args: [wire] });
      return { round: order.round, amount: order.disputed, rulingBy: order.rulingBy };
    },

    async tally({ round, amount }: Dispute) {
      const args = [escrow, id, BigInt(round), amount] as const;
      return client.readContract({ address: panel, abi: arbiterPanelAbi, functionName: "tally", args });
    },

    vote: (sender: Pick<Sending, "account" | "dryRun">, ballot: Ballot | SignedBallot): Promise<Sent> => {
      const { round, amount, toPayerPpm, reason } = ballot;
      const args = [escrow, wire, BigInt(round), amount, BigInt(toPayerPpm), reason];
      if (!("signature" in ballot)) return send({ ...sending(sender), functionName: "vote", args });
      const consent = [ballot.member, BigInt(ballot.deadline), ballot.signature];
      return send({ ...sending(sender), functionName: "voteWithSignature", args: [...args, ...consent] });
    },

    execute: (sender: Pick<Sending, "account" | "dryRun">, { round, amount }: Dispute): Promise<Sent> =>
      send({ ...sending(sender), functionName: "execute", args: [escrow, wire, BigInt(round), amount] }),
  };
}

export type Court = Awaited<ReturnType<typeof courtOf>>;

/** What `show` tells of a dispute: the votes, what they come to, and from when on the panel can be made to rule. */
export async function standing(court: Court, dispute: Dispute, now: number) {
  const [{ members, quorum, executionTime }, open, tally] = await Promise.all([
    court.panelRules(),
    court.open(),
    court.tally(dispute),
  ]);
  const isOpen = open.amount !== 0n && open.amount === dispute.amount && open.round === dispute.round;
  const closing = open.rulingBy - executionTime;
  const all = tally.votes.length === members.length;
  const inTime = isOpen && now < open.rulingBy;
  return {
    ...{ id: court.id, escrow: court.escrow, panel: court.panel },
    ...{ round: dispute.round, amount: `${dispute.amount}`, open: isOpen },
    ...(isOpen ? { voting_closes: closing, ruling_by: open.rulingBy } : {}),
    now,
    ...{ quorum, votes: tally.votes.length, median_to_payer_ppm: tally.votes.length > 0 ? Number(tally.median) : null },
    members: members.map((member) => ({
      member,
      to_payer_ppm: tally.votes.find((vote) => isAddressEqual(vote.member, member))?.toPayerPpm ?? null,
    })),
    executed: tally.executed,
    may_vote: inTime && now < closing && !all,
    may_execute: inTime && !tally.executed && tally.votes.length >= quorum && (all || now >= closing),
  };
}
