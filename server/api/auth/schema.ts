import { z } from "zod";
import { Address, hex, Moment, Uuid } from "../../core/http/schemas.ts";
import { emailOf, usernameFault } from "../../modules/accounts/index.ts";

export const AskNonce = z.strictObject({
  address: Address.optional().meta({ description: "The only wallet that may use the nonce" }),
});

export const NonceView = z.strictObject({
  nonce: z.string(),
  expires_at: Moment,
  chain_ids: z.array(z.int()).meta({ description: "The message may name any of these chains" }),
  message_fields: z
    .strictObject({
      domain: z.string(),
      uri: z.string(),
      version: z.literal("1"),
      chain_id: z.int(),
      statement: z.string(),
      nonce: z.string(),
      issued_at: Moment,
      expiration_time: Moment,
    })
    .meta({ description: "What the EIP-4361 message must say; the address is the wallet's" }),
});

export const WalletLogin = z.strictObject({
  message: z.string().min(1).max(2_000).meta({ description: "The EIP-4361 message, exactly as it was signed" }),
  signature: hex(4_096),
});

/** A user name in a new account; logins take any text. */
export const Username = z
  .string()
  .max(128)
  .superRefine((written, issues) => {
    const fault = usernameFault(written);
    if (fault !== undefined) issues.addIssue({ code: "custom", message: fault });
  })
  .meta({ override: { type: "string", minLength: 3, maxLength: 32, pattern: "^[A-Za-z][A-Za-z0-9._-]*$" } });

export const Email = z
  .string()
  .max(320)
  .transform((written, issues) => {
    const email = emailOf(written);
    if (email === undefined) issues.addIssue({ code: "custom", message: "must be a mail address" });
    return email ?? "";
  })
  .meta({ override: { type: "string", format: "email", maxLength: 254 } });

/** A text somebody types as a password; whether it is a good one is another question. */
export const Password = z
  .string()
  .min(1)
  .max(512)
  .refine((value) => value.isWellFormed(), "must be well-formed Unicode")
  .refine((value) => !/\p{Cc}/u.test(value), "must not have control characters")
  .meta({ override: { type: "string", format: "password", minLength: 1, maxLength: 512 } });

export const Language = z.enum(["en", "zh"]);

export const Register = z
  .strictObject({ username: Username, password: Password, email: Email, language: Language.default("en") })
  .meta({ id: "Register", description: "The password has 10 to 128 characters and is none of the common ones" });

export const Login = z
  .strictObject({ username: z.string().min(1).max(128), password: Password })
  .optional()
  .meta({ description: "Or the same by HTTP Basic, and no body" });

const MailedToken = z.string().regex(/^[\w-]{43}$/, "is no code of ours");

export const VerifyEmail = z.strictObject({ token: MailedToken });
export const ForgotPassword = z.strictObject({ email: Email });
export const ResetPassword = z.strictObject({ token: MailedToken, password: Password });

const RefreshToken = z.string().regex(/^[\w-]{43}$/, "is no refresh token");

export const Refresh = z.strictObject({ refresh_token: RefreshToken });
export const Logout = z.strictObject({ refresh_token: RefreshToken.optional() }).optional();

const WalletView = z.strictObject({ address: Address, primary: z.boolean(), linked_at: Moment });

export const UserView = z
  .strictObject({
    id: Uuid,
    name: z.string(),
    username: z.string().nullable(),
    email: z.string().nullable().meta({ description: "Verified" }),
    pending_email: z.string().nullable().meta({ description: "Waits for its verification" }),
    language: Language,
    time_zone: z.string().meta({ description: "IANA" }),
    wallet: Address.nullable().meta({ description: "The primary one" }),
    wallets: z.array(WalletView),
    roles: z.array(z.enum(["shopper", "merchant", "channel", "agent", "carrier", "staff"])),
    created_at: Moment,
  })
  .meta({ id: "User" });

export const TokensView = z
  .strictObject({
    access_token: z.string(),
    token_type: z.literal("Bearer"),
    expires_in: z.int().meta({ description: "Seconds" }),
    refresh_token: z.string().meta({ description: "Good for one use" }),
    user: UserView,
  })
  .meta({ id: "Tokens" });
