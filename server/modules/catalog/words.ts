/*
 * How texts become words to search by, the same for both databases and for what is kept and what is asked.
 * @see docs/decisions/search.md
 */

/** Runs of letters, marks and digits; everything else parts words. */
const RUN = /[\p{L}\p{N}\p{M}]+/gu;
/** What is written without spaces between words, or else without any. */
const RUN_OF_ONE_SCRIPT =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]+|[^\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]+/gu;
const CJK = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]/u;
/** Accents that people leave out when they search. */
const ACCENTS = /[\u0300-\u036f]/g;

/** Longer words are cut; nobody types them to the end. */
const MOST_LETTERS = 40;
/** More words of one text than this are not kept. */
const MOST_WORDS = 2_000;
/** More words of one question than this are not asked for. */
const MOST_ASKED = 12;

/** A word somebody looks for: any of `words` will do, and so will what begins with `prefix`. */
export interface Asked {
  readonly words: readonly string[];
  readonly prefix?: string;
}

/**
 * The words a text can be found by: words as written and in the singular, and of Chinese and Japanese each character
 * and each two neighbours.
 */
export function wordsOf(text: string): string[] {
  const words = new Set<string>();
  for (const run of runsOf(text)) {
    for (const word of CJK.test(run) ? [...run, ...pairsOf(run)] : [run, singular(run)]) words.add(word);
    if (words.size >= MOST_WORDS) break;
  }
  return [...words];
}

/**
 * What a question asks for; all of it must be there. The last word may be its beginning only, for people are still
 * typing it. Nothing, where the question has no word.
 */
export function asked(question: string): Asked[] {
  const runs = runsOf(question).slice(0, MOST_ASKED);
  const found = runs.flatMap((run, at): Asked[] => {
    if (CJK.test(run)) return ([...run].length > 1 ? pairsOf(run) : [run]).map(only);
    const last = at === runs.length - 1;
    return last && run.length > 1 ? [{ words: [singular(run)], prefix: run }] : [only(singular(run))];
  });
  return found.slice(0, MOST_ASKED);
}

const only = (word: string): Asked => ({ words: [word] });

const runsOf = (text: string): string[] =>
  (folded(text).match(RUN) ?? []).flatMap((run) => run.match(RUN_OF_ONE_SCRIPT) ?? []).map(cut);

/** One spelling for what looks alike: compatibility forms, capitals and accents. */
const folded = (text: string): string =>
  text.normalize("NFKC").toLowerCase().normalize("NFD").replace(ACCENTS, "").normalize("NFC");

const cut = (run: string): string => (CJK.test(run) ? run : [...run].slice(0, MOST_LETTERS).join(""));

function pairsOf(run: string): string[] {
  const characters = [...run];
  return characters.slice(1).map((character, at) => `${characters[at]}${character}`);
}

/** The singular of an English plural, as far as its ending tells; both sides are cut alike, so a mistake finds more. */
function singular(word: string): string {
  if (!/^[a-z]{4,}$/.test(word)) return word;
  if (word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (/(s|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  return /[^siu]s$/.test(word) ? word.slice(0, -1) : word;
}
