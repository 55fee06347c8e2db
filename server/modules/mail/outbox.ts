import type { Mail } from "./mail.ts";

/**
 * A mail as a file that people can read as well as their mail program: UTF-8 without transfer encoding.
 * @see RFC 5322, and RFC 6532 for the headers in UTF-8
 */
export function envelopeFile({ id, from, to, subject, text, html, at }: Mail): string {
  const boundary = `part-${id}`;
  const part = (type: string, content: string) => [
    `--${boundary}`,
    `Content-Type: ${type}; charset=utf-8`,
    "Content-Transfer-Encoding: 8bit",
    "",
    content,
  ];
  return [
    `Message-ID: <${id}@outbox>`,
    `Date: ${new Date(at).toUTCString().replace("GMT", "+0000")}`,
    `From: ${from}`,
    `To: ${to}`,
    `Subject: ${subject}`,
    "Auto-Submitted: auto-generated",
    "MIME-Version: 1.0",
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
    "",
    ...part("text/plain", text),
    ...part("text/html", html),
    `--${boundary}--`,
    "",
  ].join("\n");
}
