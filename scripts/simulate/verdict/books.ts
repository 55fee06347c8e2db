/** A posting with the asset of its account. */
export interface PostingRow {
  readonly journal_id: string;
  readonly account: string;
  readonly amount: string;
}

export interface JournalRow {
  readonly id: string;
  readonly key: string;
}

/** Of an account's name, `kind:owner:chain:token`, the asset. */
const assetOf = (account: string): string => account.split(":").slice(-2).join(":");

/** Every journal sums to zero in each asset, all accounts together too, and no movement is booked twice. */
export function judgeBooks(
  postings: readonly PostingRow[],
  journals: readonly JournalRow[],
  balances: ReadonlyMap<string, bigint>,
): string[] {
  const complaints: string[] = [];
  const byJournal = new Map<string, bigint>();
  const byAccount = new Map<string, bigint>();
  for (const { journal_id, account, amount } of postings) {
    add(byJournal, `${journal_id} ${assetOf(account)}`, BigInt(amount));
    add(byAccount, account, BigInt(amount));
  }
  for (const [name, sum] of byJournal) if (sum !== 0n) complaints.push(`journal ${name} sums to ${sum}`);
  for (const [account, balance] of balances)
    if ((byAccount.get(account) ?? 0n) !== balance)
      complaints.push(`ledger_account ${account} has ${balance}, its postings sum to ${byAccount.get(account) ?? 0n}`);
  const assets = new Map<string, bigint>();
  for (const [account, balance] of balances) add(assets, assetOf(account), balance);
  for (const [asset, sum] of assets) if (sum !== 0n) complaints.push(`all accounts of ${asset} sum to ${sum}`);
  const keys = new Set<string>();
  for (const { key } of journals) {
    if (keys.has(key)) complaints.push(`journal ${key} is there twice`);
    keys.add(key);
  }
  return complaints;
}

function add(sums: Map<string, bigint>, name: string, amount: bigint): void {
  sums.set(name, (sums.get(name) ?? 0n) + amount);
}
