import { isAddressEqual, type LocalAccount } from "viem";
import { rootOf } from "../../server/protocol/merkle.ts";
import { type Publication, publishTypedData, type Statement, statementTree } from "../../server/protocol/statement.ts";
import type { SignedPublication } from "./files.ts";
import type { Kept, Registry } from "./registry.ts";

/** What a statement comes to on the chain. Throws when it cannot be right, or is of another chain or issuer. */
export function publicationOf(
  { statement, fileHash }: { statement: Statement; fileHash: Publication["fileHash"] },
  uri: string,
): Publication {
  const { from, until } = statement.head;
  return { root: rootOf(statementTree(statement)), fileHash, from, until, lineCount: statement.lines.length, uri };
}

/** What to do about a publication: nothing where the last revision says the same, else publish it as this revision. */
export type Plan = { readonly revision: number; readonly done: boolean };

/**
 * A command that is run twice publishes once; a correction must be meant.
 * @param wanted the revision that was asked for
 * @throws when another revision is there and none was asked for, or another one than the next
 */
export function planOf(
  publication: Publication,
  latest: number,
  last: Kept | undefined,
  wanted: number | undefined,
): Plan {
  const same = last?.root === publication.root && last.fileHash === publication.fileHash;
  if (same && (wanted === undefined || wanted === latest)) return { revision: latest, done: true };
  const next = latest + 1;
  if (wanted === undefined && latest > 0) {
    throw new Error(`revision ${latest} of this period says something else; to correct it, say --revision ${next}`);
  }
  if (wanted !== undefined && wanted !== next) {
    throw new Error(`the next revision of this period is ${next}, not ${wanted}`);
  }
  return { revision: next, done: false };
}

/** Throws unless `account` may speak for the statement, on the chain that it is about. */
export function checkIssuer({ head }: Statement, account: LocalAccount, chainId: number): void {
  if (head.chainId !== chainId)
    throw new Error(`the statement is about chain ${head.chainId}, this is chain ${chainId}`);
  if (!isAddressEqual(head.issuer, account.address)) {
    throw new Error(`the statement is of ${head.issuer}, the key is of ${account.address}`);
  }
}

/** The issuer signs; anyone may send what comes out, until `deadline`. */
export async function signPublication(
  { chainId, address }: Pick<Registry, "chainId" | "address">,
  issuer: LocalAccount,
  publication: Publication,
  until: { revision: number; deadline: number },
): Promise<SignedPublication> {
  const typedData = publishTypedData({ chainId, registry: address }, issuer.address, publication, until);
  const signature = await issuer.signTypedData(typedData);
  return { issuer: issuer.address, publication, ...until, signature };
}
