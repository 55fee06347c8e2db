import { emailKey, usernameKey } from "./identity.ts";

const SHORTEST = 10;
const LONGEST = 128;
/** Fewer different characters than this is a pattern. */
const FEWEST_DIFFERENT = 5;
/** What must be left of a password besides the words everybody knows. */
const FEWEST_OWN = 8;

/** Who a password is for: what others know of them makes no password. */
export interface PasswordOwner {
  readonly username: string | null;
  readonly email: string | null;
}

/** The one form of a password, whatever keyboard it was typed on. */
export const passwordOf = (written: string): string => written.normalize("NFKC");

/**
 * What is wrong with a new password, as a sentence, or undefined. Length and how common it is decide; which kinds of
 * characters it has does not.
 * @see NIST SP 800-63B, 3.1.1.2
 */
export function passwordFault(written: string, { username, email }: PasswordOwner): string | undefined {
  const password = passwordOf(written);
  const characters = [...password];
  if (characters.length < SHORTEST) return `It must have at least ${SHORTEST} characters.`;
  if (characters.length > LONGEST) return `It must have at most ${LONGEST} characters.`;
  if (new Set(characters).size < FEWEST_DIFFERENT) return "It repeats too few characters.";
  if (/^\p{N}+$/u.test(password)) return "It is a number alone.";
  const known = [username && usernameKey(username), email && emailKey(email), email && emailKey(email).split("@")[0]];
  if (isMostly(password.toLowerCase(), known)) return "It is your name or your mail address.";
  if (isCommon(password)) return "It is among the passwords that are tried first.";
  return undefined;
}

const isMostly = (password: string, words: readonly (string | null | undefined)[]): boolean =>
  words.some((word) => word && password.includes(word) && [...password.replaceAll(word, "")].length < FEWEST_OWN);

/** Whether nothing but words from everybody's list is left once ornament and disguise are taken off. */
function isCommon(password: string): boolean {
  const inner = password.toLowerCase().replace(/^[^\p{L}]+|[^\p{L}]+$/gu, "");
  const letters = undisguised(inner).replaceAll(/[^\p{L}]/gu, "");
  const ornament = [...password].length - [...inner].length;
  return COMMON_WHOLE.has(password.toLowerCase()) || (ornament < FEWEST_OWN && isMadeOf(letters));
}

const DISGUISES: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
  "!": "i",
};
const undisguised = (text: string): string => text.replaceAll(/[013457@$!]/g, (sign) => DISGUISES[sign] ?? sign);

const isMadeOf = (letters: string): boolean => new RegExp(`^(?:${COMMON_WORDS.join("|")})+$`).test(letters);

/** Words and runs of keys that lead every list of leaked passwords, in both languages of the house. */
const COMMON_WORDS =
  "password passwort passwd pass admin administrator root user login letmein welcome default changeme secret master test guest qwerty qwertyuiop qwertyui qwertz azerty asdf asdfgh asdfghjkl asdfghjk zxcv zxcvbn zxcvbnm qaz wsx edc rfv qazwsx qazwsxedc poiuytrewq lkjhgfdsa mnbvcxz abc abcd abcde abcdef abcdefg abcdefgh abcdefghi abcdefghij iloveyou iloveu loveyou love lovely princess sunshine dragon monkey football baseball basketball soccer superman batman spiderman pokemon starwars shadow michael jennifer jessica jordan charlie daniel ashley thomas andrew joshua hunter killer ninja mustang ferrari samsung google facebook whatever freedom flower summer winter spring autumn monday friday hello computer internet cheese chocolate cookie butterfly purple orange banana liverpool arsenal chelsea barcelona realmadrid trustno one two three january february march april may june july august september october november december woaini woainima woaiwojia nihao wodemima mima zhongguo beijing shanghai tributary".split(
    " ",
  );

const COMMON_WHOLE = new Set(
  "1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 1qaz2wsx3edc4rfv q1w2e3r4t5 q1w2e3r4t5y6 a1b2c3d4e5 1a2b3c4d5e zaq12wsxcde3 !qaz2wsx3edc 1qazxsw23edc qwer1234asdf qwerty12345 123456qwerty asdf1234qwer 1234qwerasdf 12345qwert abc1234567 5201314520 woaini1314 woaini520 147258369a 123456789a a123456789 123456789q q123456789 aa123456789 1234567890a 0123456789a 123456abcdef abcdef123456 trustno1trustno1".split(
    " ",
  ),
);
