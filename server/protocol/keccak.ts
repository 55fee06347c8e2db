/**
 * Keccak-256 of text that is hex already, written out for speed: reading a chain hashes the terms of every order, and the
 * hash that viem brings, which is written for all lengths and all sponges, was a third of that work.
 * @see https://keccak.team/files/Keccak-reference-3.0.pdf sections 1.2 and 2; the names are those of the paper
 */

/** Bytes that one permutation takes in. */
const RATE = 136;
const ROUNDS = 24;

/** The constants of iota: bit 2^j - 1 of round i is bit j + 7i of a linear feedback shift register. */
const LOW = new Int32Array(ROUNDS);
const HIGH = new Int32Array(ROUNDS);
for (let round = 0, register = 1; round < ROUNDS; round += 1) {
  for (let j = 0; j <= 6; j += 1) {
    const bit = 2 ** j - 1;
    if (register & 1) {
      if (bit < 32) LOW[round] = (LOW[round] ?? 0) | (1 << bit);
      else HIGH[round] = (HIGH[round] ?? 0) | (1 << (bit - 32));
    }
    register = register & 0x80 ? ((register << 1) ^ 0x171) & 0xff : register << 1;
  }
}

/** Lanes x + 5y of 64 bits, the low half of each first. One is enough: nothing waits in the middle of a hash. */
const a = new Int32Array(50);
const block = new Uint8Array(RATE);

/** The hash of the bytes that `digits` spell, as 64 digits. @param digits lower-case hex, an even number, without 0x */
export function keccakOfHex(digits: string): string {
  a.fill(0);
  const bytes = digits.length / 2;
  const whole = Math.floor(bytes / RATE);
  for (let at = 0; at < whole; at += 1) {
    fill(digits, at * RATE, RATE);
    absorb();
  }
  const rest = bytes - whole * RATE;
  block.fill(0);
  fill(digits, whole * RATE, rest);
  block[rest] = (block[rest] ?? 0) ^ 0x01;
  block[RATE - 1] = (block[RATE - 1] ?? 0) ^ 0x80;
  absorb();
  let hash = "";
  for (let at = 0; at < 8; at += 1) hash += spelt(a[at] ?? 0);
  return hash;
}

/** The value of each digit by its character code. */
const VALUE = new Uint8Array(128);
for (const [value, digit] of [..."0123456789abcdef"].entries()) VALUE[digit.charCodeAt(0)] = value;
const PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function fill(digits: string, from: number, count: number): void {
  for (let at = 0; at < count; at += 1) {
    const place = 2 * (from + at);
    const high = VALUE[digits.charCodeAt(place)] ?? 0;
    block[at] = (high << 4) | (VALUE[digits.charCodeAt(place + 1)] ?? 0);
  }
}

/** Four bytes, the lowest first. */
const spelt = (word: number): string =>
  `${PAIRS[word & 0xff]}${PAIRS[(word >>> 8) & 0xff]}${PAIRS[(word >>> 16) & 0xff]}${PAIRS[word >>> 24]}`;

function absorb(): void {
  for (let at = 0; at < RATE / 4; at += 1) {
    const from = 4 * at;
    const low = (block[from] ?? 0) | ((block[from + 1] ?? 0) << 8);
    a[at] = (a[at] ?? 0) ^ (low | ((block[from + 2] ?? 0) << 16) | ((block[from + 3] ?? 0) << 24));
  }
  permute();
}

