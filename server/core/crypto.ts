import { createHash, createHmac, randomBytes } from "node:crypto";

/** SHA-256 of a text or of bytes, in hex. */
export const sha256 = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");

/** A secret nobody can guess: `bytes` random bytes in base64url. */
export const randomToken = (bytes = 32): string => randomBytes(bytes).toString("base64url");

/** A random text of hex digits only, for places that allow nothing but letters and digits. */
export const randomHex = (bytes = 16): string => randomBytes(bytes).toString("hex");

/**
 * A secret made of an id by the house's own secret: whoever has the id alone cannot make it, and it is the same again.
 * @param secret the house's
 */
export const sealedToken = (secret: string, id: string): string =>
  createHmac("sha256", secret).update(`mailed token ${id}`).digest("base64url");
