import { presentMoment } from "../../core/http/schemas.ts";
import type { Account } from "../../modules/accounts/index.ts";
import { ACCESS_TOKEN_S } from "../auth.ts";

export const presentUser = ({ id, wallet, name, roles, createdAt }: Account) => ({
  id,
  wallet,
  name,
  roles: [...roles],
  created_at: presentMoment(createdAt),
});

/** @param message what the message of this login must say, without its times */
export function presentNonce(
  { nonce, expiresAt }: { nonce: string; expiresAt: number },
  message: { domain: string; uri: string; chainId: number },
  now: number,
) {
  const expires = presentMoment(expiresAt);
  return {
    nonce,
    expires_at: expires,
    message_fields: {
      domain: message.domain,
      uri: message.uri,
      version: "1" as const,
      chain_id: message.chainId,
      statement: "Sign in to Tributary.",
      nonce,
      issued_at: presentMoment(now),
      expiration_time: expires,
    },
  };
}

export const presentTokens = (user: Account, access: string, refresh: string) => ({
  access_token: access,
  token_type: "Bearer" as const,
  expires_in: ACCESS_TOKEN_S,
  refresh_token: refresh,
  user: presentUser(user),
});
