import { z } from "zod";
import { Address, hex, Moment, Uuid } from "../../core/http/schemas.ts";

export const AskNonce = z.strictObject({
  address: Address.optional().meta({ description: "The only wallet that may use the nonce" }),
});

export const NonceView = z.strictObject({
  nonce: z.string(),
  expires_at: Moment,
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

const RefreshToken = z.string().regex(/^[\w-]{43}$/, "is no refresh token");

export const Refresh = z.strictObject({ refresh_token: RefreshToken });
export const Logout = z.strictObject({ refresh_token: RefreshToken.optional() }).optional();

export const WalletView = z.strictObject({ address: Address, primary: z.boolean(), linked_at: Moment });

export const UserView = z
  .strictObject({
    id: Uuid,
    name: z.string(),
    username: z.string().nullable(),
    email: z.string().nullable().meta({ description: "Verified" }),
    pending_email: z.string().nullable().meta({ description: "Waits for its verification" }),
    language: z.enum(["en", "zh"]),
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
