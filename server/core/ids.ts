import { randomFillSync, randomInt } from "node:crypto";
import { v7 } from "uuid";

/** A UUIDv7 in its text form: unguessable enough for a name, ordered by time for an index. */
export type Id = string;

/** Random bytes in each id. */
const RANDOM_BYTES = 16;
/** Random bytes for the next ids, each used once: asking the system for each id alone costs more than the id. */
const pool = Buffer.alloc(256 * RANDOM_BYTES);
let used = pool.length;

/** The newest id's epoch milliseconds, and its number among those of the same one. */
const newest = { msecs: 0, seq: 0 };

/**
 * A fresh id, after every other of this process. Knowing one tells nobody another, and authorization never rests on not
 * knowing it.
 */
export function newId(): Id {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + RANDOM_BYTES);
  used += RANDOM_BYTES;
  const now = Date.now();
  newest.seq = now > newest.msecs ? random.readUInt32BE(6) >>> 1 : newest.seq + 1;
  newest.msecs = Math.max(now, newest.msecs);
  return v7({ random, ...newest });
}

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** Crockford's extra symbols carry the check values 32 to 36. */
const CHECK_SYMBOLS = `${CROCKFORD}*~$=U`;

/**
 * A number people read to each other: YYMMDD, eight random Crockford characters and a check character.
 * @param now epoch milliseconds; the date is its UTC day
 * @see https://www.crockford.com/base32.html for the alphabet and the modulus 37 of the check
 */
export function newOrderSn(now: number): string {
  const day = new Date(now).toISOString().slice(2, 10).replaceAll("-", "");
  const body = Array.from({ length: 8 }, () => CROCKFORD[randomInt(CROCKFORD.length)]).join("");
  return `${day}${body}${checkSymbol(day + body)}`;
}

/** Whether `sn` could have come from `newOrderSn`: one wrong character or two swapped neighbours are noticed. */
export function isOrderSn(sn: string): boolean {
  return /^\d{6}[0-9A-HJKMNP-TV-Z]{8}.$/.test(sn) && checkSymbol(sn.slice(0, -1)) === sn.at(-1);
}

function checkSymbol(text: string): string {
  let remainder = 0;
  for (const character of text) remainder = (remainder * 32 + CROCKFORD.indexOf(character)) % 37;
  return CHECK_SYMBOLS.charAt(remainder);
}
