import { hash, verify } from "@node-rs/argon2";
import { passwordOf } from "./passwordRules.ts";

/**
 * Argon2id, the package's default, with the parameters OWASP names first: 19 MiB, two passes, one lane.
 * @see docs/decisions/argon2id.md
 */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** What is kept of a password. It takes some 10 ms and 19 MiB on purpose: never call it inside a `write`. */
export const hashPassword = (password: string): Promise<string> => hash(passwordOf(password), COST);

let nobodys: Promise<string> | undefined;

/**
 * Whether a password is the one that was hashed. Takes as long for somebody who has none.
 * @param passwordHash null for an unknown user, or one without a password
 */
export async function isPassword(password: string, passwordHash: string | null): Promise<boolean> {
  nobodys ??= hashPassword("nobody has this password");
  const matches = await verify(passwordHash ?? (await nobodys), passwordOf(password));
  return matches && passwordHash !== null;
}
