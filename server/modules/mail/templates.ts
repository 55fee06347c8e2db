import { lettersInChinese } from "./chinese.ts";
import { lettersInEnglish } from "./english.ts";
import type { Letter } from "./letter.ts";
import { type LetterLinks, type LetterName, type Letters, letterValues, type MailLanguage } from "./values.ts";

const letters: Readonly<Record<MailLanguage, Letters>> = { en: lettersInEnglish, zh: lettersInChinese };

/** Writes a letter. @throws when `values` are not what this letter needs */
export function write(name: LetterName, language: MailLanguage, values: unknown, links: LetterLinks): Letter {
  const writer = letters[language][name] as (values: unknown, links: LetterLinks) => Letter;
  return writer(letterValues[name].parse(values), links);
}
