import type { Address } from "viem";
import { createSiweMessage, parseSiweMessage, type SiweMessage } from "viem/siwe";

/** How long a nonce waits for its signature, in milliseconds. */
export const NONCE_MS = 10 * 60_000;
/** How far ahead of ours a wallet's clock may be, in milliseconds. */
const CLOCK_SKEW_MS = 60_000;

/** What a login message must say; nothing here is optional. */
export interface LoginExpectation {
  /** Host and port people see, without the scheme. */
  readonly domain: string;
  readonly scheme: string;
  readonly uri: string;
  /** Chains a wallet may be on when it signs, the usual one first. */
  readonly chainIds: readonly [number, ...number[]];
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A login message that says what it must; its signature and its nonce are still to be checked. */
export interface LoginClaim {
  readonly address: Address;
  readonly nonce: string;
}

/**
 * The one guard of EIP-4361 messages: every field is held against what we expect, and the text must be exactly the one
 * its fields make, so that nothing a person read differs from what we parsed.
 * @returns the claim, or a sentence that says what is wrong with the message
 * @see https://eips.ethereum.org/EIPS/eip-4361
 */
export function readLoginMessage(text: string, expected: LoginExpectation): LoginClaim | string {
  const message = parseSiweMessage(text);
  if (!isWhole(message)) return "It is no complete EIP-4361 message.";
  if (!isCanonical(text, message)) return "It has more or other text than an EIP-4361 message.";
  if (message.domain !== expected.domain) return `It is for another domain than ${expected.domain}.`;
  if (message.scheme !== undefined && message.scheme !== expected.scheme) return "It is for another scheme.";
  if (message.uri !== expected.uri) return `It is for another URI than ${expected.uri}.`;
  if (message.version !== "1") return "It is of another version than 1.";
  if (!expected.chainIds.includes(message.chainId))
    return `It is for another chain than ${expected.chainIds.join(" or ")}.`;
  return wrongTime(message, expected.now) ?? { address: message.address, nonce: message.nonce };
}

/** An unreadable moment is NaN and must fail, so each comparison says what is right. */
function wrongTime({ issuedAt, expirationTime, notBefore }: Whole, now: number): string | undefined {
  if (!(issuedAt.getTime() <= now + CLOCK_SKEW_MS)) return "It was issued in the future.";
  if (!(issuedAt.getTime() > now - NONCE_MS)) return "It was issued too long ago.";
  if (expirationTime !== undefined && !(expirationTime.getTime() > now)) return "It has expired.";
  if (notBefore !== undefined && !(notBefore.getTime() <= now)) return "It is not valid yet.";
  return undefined;
}

type Parsed = ReturnType<typeof parseSiweMessage>;
type Whole = SiweMessage & { issuedAt: Date };

const isWhole = (message: Parsed): message is Whole =>
  (["address", "domain", "uri", "version", "chainId", "nonce", "issuedAt"] as const).every(
    (field) => message[field] !== undefined,
  );

/** Whether the text is what its own fields make, but for how moments are written. */
function isCanonical(text: string, message: Whole): boolean {
  try {
    return (
      createSiweMessage(message) === text.replaceAll(MOMENT, (_, name, at) => `${name}: ${new Date(at).toISOString()}`)
    );
  } catch {
    return false;
  }
}

const MOMENT = /^(Issued At|Expiration Time|Not Before): (.+)$/gm;
