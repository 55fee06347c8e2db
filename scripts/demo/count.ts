import { againstApi } from "../audit/api.ts";
import { againstChain, againstWallets } from "../audit/chain.ts";
import type { Difference } from "../audit/difference.ts";
import { againstLedger, holdingOf, readHouse } from "../audit/ledger.ts";
import { creditOnChain, gasOnChain } from "../audit/onChain.ts";
import type { Latency, Outcome, PayeeRow } from "../audit/report.ts";
import { CAST, PAYEES, POCKET_MONEY } from "./cast.ts";
import type { World } from "./world.ts";

/** Holds the demo's books against contract, events, wallets, API, ledger and the server's own reconciliation. */
export async function count(world: World, latency: Latency): Promise<Outcome> {
  const { stack, books, place, say, chain } = world;
  say.chapter("Counting");
  const house = await readHouse(stack.env);
  const differences = [
    ...(await againstChain(books, place)),
    ...(await walletDifferences(world)),
    ...(await againstApi(books, world.orders)),
    ...againstLedger(books, house.ledger, stack.book.chainId),
    ...house.differences,
  ];
  say.done("contract, events, wallets, API, ledger and the server's reconciliation held against what was done");
  return {
    orders: world.orders.length,
    payees: await payeeRows(world),
    holdings: await Promise.all(
      world.tokens.map((token) => holdingOf(books, place, house.ledger, stack.book.chainId, token)),
    ),
    differences,
    gas: await gasOnChain(chain, place.escrow, place.startBlock),
    latency,
  };
}

/** Of TUSD: nobody pays gas with it, so every unit in a wallet has its reason. */
async function walletDifferences({ books, place, tokens }: World): Promise<Difference[]> {
  const testUsd = tokens.find(({ symbol }) => symbol === "TUSD");
  if (!testUsd) throw new Error("there is no TUSD on this chain");
  const people = PAYEES.map(({ account }) => ({
    account,
    minted: account === CAST.ana || account === CAST.bo ? POCKET_MONEY : 0n,
  }));
  return againstWallets(books, place, testUsd.address, people);
}

async function payeeRows({ books, chain, place, tokens }: World): Promise<PayeeRow[]> {
  const rows: PayeeRow[] = [];
  for (const { name, role, account } of PAYEES) {
    for (const page of books.accounts().filter((own) => own.account === account.address)) {
      const token = tokens.find(({ address }) => address === page.token);
      if (!token) continue;
      const left = await creditOnChain(chain, place.escrow, page.account, page.token);
      rows.push({ payee: name, role, token, earned: page.credited, withdrawn: page.withdrawn, left });
    }
  }
  return rows;
}
