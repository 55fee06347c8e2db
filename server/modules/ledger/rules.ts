import type { LedgerKind } from "../../protocol/positions.ts";

/** The parts of an account's name. */
export interface AccountParts {
  readonly kind: LedgerKind;
  readonly owner: string;
  readonly chainId: number;
  /** In lower case. */
  readonly token: string;
  /** Chain and token: within it postings sum to zero. */
  readonly asset: string;
}

const KINDS: readonly string[] = [
  "payer",
  "escrow_held",
  "escrow_captured",
  "escrow_disputed",
  "credit",
  "deposited",
  "withdrawn",
] satisfies LedgerKind[];

/** A journal that must not be written: a fault of the caller. */
export class BadJournal extends Error {
  constructor(why: string) {
    super(why);
    this.name = "BadJournal";
  }
}

/** Reads `{kind}:{owner}:{chain id}:{token}`. Throws `BadJournal` when it is no such name. */
function partsOf(name: string): AccountParts {
  const match = /^(\w+):(0x[0-9a-f]+):([1-9]\d*):(0x[0-9a-f]{40})$/.exec(name);
  const [, kind = "", owner = "", chainId = "", token = ""] = match ?? [];
  if (!KINDS.includes(kind)) throw new BadJournal(`"${name}" is no ledger account`);
  return { kind: kind as LedgerKind, owner, chainId: Number(chainId), token, asset: `${chainId}:${token}` };
}

/** Reads names of accounts as `partsOf` does, each once: many journals move the same. */
export function readerOfNames(): (name: string) => AccountParts {
  const known = new Map<string, AccountParts>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const parts = partsOf(name);
    known.set(name, parts);
    return parts;
  };
}

/** Throws `BadJournal` unless the postings of each asset (chain and token) sum to zero. */
export function assertBalanced(deltas: ReadonlyMap<string, bigint>, read = partsOf): void {
  const sums = new Map<string, bigint>();
  for (const [account, amount] of deltas) {
    const { asset } = read(account);
    sums.set(asset, (sums.get(asset) ?? 0n) + amount);
  }
  for (const [asset, sum] of sums) if (sum !== 0n) throw new BadJournal(`the postings of ${asset} sum to ${sum}`);
}
