import type { House } from "../../core/house.ts";
import { type Door, door } from "../../core/http/door.ts";
import { problems } from "../../core/http/problems.ts";
import { Nothing } from "../../core/http/schemas.ts";
import { accountProblems, makePrimary, userById, verifyAgain } from "../../modules/accounts/index.ts";
import { presentUser } from "../auth/present.ts";
import { UserView, WalletLogin } from "../auth/schema.ts";
import type { VerifyContractSignature } from "../auth/verbs.ts";
import { ByWallet, ChangePassword, ChangeProfile } from "./schema.ts";
import { addWallet, changePassword, removeWallet, saveProfile } from "./verbs.ts";

/** @param verifyContract asks contract wallets about their signatures; without it only keys are linked */
export const profileRoutes = (house: House, verifyContract?: VerifyContractSignature): Door =>
  door(house, "profile")
    .get("/me", { summary: "Who you are", auth: "user", limit: "reads", answers: [200, UserView] }, async (c) =>
      presentUser(await house.db.read(c.actor, (ctx) => userById(ctx, c.actor.id))),
    )
    .patch(
      "/me",
      {
        summary: "Change what you say of yourself",
        auth: "user",
        limit: "writes",
        body: ChangeProfile,
        answers: [200, UserView],
        problems: [accountProblems.current_password_wrong],
      },
      async (c) => presentUser(await saveProfile(house, c, c.input.body)),
    )
    .post(
      "/me/wallets",
      {
        summary: "Link a wallet by an EIP-4361 message it has signed",
        auth: "user",
        limit: "auth",
        body: WalletLogin,
        answers: [201, UserView],
        problems: [accountProblems.login_refused, accountProblems.wallet_taken, accountProblems.wallets_full],
      },
      async (c) => presentUser(await addWallet(house, c, c.input.body, verifyContract)),
    )
    .delete(
      "/me/wallets/:address",
      {
        summary: "Unlink a wallet; your other logins end",
        auth: "user",
        limit: "writes",
        params: ByWallet,
        answers: [204, Nothing],
        problems: [problems.not_found, accountProblems.last_way_in],
      },
      (c) => removeWallet(house, c, c.input.params.address),
    )
    .put(
      "/me/wallets/:address/primary",
      {
        summary: "Pay, and be paid, by this wallet unless another is named",
        auth: "user",
        limit: "writes",
        params: ByWallet,
        answers: [200, UserView],
        problems: [problems.not_found],
      },
      async (c) =>
        presentUser(
          await house.db.write(c.actor, async (ctx) => {
            await makePrimary(ctx, c.actor.id, c.input.params.address);
            return userById(ctx, c.actor.id);
          }),
        ),
    )
    .post(
      "/email/verification",
      {
        summary: "Have the code for your new mail address mailed again",
        auth: "user",
        limit: "auth",
        answers: [202, Nothing],
        problems: [accountProblems.email_verified_already],
      },
      (c) => house.db.write(c.actor, (ctx) => verifyAgain(ctx, house.config.jwtSecret, c.actor.id)),
    )
    .post(
      "/password",
      {
        summary: "Change your password, or have a first one; your other logins end",
        auth: "user",
        limit: "auth",
        body: ChangePassword,
        answers: [204, Nothing],
        problems: [
          accountProblems.current_password_wrong,
          accountProblems.password_weak,
          accountProblems.password_moved,
          accountProblems.username_needed,
          accountProblems.username_kept,
          accountProblems.username_taken,
        ],
      },
      (c) => changePassword(house, c, c.input.body),
    );
