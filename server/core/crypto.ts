import { createHash, randomBytes } from "node:crypto";

/** SHA-256 of a text or of bytes, in hex. */
export const sha256 = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");

/** A secret nobody can guess: `bytes` random bytes in base64url. */
export const randomToken = (bytes = 32): string => randomBytes(bytes).toString("base64url");

/** A random text of hex digits only, for places that allow nothing but letters and digits. */
export const randomHex = (bytes = 16): string => randomBytes(bytes).toString("hex");
