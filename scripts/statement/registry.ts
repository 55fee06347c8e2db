import { type Address, type Hex, zeroHash } from "viem";
import { statementRegistryAbi } from "../../server/protocol/abi.ts";
import type { Publication } from "../../server/protocol/statement.ts";
import type { OnChain, Sending, Sent } from "../support/onChain.ts";

/** Who said something about which period. */
export type Period = { readonly issuer: Address; readonly from: number; readonly until: number };

/** What the chain keeps of one revision; times in seconds. */
export type Kept = {
  readonly root: Hex;
  readonly fileHash: Hex;
  readonly lineCount: number;
  readonly publishedAt: number;
};

/** The registry at an address of a chain. */
export function registryAt({ client, chainId, send }: OnChain, address: Address) {
  const contract = { address, abi: statementRegistryAbi } as const;
  const of = ({ issuer, from, until }: Period) => [issuer, from, until] as const;
  return {
    chainId,
    address,

    /** 0 when nothing was published. */
    latest: async (period: Period): Promise<number> =>
      Number(await client.readContract({ ...contract, functionName: "latestRevision", args: of(period) })),

    /** Undefined for a revision that is not there. */
    async kept(period: Period, revision: number): Promise<Kept | undefined> {
      const args = [...of(period), BigInt(revision)] as const;
      const seen = await client.readContract({ ...contract, functionName: "statementOf", args });
      return seen.root === zeroHash ? undefined : seen;
    },

    verify: (period: Period, revision: number, line: Hex, proof: readonly Hex[]): Promise<boolean> => {
      const args = [...of(period), BigInt(revision), line, proof] as const;
      return client.readContract({ ...contract, functionName: "verify", args });
    },

    /** Where each revision's file is said to be; asks the node for events from `fromBlock` on. */
    async uris(period: Period, fromBlock: bigint): Promise<Map<number, string>> {
      const query = { ...contract, eventName: "StatementPublished", args: period, fromBlock, strict: true } as const;
      const events = await client.getContractEvents(query);
      return new Map(events.map(({ args }) => [Number(args.revision), args.uri]));
    },

    publish: (
      sender: Pick<Sending, "account" | "dryRun">,
      publication: Publication,
      revision: number,
      consent?: { issuer: Address; deadline: number; signature: Hex },
    ): Promise<Sent> =>
      send({
        ...{ ...contract, ...sender },
        functionName: consent ? "publishWithSignature" : "publish",
        args: consent
          ? [consent.issuer, publication, BigInt(revision), BigInt(consent.deadline), consent.signature]
          : [publication, BigInt(revision)],
      }),
  };
}

export type Registry = ReturnType<typeof registryAt>;
