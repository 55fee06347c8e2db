import { system } from "../../core/db/context.ts";
import type { House } from "../../core/house.ts";
import { type Door, door } from "../../core/http/door.ts";
import { Nothing } from "../../core/http/schemas.ts";
import { accountProblems, openNonce, revokeByToken, revokeSession } from "../../modules/accounts/index.ts";
import { accessToken } from "../auth.ts";
import { presentNonce, presentTokens } from "./present.ts";
import { AskNonce, Logout, NonceView, Refresh, TokensView, WalletLogin } from "./schema.ts";
import { loginExpectation, refresh, type SignedIn, signInByWallet, type VerifyContractSignature } from "./verbs.ts";

/** @param verifyContract asks contract wallets about their signatures; without it only keys sign in */
export function authRoutes(house: House, verifyContract?: VerifyContractSignature): Door {
  const tokens = async ({ user, session }: SignedIn) =>
    presentTokens(user, await accessToken(house, user.id, session.sessionId), session.refreshToken);

  return door(house, "auth")
    .post(
      "/auth/nonce",
      { summary: "A nonce to sign in with", auth: "none", limit: "auth", body: AskNonce, answers: [201, NonceView] },
      async (c) => {
        const nonce = await house.db.write(system("auth"), (ctx) => openNonce(ctx, c.input.body.address));
        return presentNonce(nonce, loginExpectation(house), house.clock.now());
      },
    )
    .post(
      "/auth/wallet",
      {
        summary: "Sign in by an EIP-4361 message",
        auth: "none",
        limit: "auth",
        body: WalletLogin,
        answers: [200, TokensView],
        problems: [accountProblems.login_refused],
      },
      async (c) => tokens(await signInByWallet(house, c.input.body, verifyContract)),
    )
    .post(
      "/token/refresh",
      {
        summary: "Trade a refresh token for the next",
        auth: "none",
        limit: "auth",
        body: Refresh,
        answers: [200, TokensView],
        problems: [accountProblems.refresh_token_refused],
      },
      async (c) => tokens(await refresh(house, c.input.body.refresh_token)),
    )
    .post(
      "/logout",
      { summary: "End this login", auth: "user", limit: "auth", body: Logout, answers: [204, Nothing] },
      async (c) => {
        await house.db.write(c.actor, async (ctx) => {
          await revokeSession(ctx, c.sessionId);
          const token = c.input.body?.refresh_token;
          if (token !== undefined) await revokeByToken(ctx, c.actor.id, token);
        });
      },
    );
}
