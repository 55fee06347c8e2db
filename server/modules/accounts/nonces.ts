import type { Address } from "viem";
import { randomHex } from "../../core/crypto.ts";
import type { Context } from "../../core/db/context.ts";
import { sql } from "../../core/db/sql.ts";
import { NONCE_MS } from "./rules.ts";

/** A nonce for one login message. */
export interface Nonce {
  readonly nonce: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/**
 * Makes a nonce, and forgets those that have expired.
 * @param address the only wallet that may use it; any, unless said
 */
export async function openNonce(ctx: Context, address: Address | undefined): Promise<Nonce> {
  const now = ctx.clock.now();
  const nonce = randomHex(16);
  const expiresAt = now + NONCE_MS;
  await sql(ctx.db, "DELETE FROM siwe_nonce WHERE expires_at < :now", { now });
  await sql(ctx.db, "INSERT INTO siwe_nonce (nonce, address, expires_at) VALUES (:nonce, :address, :expiresAt)", {
    nonce,
    address: address?.toLowerCase() ?? null,
    expiresAt,
  });
  return { nonce, expiresAt };
}

/** Uses a nonce up, in one statement. @returns whether it was there for this wallet, unused and in time */
export async function burnNonce(ctx: Context, nonce: string, address: Address): Promise<boolean> {
  const { affected } = await sql(
    ctx.db,
    `UPDATE siwe_nonce SET used_at = :now WHERE nonce = :nonce AND used_at IS NULL AND expires_at > :now
     AND (address IS NULL OR address = :address)`,
    { nonce, address: address.toLowerCase(), now: ctx.clock.now() },
  );
  return affected === 1;
}