/** Keccak-f[1600]: theta, rho and pi, chi, iota, each written out for its 25 lanes. */
function permute(): void {
  let low = 0;
  let high = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    // theta: the parities c of the columns, and what each column changes by
    const c0l = (a[0] as number) ^ (a[10] as number) ^ (a[20] as number) ^ (a[30] as number) ^ (a[40] as number);
    const c0h = (a[1] as number) ^ (a[11] as number) ^ (a[21] as number) ^ (a[31] as number) ^ (a[41] as number);
    const c1l = (a[2] as number) ^ (a[12] as number) ^ (a[22] as number) ^ (a[32] as number) ^ (a[42] as number);
    const c1h = (a[3] as number) ^ (a[13] as number) ^ (a[23] as number) ^ (a[33] as number) ^ (a[43] as number);
    const c2l = (a[4] as number) ^ (a[14] as number) ^ (a[24] as number) ^ (a[34] as number) ^ (a[44] as number);
    const c2h = (a[5] as number) ^ (a[15] as number) ^ (a[25] as number) ^ (a[35] as number) ^ (a[45] as number);
    const c3l = (a[6] as number) ^ (a[16] as number) ^ (a[26] as number) ^ (a[36] as number) ^ (a[46] as number);
    const c3h = (a[7] as number) ^ (a[17] as number) ^ (a[27] as number) ^ (a[37] as number) ^ (a[47] as number);
    const c4l = (a[8] as number) ^ (a[18] as number) ^ (a[28] as number) ^ (a[38] as number) ^ (a[48] as number);
    const c4h = (a[9] as number) ^ (a[19] as number) ^ (a[29] as number) ^ (a[39] as number) ^ (a[49] as number);
    const d0l = c4l ^ ((c1l << 1) | (c1h >>> 31));
    const d0h = c4h ^ ((c1h << 1) | (c1l >>> 31));
    const d1l = c0l ^ ((c2l << 1) | (c2h >>> 31));
    const d1h = c0h ^ ((c2h << 1) | (c2l >>> 31));
    const d2l = c1l ^ ((c3l << 1) | (c3h >>> 31));
    const d2h = c1h ^ ((c3h << 1) | (c3l >>> 31));
    const d3l = c2l ^ ((c4l << 1) | (c4h >>> 31));
    const d3h = c2h ^ ((c4h << 1) | (c4l >>> 31));
    const d4l = c3l ^ ((c0l << 1) | (c0h >>> 31));
    const d4h = c3h ^ ((c0h << 1) | (c0l >>> 31));

    // rho and pi
    low = (a[0] as number) ^ d0l;
    high = (a[1] as number) ^ d0h;
    const b0l = low;
    const b0h = high;
    low = (a[2] as number) ^ d1l;
    high = (a[3] as number) ^ d1h;
    const b10l = (low << 1) | (high >>> 31);
    const b10h = (high << 1) | (low >>> 31);
    low = (a[4] as number) ^ d2l;
    high = (a[5] as number) ^ d2h;
    const b20l = (high << 30) | (low >>> 2);
    const b20h = (low << 30) | (high >>> 2);
    low = (a[6] as number) ^ d3l;
    high = (a[7] as number) ^ d3h;
    const b5l = (low << 28) | (high >>> 4);
    const b5h = (high << 28) | (low >>> 4);
    low = (a[8] as number) ^ d4l;
    high = (a[9] as number) ^ d4h;
    const b15l = (low << 27) | (high >>> 5);
    const b15h = (high << 27) | (low >>> 5);
    low = (a[10] as number) ^ d0l;
    high = (a[11] as number) ^ d0h;
    const b16l = (high << 4) | (low >>> 28);
    const b16h = (low << 4) | (high >>> 28);
    low = (a[12] as number) ^ d1l;
    high = (a[13] as number) ^ d1h;
    const b1l = (high << 12) | (low >>> 20);
    const b1h = (low << 12) | (high >>> 20);
    low = (a[14] as number) ^ d2l;
    high = (a[15] as number) ^ d2h;
    const b11l = (low << 6) | (high >>> 26);
    const b11h = (high << 6) | (low >>> 26);
    low = (a[16] as number) ^ d3l;
    high = (a[17] as number) ^ d3h;
    const b21l = (high << 23) | (low >>> 9);
    const b21h = (low << 23) | (high >>> 9);
    low = (a[18] as number) ^ d4l;
    high = (a[19] as number) ^ d4h;
    const b6l = (low << 20) | (high >>> 12);
    const b6h = (high << 20) | (low >>> 12);
    low = (a[20] as number) ^ d0l;
    high = (a[21] as number) ^ d0h;
    const b7l = (low << 3) | (high >>> 29);
    const b7h = (high << 3) | (low >>> 29);
    low = (a[22] as number) ^ d1l;
    high = (a[23] as number) ^ d1h;
    const b17l = (low << 10) | (high >>> 22);
    const b17h = (high << 10) | (low >>> 22);
    low = (a[24] as number) ^ d2l;
    high = (a[25] as number) ^ d2h;
    const b2l = (high << 11) | (low >>> 21);
    const b2h = (low << 11) | (high >>> 21);
    low = (a[26] as number) ^ d3l;
    high = (a[27] as number) ^ d3h;
    const b12l = (low << 25) | (high >>> 7);
    const b12h = (high << 25) | (low >>> 7);
    low = (a[28] as number) ^ d4l;
    high = (a[29] as number) ^ d4h;
    const b22l = (high << 7) | (low >>> 25);
    const b22h = (low << 7) | (high >>> 25);
    low = (a[30] as number) ^ d0l;
    high = (a[31] as number) ^ d0h;
    const b23l = (high << 9) | (low >>> 23);
    const b23h = (low << 9) | (high >>> 23);
    low = (a[32] as number) ^ d1l;
    high = (a[33] as number) ^ d1h;
    const b8l = (high << 13) | (low >>> 19);
    const b8h = (low << 13) | (high >>> 19);
    low = (a[34] as number) ^ d2l;
    high = (a[35] as number) ^ d2h;
    const b18l = (low << 15) | (high >>> 17);
    const b18h = (high << 15) | (low >>> 17);
    low = (a[36] as number) ^ d3l;
    high = (a[37] as number) ^ d3h;
    const b3l = (low << 21) | (high >>> 11);
    const b3h = (high << 21) | (low >>> 11);
    low = (a[38] as number) ^ d4l;
    high = (a[39] as number) ^ d4h;
    const b13l = (low << 8) | (high >>> 24);
    const b13h = (high << 8) | (low >>> 24);
    low = (a[40] as number) ^ d0l;
    high = (a[41] as number) ^ d0h;
    const b14l = (low << 18) | (high >>> 14);
    const b14h = (high << 18) | (low >>> 14);
    low = (a[42] as number) ^ d1l;
    high = (a[43] as number) ^ d1h;
    const b24l = (low << 2) | (high >>> 30);
    const b24h = (high << 2) | (low >>> 30);
    low = (a[44] as number) ^ d2l;
    high = (a[45] as number) ^ d2h;
    const b9l = (high << 29) | (low >>> 3);
    const b9h = (low << 29) | (high >>> 3);
    low = (a[46] as number) ^ d3l;
    high = (a[47] as number) ^ d3h;
    const b19l = (high << 24) | (low >>> 8);
    const b19h = (low << 24) | (high >>> 8);
    low = (a[48] as number) ^ d4l;
    high = (a[49] as number) ^ d4h;
    const b4l = (low << 14) | (high >>> 18);
    const b4h = (high << 14) | (low >>> 18);

    // chi, and iota for the first lane
    a[0] = b0l ^ (~b1l & b2l) ^ (LOW[round] ?? 0);
    a[1] = b0h ^ (~b1h & b2h) ^ (HIGH[round] ?? 0);
    a[2] = b1l ^ (~b2l & b3l);
    a[3] = b1h ^ (~b2h & b3h);
    a[4] = b2l ^ (~b3l & b4l);
    a[5] = b2h ^ (~b3h & b4h);
    a[6] = b3l ^ (~b4l & b0l);
    a[7] = b3h ^ (~b4h & b0h);
    a[8] = b4l ^ (~b0l & b1l);
    a[9] = b4h ^ (~b0h & b1h);
    a[10] = b5l ^ (~b6l & b7l);
    a[11] = b5h ^ (~b6h & b7h);
    a[12] = b6l ^ (~b7l & b8l);
    a[13] = b6h ^ (~b7h & b8h);
    a[14] = b7l ^ (~b8l & b9l);
    a[15] = b7h ^ (~b8h & b9h);
    a[16] = b8l ^ (~b9l & b5l);
    a[17] = b8h ^ (~b9h & b5h);
    a[18] = b9l ^ (~b5l & b6l);
    a[19] = b9h ^ (~b5h & b6h);
    a[20] = b10l ^ (~b11l & b12l);
    a[21] = b10h ^ (~b11h & b12h);
    a[22] = b11l ^ (~b12l & b13l);
    a[23] = b11h ^ (~b12h & b13h);
    a[24] = b12l ^ (~b13l & b14l);
    a[25] = b12h ^ (~b13h & b14h);
    a[26] = b13l ^ (~b14l & b10l);
    a[27] = b13h ^ (~b14h & b10h);
    a[28] = b14l ^ (~b10l & b11l);
    a[29] = b14h ^ (~b10h & b11h);
    a[30] = b15l ^ (~b16l & b17l);
    a[31] = b15h ^ (~b16h & b17h);
    a[32] = b16l ^ (~b17l & b18l);
    a[33] = b16h ^ (~b17h & b18h);
    a[34] = b17l ^ (~b18l & b19l);
    a[35] = b17h ^ (~b18h & b19h);
    a[36] = b18l ^ (~b19l & b15l);
    a[37] = b18h ^ (~b19h & b15h);
    a[38] = b19l ^ (~b15l & b16l);
    a[39] = b19h ^ (~b15h & b16h);
    a[40] = b20l ^ (~b21l & b22l);
    a[41] = b20h ^ (~b21h & b22h);
    a[42] = b21l ^ (~b22l & b23l);
    a[43] = b21h ^ (~b22h & b23h);
    a[44] = b22l ^ (~b23l & b24l);
    a[45] = b22h ^ (~b23h & b24h);
    a[46] = b23l ^ (~b24l & b20l);
    a[47] = b23h ^ (~b24h & b20h);
    a[48] = b24l ^ (~b20l & b21l);
    a[49] = b24h ^ (~b20h & b21h);
  }
}
