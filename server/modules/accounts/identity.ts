import { domainToASCII } from "node:url";

/** Letters, digits and single separators; ASCII only, for names that look alike must not be two people. */
const USERNAME = /^[a-z](?:[._-]?[a-z0-9])*$/;
const SHORTEST_USERNAME = 3;
const LONGEST_USERNAME = 32;

/** A user name as its owner may write it, in the one width there is. */
export const usernameOf = (written: string): string => written.normalize("NFKC").trim();

/** What makes user names one: `Ada`, `ADA` and `ａｄａ` are the same. */
export const usernameKey = (written: string): string => usernameOf(written).toLowerCase();

/** What is wrong with a user name, or undefined. */
export function usernameFault(written: string): string | undefined {
  const key = usernameKey(written);
  if (key.length < SHORTEST_USERNAME || key.length > LONGEST_USERNAME)
    return `must have ${SHORTEST_USERNAME} to ${LONGEST_USERNAME} characters`;
  if (!USERNAME.test(key))
    return "must be letters a to z, digits and single . _ - between them, beginning with a letter";
  return undefined;
}

const LONGEST_EMAIL = 254;
/** The address of a mailbox as browsers take it, with a dot in its domain. */
const EMAIL =
  /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i;

/**
 * An email address in the form mail is sent to: its domain in ASCII, the mailbox as it was written.
 * @returns undefined when it is none
 * @see https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
 */
export function emailOf(written: string): string | undefined {
  const [mailbox = "", domain = "", ...rest] = written.normalize("NFC").trim().split("@");
  const address = `${mailbox}@${domainToASCII(domain)}`;
  return rest.length === 0 && address.length <= LONGEST_EMAIL && EMAIL.test(address) ? address : undefined;
}

/** What makes addresses one. No provider we know tells mailboxes by case; dots and tags are left as they are. */
export const emailKey = (email: string): string => email.toLowerCase();
