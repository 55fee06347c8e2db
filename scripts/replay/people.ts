import { keccak256, type LocalAccount, stringToHex } from "viem";
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { ApiProblem, type Send } from "../client/http.ts";
import { insistent, type Session, signIn } from "../client/session.ts";
import { until } from "../client/until.ts";

/** The wallet of somebody in the files, always the same one. For local chains: whoever knows the name has the key. */
export const walletOf = (role: string, id: string): PrivateKeyAccount =>
  privateKeyToAccount(keccak256(stringToHex(`tributary replay, ${role} ${id}`)));

/**
 * Signs a wallet in for as long as the replay runs: what nobody answers is sent again with its key, and when the login
 * is over the wallet signs in anew.
 */
export async function lastingSession(send: Send, account: LocalAccount): Promise<Session> {
  const begin = async () => insistent(await until(`${account.address} to sign in`, () => signIn(send, account)));
  const first = await begin();
  let current = first;
  const insist: Session["send"] = async (...request) => {
    const used = current;
    try {
      return await used.send(...request);
    } catch (error) {
      if (!(error instanceof ApiProblem && error.status === 401)) throw error;
      if (current === used) current = await begin();
      return current.send(...request);
    }
  };
  return { ...first, send: insist };
}
