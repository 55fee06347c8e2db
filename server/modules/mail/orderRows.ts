import type { LetterValues, MailLanguage } from "./values.ts";

const LOCALES: Readonly<Record<MailLanguage, string>> = { en: "en-US", zh: "zh-CN" };

/** The table of an order: its lines, freight and total, as people of this language read amounts. */
export function orderRows(
  { lines, freight, total, currency }: LetterValues<"order_news">,
  language: MailLanguage,
  words: { readonly freight: string; readonly total: string },
): (readonly [string, string])[] {
  const format = new Intl.NumberFormat(LOCALES[language], { style: "currency", currency, currencyDisplay: "code" });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 0;
  const shown = (minor: number) => format.format(minor / 10 ** digits);
  return [
    ...lines.map((line) => [`${line.count} × ${line.name}`, shown(line.total)] as const),
    [words.freight, shown(freight)],
    [words.total, shown(total)],
  ];
}
