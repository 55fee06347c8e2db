import type { Dialect } from "../../core/db/migration.ts";
import type { Asked } from "./words.ts";

/** How goods are found by words, in a database's own language. */
export interface Match {
  /** What comes after FROM; `words` has `good_id` and `doc`. */
  readonly from: string;
  /** Conditions: all words are in the title; anywhere; anywhere, but not all in the title. */
  readonly title: string;
  readonly anywhere: string;
  readonly elsewhere: string;
  /** The values of the conditions. */
  readonly values: Readonly<Record<string, string>>;
  /** What gives `doc` in its order without sorting, where the index can. */
  readonly doc: string;
}

/** The goods that have all of these words. */
export const matching = (dialect: Dialect, words: readonly Asked[]): Match =>
  dialect === "sqlite" ? inSqlite(words) : inPostgres(words);

function inSqlite(words: readonly Asked[]): Match {
  const all = words
    .map(
      either(
        (word) => `"${word}"`,
        (prefix) => `"${prefix}"*`,
        " OR ",
      ),
    )
    .join(" AND ");
  const title = `{title} : (${all})`;
  return {
    // The words come first: they narrow most, and FTS5 gives documents in their order.
    from: "good_index CROSS JOIN good_words AS words ON words.doc = good_index.rowid CROSS JOIN",
    title: "good_index MATCH :in_title",
    anywhere: "good_index MATCH :sought",
    elsewhere: "good_index MATCH :elsewhere",
    values: { in_title: title, sought: all, elsewhere: `(${all}) NOT (${title})` },
    doc: "good_index.rowid",
  };
}

function inPostgres(words: readonly Asked[]): Match {
  const all = (weight: string) =>
    words
      .map(
        either(
          (word) => `'${word}'${weight && `:${weight}`}`,
          (prefix) => `'${prefix}':*${weight}`,
          " | ",
        ),
      )
      .join(" & ");
  const anywhere = "words.words @@ CAST(:sought AS tsquery)";
  const title = "words.words @@ CAST(:in_title AS tsquery)";
  return {
    from: "good_words AS words JOIN",
    ...{ title, anywhere, elsewhere: `${anywhere} AND NOT ${title}` },
    values: { sought: all(""), in_title: all("A") },
    doc: "words.doc",
  };
}

/** Spells one word that is asked for. Words have no quotes in them. */
const either =
  (exactly: (word: string) => string, beginning: (prefix: string) => string, or: string) =>
  ({ words, prefix }: Asked): string =>
    `(${[...words.map(exactly), ...(prefix === undefined ? [] : [beginning(prefix)])].join(or)})`;
