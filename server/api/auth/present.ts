import { presentMoment } from "../../core/http/schemas.ts";
import type { Account, LinkedWallet, LoginExpectation } from "../../modules/accounts/index.ts";
import { ACCESS_TOKEN_S } from "../auth.ts";

export const presentUser = (user: Account) => ({
  id: user.id,
  name: user.name,
  username: user.username,
  email: user.email,
  pending_email: user.pendingEmail,
  language: user.language,
  time_zone: user.timeZone,
  wallet: user.wallets[0]?.address ?? null,
  wallets: user.wallets.map(presentWallet),
  roles: [...user.roles],
  created_at: presentMoment(user.createdAt),
});

const presentWallet = ({ address, linkedAt, primary }: LinkedWallet) => ({
  address,
  primary,
  linked_at: presentMoment(linkedAt),
});

/** What a login message must say; it may name any of the chains. */
export function presentNonce(
  { nonce, expiresAt }: { nonce: string; expiresAt: number },
  { domain, uri, chainIds }: Pick<LoginExpectation, "domain" | "uri" | "chainIds">,
  now: number,
) {
  const expires = presentMoment(expiresAt);
  return {
    nonce,
    expires_at: expires,
    chain_ids: [...chainIds],
    message_fields: {
      ...{ domain, uri },
      version: "1" as const,
      chain_id: chainIds[0],
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
