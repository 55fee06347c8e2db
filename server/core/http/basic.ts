import { problems } from "./problems.ts";

/** What a request says of itself by HTTP Basic; nothing is checked yet. */
export interface BasicCredentials {
  readonly username: string;
  readonly password: string;
}

/** How a door that takes HTTP Basic asks for it. */
export const BASIC_CHALLENGE = 'Basic realm="tributary", charset="UTF-8"';

/**
 * Reads an Authorization header of the scheme Basic.
 * @returns undefined when there is no such header
 * @throws unauthorized when it is not what RFC 7617 says: base64 of UTF-8 `name:password` without control characters
 */
export function basicCredentials(authorization: string): BasicCredentials | undefined {
  if (!/^basic(\s|$)/i.test(authorization)) return undefined;
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1];
  const decoded = encoded === undefined ? undefined : utf8(encoded);
  const colon = decoded?.indexOf(":") ?? -1;
  if (decoded === undefined || colon < 1 || /\p{Cc}/u.test(decoded))
    throw problems.unauthorized("Send Authorization: Basic and the base64 of name:password in UTF-8.");
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

function utf8(base64: string): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(base64, "base64"));
  } catch {
    return undefined;
  }
}
