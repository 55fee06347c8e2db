import { setTimeout as pause } from "node:timers/promises";
import type { Hex, LocalAccount } from "viem";
import { createSiweMessage } from "viem/siwe";
import type { z } from "zod";
import type { NonceView, TokensView } from "../../server/api/auth/schema.ts";
import type { TypedDataView } from "../../server/api/payments/schema.ts";
import { ApiProblem, NoAnswer, type Send } from "./http.ts";

/** The JSON of an answer whose schema is given. */
export type JsonOf<Schema extends z.ZodType> = z.input<Schema>;

/** Somebody who has signed in: their wallet, and requests in their name. */
export interface Session {
  readonly account: LocalAccount;
  readonly userId: string;
  readonly send: <Answer>(method: string, path: string, body?: unknown, key?: string) => Promise<Answer>;
}

/** Signs a wallet in by an EIP-4361 message. */
export async function signIn(send: Send, account: LocalAccount): Promise<Session> {
  const { message_fields: fields } = await send<JsonOf<typeof NonceView>>("POST", "/auth/nonce", {
    address: account.address,
  });
  const message = createSiweMessage({
    address: account.address,
    domain: fields.domain,
    uri: fields.uri,
    version: fields.version,
    chainId: fields.chain_id,
    statement: fields.statement,
    nonce: fields.nonce,
    issuedAt: new Date(fields.issued_at),
    expirationTime: new Date(fields.expiration_time),
  });
  const signature = await account.signMessage({ message });
  const { access_token: accessToken, user } = await send<JsonOf<typeof TokensView>>("POST", "/auth/wallet", {
    message,
    signature,
  });
  return {
    account,
    userId: user.id,
    send: (method, path, body, key) => send(method, path, body, { accessToken, ...(key === undefined ? {} : { key }) }),
  };
}

/** Signs what the API hands out to be signed, in the form of eth_signTypedData_v4. */
export function signTypedData({ account }: Session, typedData: JsonOf<typeof TypedDataView>): Promise<Hex> {
  // its types are only known at run time
  return account.signTypedData(typedData as Parameters<typeof account.signTypedData>[0]);
}

/** How long to wait before the same request is sent again, in milliseconds. */
const AGAIN_MS = 100;
/** For so long a request is sent again, in milliseconds; a claim on its key lasts a minute. */
const INSIST_MS = 90_000;

/**
 * The same session, but a request that nobody answers is sent again with its key until somebody does; also while the
 * server believes that the first one still runs.
 */
export function insistent(session: Session): Session {
  const send: Session["send"] = async (...request) => {
    const end = performance.now() + INSIST_MS;
    for (;;) {
      try {
        return await session.send(...request);
      } catch (error) {
        if (!mayBeSentAgain(error) || performance.now() >= end) throw error;
        await pause(AGAIN_MS);
      }
    }
  };
  return { ...session, send };
}

const mayBeSentAgain = (error: unknown): boolean =>
  error instanceof NoAnswer || (error instanceof ApiProblem && error.code === "idempotency_key_running");
