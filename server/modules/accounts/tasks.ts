import { z } from "zod";
import { system } from "../../core/db/context.ts";
import type { House } from "../../core/house.ts";
import type { TaskHandler } from "../../core/tasks.ts";
import { FORGOT_PASSWORD, forgotPassword } from "./emails.ts";

const Forgot = z.strictObject({ email: z.string() });

/** What accounts do outside of a request: look who forgot a password, where nobody can measure how long it takes. */
export const accountHandlers = (house: House): Readonly<Record<string, TaskHandler>> => ({
  [FORGOT_PASSWORD]: async ({ payload }) => {
    const { email } = Forgot.parse(payload);
    await house.db.write(system(FORGOT_PASSWORD), (ctx) => forgotPassword(ctx, house.config.jwtSecret, email));
  },
});
