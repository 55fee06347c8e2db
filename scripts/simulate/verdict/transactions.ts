import type { Hex } from "viem";
import type { ReceiptJson } from "../chain/blocks.ts";
import type { SimulatedChain } from "../chain/chain.ts";

/** A row of `chain_transaction` with what it is for. */
export interface OwnRow {
  readonly id: string;
  readonly nonce: string | number | null;
  readonly hash: Hex | null;
  readonly state: string;
  readonly block_hash: Hex | null;
  /** Hashes of every variant that was ever signed. */
  readonly attempts: readonly Hex[];
  readonly purposes: readonly string[];
}

/**
 * The house's transactions against the branch that stands: what is mined of its key is a row that says so, and what was
 * asked happened at most once.
 * @param used how many nonces of the key are mined
 */
export function judgeTransactions(chain: SimulatedChain, rows: readonly OwnRow[], used: number): string[] {
  const branch = chain.branch();
  const receipts = new Map<string, { receipt: ReceiptJson; block: Hex }>(
    branch.flatMap(({ hash, receipts: all }) =>
      all.map((receipt) => [receipt.transactionHash, { receipt, block: hash }] as const),
    ),
  );
  const complaints: string[] = [];
  const done = new Map<string, string>();
  const minedNonces = new Set<number>();
  for (const { id, nonce, hash, state, block_hash, attempts, purposes } of rows) {
    const complain = (what: string) =>
      complaints.push(`chain_transaction ${id} (nonce ${nonce}, ${purposes.join(" ")}) ${what}`);
    const minedHash = attempts.find((attempt) => receipts.has(attempt));
    const mined = minedHash ? receipts.get(minedHash) : undefined;
    if (mined && hash !== minedHash) complain(`is said to be mined as ${hash}, it was as ${minedHash}`);
    const succeeded = mined?.receipt.status === "0x1";
    if (mined && nonce !== null) minedNonces.add(Number(nonce));
    const expected = !mined ? ["failed", "superseded"] : succeeded ? ["final"] : ["failed"];
    if (!expected.includes(state)) complain(`is ${state} and not ${expected.join(" or ")}`);
    if (mined && block_hash !== mined.block) complain(`is said to be in block ${block_hash}, it is in ${mined.block}`);
    if (!mined && state === "failed" && nonce !== null) complain("failed without a receipt");
    if (!succeeded) continue;
    for (const purpose of purposes) {
      if (done.has(purpose)) complain(`did what ${done.get(purpose)} did already`);
      done.set(purpose, id);
    }
  }
  complaints.push(...sentBlindly(chain, rows));
  for (let nonce = 0; nonce < used; nonce += 1)
    if (!minedNonces.has(nonce)) complaints.push(`nonce ${nonce} of the key is mined, but by no row of ours`);
  return complaints;
}

/** A second transaction for a purpose is good only where the first was reverted in a block, or its nonce was another's. */
function sentBlindly(chain: SimulatedChain, rows: readonly OwnRow[]): string[] {
  const signed = rows.filter(({ nonce }) => nonce !== null);
  const pairs = signed.flatMap((row) => row.purposes.map((purpose) => ({ purpose, row })));
  return [...Map.groupBy(pairs, ({ purpose }) => purpose)].flatMap(([purpose, all]) => {
    const inOrder = all.map(({ row }) => row).sort((a, b) => Number(a.nonce) - Number(b.nonce));
    return inOrder
      .slice(0, -1)
      .filter(({ state, attempts }) => state !== "superseded" && !chain.everReverted(attempts))
      .map(({ nonce }) => `${purpose} was sent again though nonce ${nonce}, which is for it, may still be mined`);
  });
}
