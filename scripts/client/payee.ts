import { randomUUID } from "node:crypto";
import type { Address } from "viem";
import type { Balances, BalanceView } from "../../server/api/balances/schema.ts";
import type { NotificationList } from "../../server/api/notifications/schema.ts";
import type { WithdrawalView } from "../../server/api/withdrawals/schema.ts";
import { type ChainClient, doCall } from "./chain.ts";
import { type JsonOf, type Session, signTypedData } from "./session.ts";

export type BalanceJson = JsonOf<typeof BalanceView>;

/** What the escrow owes a wallet and the payees of its merchants, as the API says it; base units as text. */
export const balancesOf = async (session: Session): Promise<BalanceJson[]> =>
  (await session.send<JsonOf<typeof Balances>>("GET", "/balances")).data;

/** A payee takes its credit out to its own wallet. @param amount base units */
export async function withdraw(chain: ChainClient, session: Session, token: Address, amount: bigint): Promise<void> {
  const body = { token, amount: `${amount}` };
  const { call } = await session.send<JsonOf<typeof WithdrawalView>>("POST", "/withdrawals", body, randomUUID());
  await doCall(chain, session.account, call);
}

/** A payee signs that its credit goes to its own wallet; the operator sends it and pays the gas. @param amount base units */
export async function withdrawBySignature(session: Session, token: Address, amount: bigint): Promise<void> {
  const body = { token, amount: `${amount}` };
  const asked = await session.send<JsonOf<typeof WithdrawalView>>("POST", "/withdrawals", body, randomUUID());
  const signature = await signTypedData(session, asked.typed_data);
  await session.send("POST", `/withdrawals/${asked.withdrawal_id}/signature`, { signature }, randomUUID());
}

/** What somebody was told last, newest first. */
export const newsFor = async (session: Session): Promise<JsonOf<typeof NotificationList>["data"]> =>
  (await session.send<JsonOf<typeof NotificationList>>("GET", "/notifications?per_page=100")).data;
