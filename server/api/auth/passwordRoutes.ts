import { system } from "../../core/db/context.ts";
import type { House } from "../../core/house.ts";
import { type Door, door } from "../../core/http/door.ts";
import { problems } from "../../core/http/problems.ts";
import { Nothing } from "../../core/http/schemas.ts";
import { accountProblems, FORGOT_PASSWORD } from "../../modules/accounts/index.ts";
import { accessToken } from "../auth.ts";
import { registerUser, resetByToken, signInByPassword, verifyByToken } from "./password.ts";
import { presentTokens, presentUser } from "./present.ts";
import { ForgotPassword, Login, Register, ResetPassword, TokensView, UserView, VerifyEmail } from "./schema.ts";

/** User names, passwords and what is mailed about them, for people who have not signed in. */
export const passwordRoutes = (house: House): Door =>
  door(house, "auth")
    .post(
      "/register",
      {
        summary: "Make an account with a user name and a password",
        auth: "none",
        limit: "auth",
        body: Register,
        answers: [201, UserView],
        problems: [accountProblems.username_taken, accountProblems.password_weak],
      },
      async (c) => presentUser(await registerUser(house, c.input.body)),
    )
    .post(
      "/login",
      {
        summary: "Sign in by user name and password, as JSON or by HTTP Basic",
        auth: "none",
        basic: true,
        limit: "auth",
        body: Login,
        answers: [200, TokensView],
        problems: [accountProblems.password_refused, problems.unauthorized],
      },
      async ({ input: { body }, basic, network }) => {
        if (body !== undefined && basic !== undefined)
          throw problems.validation_failed("Send the password in the body or by HTTP Basic, not both.");
        const said = body ?? basic;
        if (said === undefined) throw problems.unauthorized("Send a user name and a password, as JSON or HTTP Basic.");
        const { user, session } = await signInByPassword(house, { username: said.username, network }, said.password);
        return presentTokens(user, await accessToken(house, user.id, session.sessionId), session.refreshToken);
      },
    )
    .post(
      "/email/verify",
      {
        summary: "Confirm a mail address by the code that was mailed to it",
        auth: "none",
        limit: "auth",
        body: VerifyEmail,
        answers: [204, Nothing],
        problems: [accountProblems.mail_token_refused, accountProblems.email_taken],
      },
      async (c) => void (await verifyByToken(house, c.input.body.token)),
    )
    .post(
      "/password/forgot",
      {
        summary: "Have the way to a new password mailed; the answer is the same for every address",
        auth: "none",
        limit: "auth",
        body: ForgotPassword,
        answers: [202, Nothing],
      },
      async (c) => house.db.write(system("auth"), (ctx) => ctx.emit(FORGOT_PASSWORD, { email: c.input.body.email })),
    )
    .post(
      "/password/reset",
      {
        summary: "Choose a new password by a mailed code; all logins end",
        auth: "none",
        limit: "auth",
        body: ResetPassword,
        answers: [204, Nothing],
        problems: [accountProblems.mail_token_refused, accountProblems.password_weak],
      },
      (c) => resetByToken(house, c.input.body.token, c.input.body.password),
    );
