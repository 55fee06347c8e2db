/** What a mail says: paragraphs, links and a table, from which both its forms are made. Nothing in it is HTML. */
export interface Letter {
  readonly subject: string;
  readonly parts: readonly LetterPart[];
}

export type LetterPart =
  | string
  | { readonly link: string; readonly label: string }
  /** What follows is to be copied. */
  | { readonly code: string }
  | { readonly rows: readonly (readonly [what: string, howMuch: string])[] };

/** The letter as plain text. */
export const textOf = ({ parts }: Letter): string => `${parts.map(plainPart).join("\n\n")}\n`;

/** The letter as HTML; every text in it is escaped here and nowhere else. */
export const htmlOf = ({ subject, parts }: Letter, language: string): string =>
  [
    `<!doctype html><html lang="${escaped(language)}"><head><meta charset="utf-8"><title>${escaped(subject)}</title></head>`,
    '<body style="font-family:sans-serif;line-height:1.5;max-width:40em">',
    ...parts.map(htmlPart),
    "</body></html>",
    "",
  ].join("\n");

/** A subject is one line, whatever its values bring. */
export const subjectOf = ({ subject }: Letter): string => subject.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();

function plainPart(part: LetterPart): string {
  if (typeof part === "string") return part;
  if ("link" in part) return `${part.label}:\n${part.link}`;
  if ("code" in part) return part.code;
  return part.rows.map(([what, howMuch]) => `${what}  ${howMuch}`).join("\n");
}

function htmlPart(part: LetterPart): string {
  if (typeof part === "string") return `<p>${escaped(part)}</p>`;
  if ("link" in part) return `<p><a href="${escaped(part.link)}">${escaped(part.label)}</a></p>`;
  if ("code" in part) return `<p><code>${escaped(part.code)}</code></p>`;
  const rows = part.rows.map(([what, howMuch]) => `<tr><td>${escaped(what)}</td><td>${escaped(howMuch)}</td></tr>`);
  return `<table cellpadding="4">${rows.join("")}</table>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
