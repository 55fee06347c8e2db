import type { Address } from "viem";
import type { AccountPage } from "../../audit/books.ts";
import { mineBlocks } from "../../client/chain.ts";
import { sender } from "../../client/http.ts";
import { type BalanceJson, balancesOf, withdraw } from "../../client/payee.ts";
import { type Session, signIn } from "../../client/session.ts";
import { until } from "../../client/until.ts";
import { amountText } from "../../support/narrator.ts";
import { PAYEES } from "../cast.ts";
import type { World } from "../world.ts";

/** More blocks than a log needs to be final. */
const ENOUGH_BLOCKS = 13;

/** Everybody with credit takes all of it out, and the server knows. */
export async function withdrawals(world: World): Promise<void> {
  const { say, chain, stack, books } = world;
  say.chapter("Every payee withdraws");
  await mineBlocks(chain, ENOUGH_BLOCKS);
  const send = sender(stack.origin);
  for (const { name, account } of PAYEES) {
    const session = await signIn(send, account);
    const taken: string[] = [];
    for (const page of books.accounts().filter((own) => own.account === account.address)) {
      if (page.credited > 0n) taken.push(await withdrawAll(world, session, page));
    }
    if (taken.length > 0) say.done(`${name}: ${taken.join(" and ")}`);
  }
}

async function withdrawAll(world: World, session: Session, page: AccountPage): Promise<string> {
  const { token, credited } = page;
  await balance(session, token, `${credited} to be payable`, ({ payable }) => payable === String(credited));
  await withdraw(world.chain, session, token, credited);
  world.books.withdrew(page.account, token, credited);
  await balance(
    session,
    token,
    `${credited} to be withdrawn`,
    ({ credit, withdrawn }) => credit === "0" && withdrawn === String(credited),
  );
  const shown = world.tokens.find(({ address }) => address === token);
  return shown ? amountText(credited, shown) : `${credited} of ${token}`;
}

const balance = (session: Session, token: Address, what: string, isSo: (balance: BalanceJson) => boolean) =>
  until(`${what} at ${session.account.address}`, async () => {
    const own = (await balancesOf(session)).find((one) => one.token === token);
    if (own && isSo(own)) return own;
    throw new Error(JSON.stringify(own));
  });
