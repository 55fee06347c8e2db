import type { Address, LocalAccount } from "viem";
import { balancesOf, withdrawBySignature } from "../client/payee.ts";
import { until } from "../client/until.ts";
import { inParallel } from "../support/parallel.ts";
import { lastingSession, walletOf } from "./people.ts";
import { progressOf } from "./progress.ts";
import { AGENT_WALLETS, CARRIER, CHANNEL_WALLETS, PLATFORM, type World } from "./world.ts";

/** Payees who withdraw at the same time; each waits for the chain. */
const WIDTH = 40;
/** How often a payee looks whether its credit is final, in milliseconds. */
const EVERY_MS = 250;

/** Everybody with credit takes all of it out by a signature, and the server has booked it. */
export async function withdrawAll(world: World): Promise<void> {
  const { books, say } = world;
  const wallets = payeesOf(world);
  const pages = books.accounts().filter(({ credited }) => credited > 0n);
  const progress = progressOf(say, "withdrawals", pages.length);
  await inParallel(pages, WIDTH, async ({ account, credited }) => {
    const wallet = wallets.get(account);
    if (!wallet) throw new Error(`nobody here has the key of ${account}, who has credit`);
    await takeOut(world, wallet, credited);
    progress.step();
  });
  progress.end();
}

async function takeOut({ send, horizon, token, books }: World, wallet: LocalAccount, credit: bigint): Promise<void> {
  const session = await lastingSession(send, wallet);
  const isPayable = async () =>
    (await balancesOf(session)).some((own) => own.token === token.address && own.payable === String(credit));
  await until(`${credit} base units to be payable to ${wallet.address}`, isPayable, { everyMs: EVERY_MS });
  await withdrawBySignature(session, token.address, credit);
  await horizon.booked(wallet.address, "Withdrawn");
  books.withdrew(wallet.address, token.address, credit);
}

function payeesOf({ plan }: World): ReadonlyMap<Address, LocalAccount> {
  const sellers = new Set(plan.played.flatMap(({ parts }) => parts.map(({ sellerId }) => sellerId)));
  const payees = [
    ...[PLATFORM, CARRIER],
    ...CHANNEL_WALLETS,
    ...AGENT_WALLETS,
    ...[...sellers].map((id) => walletOf("seller", id)),
  ];
  return new Map(payees.map((wallet) => [wallet.address, wallet]));
}
